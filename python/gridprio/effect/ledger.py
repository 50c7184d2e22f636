"""Table `ledger`: every project, what was decided about it, where it stands and what would move it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from gridprio.effect.months import CauseKind
from gridprio.effect.reasons import not_assessable_reason
from gridprio.inputs.enumerations import Lever
from gridprio.inputs.schema import Project
from gridprio.inputs.study import Study

OF_INPUT = ("decision", "decided_by", "decided_on", "document", "reason", "informs")
OF_REACH = ("plan_month", "month_with_both", "movable_months_order", "movable_months_support", "movable_months_both")
OF_WHY_NOT = {"lever": "lever", "whose_project": "whose_project", "whose_operator": "whose_operator"}
OF_SCORES = ("societal_score", "share_first", "share_with_status")
OF_LAST_OUT = ("saved_points_lowest", "saved_points_highest", "among_first_share")
OF_MONTHS = (*(f"own_months_{lever.value}" for lever in Lever), "late_months")
FIRST_ROUND = 1
Rows = Mapping[str, Mapping[Any, Any]]


def ledger_table(study: Study, changing: frozenset[str], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per project of the study, in its order, as the first round.

    `changing`: projects that change the grid or the demand; the others inform, and are not assessable. `tables`:
    `reach`, `reach_months`, `why_not`, `flips`, and `scores` and `last_out` by project; one that is not there leaves
    its columns empty.
    """
    months = tables["reach_months"]
    months = months[months["order_name"].str.endswith("with_status")]
    binding, smallest = tables["why_not"]["binding"].astype(bool), tables["flips"]["smallest"].astype(bool)
    chosen = {**tables, "why_not": tables["why_not"][binding], "flips": tables["flips"][smallest]}
    by_project = {name: _by_project(table) for name, table in chosen.items() if name != "reach_months"}
    by_project["reach_months"] = {str(key): _where_months_go(rows) for key, rows in months.groupby("project_id")}
    shared = {
        "round": FIRST_ROUND,
        "start_year": study.settings.start_year,
        "end_year": study.settings.end_year,
        "input_hash": input_hash(study),
    }
    return pd.DataFrame(
        [{**_row(study, project, project.project_id in changing, by_project), **shared} for project in study.projects]
    )


def with_earlier_rounds(table: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """The entries of an earlier ledger as they are, then those of `table` as the next round."""
    latest = int(earlier["round"].max()) if len(earlier) else FIRST_ROUND - 1
    return pd.concat([earlier, table.assign(round=latest + 1)[list(earlier.columns)]], ignore_index=True)


def input_hash(study: Study) -> str:
    """SHA-256 of the digests of the input files and of the resolved settings."""
    settings = study.settings.model_dump(mode="json")
    text = json.dumps({"inputs": dict(study.input_hashes), "settings": settings}, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _row(study: Study, project: Project, assessable: bool, tables: Mapping[str, Rows]) -> dict[str, Any]:
    found = {name: rows.get(project.project_id) for name, rows in tables.items()}
    why, flip = found["why_not"], found["flips"]
    return {
        "project_id": project.project_id,
        "name": project.name,
        "operator_id": project.operator_id,
        "listed": project.listed,
        "status": project.status,
        "status_from": (project.status_from or study.settings.status_from) if project.status else "",
        **{name: getattr(project, name) for name in OF_INPUT},
        "assessment": "assessed" if assessable else "not_assessable",
        "assessment_reason": "" if assessable else not_assessable_reason(project).code,
        "decide_by_year": np.nan if project.decide_by_year is None else float(project.decide_by_year),
        "delivered_on": project.delivered_on or "",
        "binding_constraint": _unmoved(study, project) if why is None else why["constraint"],
        **{name: "" if why is None else why[column] for name, column in OF_WHY_NOT.items()},
        "binding_months": np.nan if why is None else why["months_sooner"],
        "flip_condition": "" if flip is None else _condition(flip),
        "flip_lever": "" if flip is None else flip["lever"],
        "flip_months": np.nan if flip is None else flip["months_sooner"],
        **_numbers(found.get("reach"), OF_REACH),
        **_numbers(found["reach_months"], OF_MONTHS),
        "waits_for": "" if found["reach_months"] is None else found["reach_months"]["waits_for"],
        **_numbers(found.get("scores"), OF_SCORES),
        **_numbers(found.get("last_out"), OF_LAST_OUT),
        "principles": "; ".join(
            f"{row.principle}:{row.stance.value}" for row in study.principles if row.project_id == project.project_id
        ),
    }


def _numbers(row: Mapping[Any, Any] | None, columns: tuple[str, ...]) -> dict[str, Any]:
    return {name: np.nan if row is None else row[name] for name in columns}


def _by_project(table: pd.DataFrame) -> Rows:
    return {str(row["project_id"]): row for row in table.to_dict("records")}


def _where_months_go(rows: pd.DataFrame) -> dict[str, Any]:
    """Months of own phases by lever, those that run late, and what the others go to, the longest first.

    `waits_for`: `lever:months:cause`, separated by `; `; the cause ends with `:project` where it waits for another one.
    """
    kind, lever = rows["cause_kind"], rows["lever"]
    own = {
        f"own_months_{one.value}": rows.loc[(kind == CauseKind.PHASE.value) & (lever == one.value), "months"].sum()
        for one in Lever
    }
    waits = rows[~kind.isin((CauseKind.PHASE.value, CauseKind.DELAY.value))]
    by_cause = waits.groupby(["lever", "cause", "whose_project"], sort=False, as_index=False).agg({"months": "sum"})
    parts = [
        ":".join((row["lever"], f"{row['months']:g}", row["cause"], *filter(None, [row["whose_project"]])))
        for row in by_cause.sort_values("months", ascending=False, kind="stable").to_dict("records")
    ]
    late = rows.loc[kind == CauseKind.DELAY.value, "months"].sum()
    return {**own, "late_months": late, "waits_for": "; ".join(parts)}


def _unmoved(study: Study, project: Project) -> str:
    """What holds up a project that no relaxed constraints move."""
    phases = [phase for phase in study.project_phases if phase.project_id == project.project_id]
    if not phases:
        return "no_phases"
    return "fixed" if all(phase.start is not None for phase in phases) else "own_work"


def _condition(flip: Mapping[Any, Any]) -> str:
    """`permit_months:12`, `places:3`, `project_first:P3`, `crew:hv_primary`, `budget_year:operator@2031`."""
    year = f"@{flip['year']}" if flip["year"] else ""
    return f"{flip['kind']}:{flip['name'] or round(flip['amount'])}{year}"
