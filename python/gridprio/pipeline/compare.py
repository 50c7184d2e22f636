"""Two runs, or two rounds of the programme, side by side (docs/theory/compare.md)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gridprio.errors import InputError, Problem
from gridprio.model.metrics import METRICS
from gridprio.pipeline.schedules import WHAT_IF
from gridprio.store import Run
from gridprio.text import Message, message, sentence

TABLES = ("plan", "outcomes", "projects", "scenarios", "status_effect")
SHARED_TABLES = ("crews", "budgets", "deliveries")
"""Copies of inputs that act on all projects."""
NOT_OF_A_PLAN = frozenset(
    {"name", "note", "longitude", "latitude", "decision", "decided_by", "decided_on", "document", "reason", "informs",
     "delivered_on", "decide_by_year", "listed", "municipality_id"}
)  # fmt: skip
"""Columns of `projects` that move nothing."""
PROJECT_COLUMNS = (
    "project_id", "name", "change", "promised", "expected", "realised", "months_later", "changed", "binding_before",
    "binding_after",
)  # fmt: skip
OUTCOME_COLUMNS = (
    "scenario", "scenario_name", "metric", "before", "after", "difference", "verdict_before", "verdict_after",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class RunComparison:
    """What became of the first run in the second."""

    projects: pd.DataFrame
    """PROJECT_COLUMNS, one row per project of either run"""
    outcomes: pd.DataFrame
    """OUTCOME_COLUMNS, one row per scenario and metric of both runs; empty where horizons differ"""
    shared: pd.DataFrame
    """what, before, after: settings, crews, budgets and deliveries that differ"""
    notes: tuple[Message, ...]


def compare_runs(before: Run, after: Run) -> RunComparison:
    """`before` is the earlier round; InputError names all that keeps the two from being compared."""
    first, second = _Round(before), _Round(after)
    problems = [*first.problems(), *second.problems()]
    if not problems:
        problems = list(_between(first, second))
    if problems:
        raise InputError(problems)
    notes = []
    if before.manifest["study"]["name"] != after.manifest["study"]["name"]:
        names = [run.manifest["study"]["name"] for run in (before, after)]
        notes.append(message("compare.other_name", before=names[0], after=names[1]))
    projects = _projects(first, second)
    gone = projects[(projects["change"] == "dropped") & (projects["promised"] != "")]
    perhaps = gone.loc[gone["promised"] <= f"{second.start_year:04d}-01", "name"].tolist()
    if perhaps:
        notes.append(message("compare.perhaps_delivered", projects=perhaps, year=second.start_year))
    outcomes, why = _outcomes(first, second)
    return RunComparison(projects, outcomes, _shared(first, second), (*notes, *why))


class _Round:
    """One run as the comparison reads it."""

    def __init__(self, run: Run) -> None:
        self.run, self.settings = run, run.manifest["settings"]
        self.established = bool(run.manifest.get("comparison", {}).get("established", False))
        self.order_name = ("" if self.established else WHAT_IF) + "with_status"
        self.start_year, self.end_year = int(self.settings["start_year"]), int(self.settings["end_year"])
        self.n_month = 12 * (self.end_year - self.start_year + 1)

    def problems(self) -> Iterator[Problem]:
        missing = [name for name in TABLES if name not in self.run.tables]
        if missing:
            yield self.problem(
                sentence("compare.tables_missing"), found=", ".join(self.run.tables), expected=", ".join(missing)
            )
        elif not (self.run.plan["order_name"] == self.order_name).any():
            found = ", ".join(sorted(set(self.run.plan["order_name"])))
            yield self.problem(sentence("compare.no_plan_with_status"), found=found, expected=self.order_name)

    def problem(self, what: str, **words: str) -> Problem:
        return Problem(str(self.run.folder), None, None, what, mend=sentence("compare.give_runs"), **words)

    def projects(self) -> dict[str, Mapping[Any, Any]]:
        return {str(row["project_id"]): row for row in self.run.projects.to_dict("records")}

    def scenarios(self) -> str:
        """By name, with the id by which they are compared."""
        rows = self.run.scenarios[["name", "scenario_id"]].itertuples(index=False)
        return ", ".join(f"{name} ({scenario_id})" for name, scenario_id in rows)

    def plan(self) -> pd.DataFrame:
        """By project: `month` in service, counted from year 0, NaN where most draws have none; `binding` most often."""
        table = self.run.plan
        mine = table[(table["order_name"] == self.order_name) & (table["scenario"] == table["scenario"].iloc[0])]
        last = mine.sort_values("finish_month", kind="stable").groupby(["project_id", "draw"], sort=False)
        draws = last.agg(
            first=("finish_month", "min"), finish=("finish_month", "max"), binding=("binding_constraint", "last")
        )
        never = draws["first"] < 0
        months = draws["finish"].where(~never, self.n_month)
        by_project = months.groupby("project_id", sort=False).mean() + 12 * self.start_year
        found = by_project.where(never.groupby("project_id", sort=False).mean() <= 0.5)
        binding = draws["binding"].groupby("project_id", sort=False).agg(lambda codes: codes.mode().iloc[0])
        return pd.DataFrame({"month": found, "binding": binding})

    def phases(self, project_id: str) -> dict[str, Mapping[Any, Any]]:
        if "project_phases" not in self.run.tables:
            return {}
        table = self.run.project_phases
        return {str(row["phase"]): row for row in table[table["project_id"] == project_id].to_dict("records")}


def _between(before: _Round, after: _Round) -> Iterator[Problem]:
    if before.established != after.established:
        yield after.problem(
            sentence("compare.basis_differs"),
            found=after.order_name,
            expected=f"{before.order_name} ({before.run.folder})",
        )
    if not before.projects().keys() & after.projects().keys():
        found = [", ".join(sorted(one.projects())[:10]) for one in (before, after)]
        yield after.problem(sentence("compare.no_common_project"), found=found[1], expected=found[0])


def _projects(before: _Round, after: _Round) -> pd.DataFrame:
    old, new, plans = before.projects(), after.projects(), (before.plan(), after.plan())
    rows = []
    for project_id in [*old, *(one for one in new if one not in old)]:
        was, now = old.get(project_id), new.get(project_id)
        months = [float(plan["month"].get(project_id, math.nan)) for plan in plans]
        binding = [str(plan["binding"].get(project_id, "")) for plan in plans]
        realised = _month_number((now if now is not None else was or {}).get("delivered_on"))
        promised, expected = months[0] if was is not None else math.nan, months[1]
        later = round((expected if math.isnan(realised) else realised) - promised, 1)
        rows.append(
            (
                project_id,
                str((now or was or {})["name"]),
                _change(was, now, later, promised, expected),
                _calendar(promised),
                _calendar(expected),
                _calendar(realised),
                later,
                _changed(project_id, was, now, before, after),
                *binding,
            )
        )
    return pd.DataFrame(rows, columns=list(PROJECT_COLUMNS))


def _change(
    was: Mapping[Any, Any] | None, now: Mapping[Any, Any] | None, later: float, promised: float, expected: float
) -> str:
    if now is None:
        return "dropped"
    if now.get("delivered_on") and not (was or {}).get("delivered_on"):
        return "delivered"
    if was is None:
        return "added"
    if math.isnan(promised) != math.isnan(expected):
        return "out_of_plan" if math.isnan(expected) else "into_plan"
    return "moved" if abs(later) >= 1 else "unchanged"


def _changed(
    project_id: str, was: Mapping[Any, Any] | None, now: Mapping[Any, Any] | None, before: _Round, after: _Round
) -> str:
    """`status: false > true; build.duration_months: 24 > 18`: what moves plans and is another of the project itself."""
    if was is None or now is None:
        return ""
    found = [_differs(name, was.get(name), now[name]) for name in now if name not in NOT_OF_A_PLAN]
    old, new = before.phases(project_id), after.phases(project_id)
    for phase in dict.fromkeys([*old, *new]):
        one, other = old.get(phase, {}), new.get(phase, {})
        if not one or not other:
            found.append(f"{phase}: {'-' if not one else 'phase'} > {'-' if not other else 'phase'}")
        else:
            found += [_differs(f"{phase}.{name}", one.get(name), other[name]) for name in other]
    return "; ".join(text for text in found if text)


def _differs(name: str, was: object, now: object) -> str:
    was, now = _plain(was), _plain(now)
    return "" if was == now else f"{name}: {was} > {now}"


def _plain(value: object) -> str:
    if value is None or value != value:
        return "-"
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    return f"{value:g}" if isinstance(value, float) else str(value) or "-"


def _outcomes(before: _Round, after: _Round) -> tuple[pd.DataFrame, list[Message]]:
    columns = list(OUTCOME_COLUMNS)
    horizons = [f"{one.start_year}-{one.end_year}" for one in (before, after)]
    if horizons[0] != horizons[1]:
        return pd.DataFrame(columns=columns), [message("compare.horizons", before=horizons[0], after=horizons[1])]
    means = [_mean_outcomes(one) for one in (before, after)]
    verdicts = [_verdicts(one) for one in (before, after)]
    common = [scenario for scenario in means[0].index if scenario in means[1].index]
    if not common:
        was, now = (one.scenarios() for one in (before, after))
        return pd.DataFrame(columns=columns), [message("compare.scenarios", before=was, after=now)]
    metrics = [metric for metric in METRICS if metric in means[0].columns and metric in means[1].columns]
    name = after.run.scenarios.set_index("scenario_id")["name"]
    rows = [
        (scenario, name[scenario], metric, was, now, now - was, *(of.get((scenario, metric), "") for of in verdicts))
        for scenario in common
        for metric in metrics
        for was, now in [tuple(float(mean.loc[scenario, metric]) for mean in means)]
    ]
    return pd.DataFrame(rows, columns=columns), []


def _mean_outcomes(one: _Round) -> pd.DataFrame:
    table = one.run.outcomes
    mine = table[table["order_name"] == one.order_name]
    return mine.drop(columns=["order_name", "draw"]).groupby("scenario", sort=False).mean()


def _verdicts(one: _Round) -> dict[tuple[str, str], str]:
    table = one.run.status_effect
    channel = one.order_name.removesuffix("with_status") + "both"
    mine = table[(table["channel"] == channel) & (table["project_id"] == "total")]
    return {(row["scenario"], row["metric"]): row["verdict"] for row in mine.to_dict("records")}


def _shared(before: _Round, after: _Round) -> pd.DataFrame:
    rows = [
        (name, *values)
        for name in dict.fromkeys([*before.settings, *after.settings])
        for values in [tuple(str(one.settings.get(name, "-")) for one in (before, after))]
        if values[0] != values[1]
    ]
    for name in SHARED_TABLES:
        old, new = (_keyed(one.run, name) for one in (before, after))
        rows += [
            (key, old.get(key, "-"), new.get(key, "-"))
            for key in dict.fromkeys([*old, *new])
            if old.get(key) != new.get(key)
        ]
    return pd.DataFrame(rows, columns=["what", "before", "after"])


def _keyed(run: Run, table: str) -> dict[str, str]:
    """Text of a row without its key, by the key."""
    if table not in run.tables:
        return {}
    rows = getattr(run, table).to_dict("records")
    keys = ("crew_type", "material", "operator_id", "region", "year")
    return {
        f"{table} " + " ".join(_plain(row[key]) for key in keys if key in row and _plain(row[key]) != "-"): ", ".join(
            f"{name} {_plain(value)}" for name, value in row.items() if name not in keys
        )
        for row in rows
    }


def _month_number(calendar: object) -> float:
    """Months since year 0 of `2031-05`; NaN for none."""
    if not isinstance(calendar, str) or not calendar:
        return math.nan
    year, month = calendar.split("-")[:2]
    return 12 * int(year) + int(month) - 1


def _calendar(month: float) -> str:
    return "" if math.isnan(month) else f"{int(month) // 12:04d}-{int(month) % 12 + 1:02d}"
