"""Where the months of each project with status go, what status can move, what holds it up and what would flip it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gridprio.report.held_by import held_by
from gridprio.report.run_tables import RunTables
from gridprio.text import Text, lower, same, say, word, word_kind

BY_LEVER = {"order": "reach.by_order", "permit": "reach.by_permit", "land": "reach.by_land"}
FLIPS = {
    "permit_months": ("flip.permit_months", ("amount",)),
    "land_months": ("flip.land_months", ("amount",)),
    "project_first": ("flip.project_first", ("name",)),
    "places": ("flip.places", ("amount",)),
    "budget_year": ("flip.budget_year", ("name", "year", "amount")),
    "crew": ("step.crew", ("name",)),
    "permit_desk": ("step.permit_desk", ("name",)),
    "delivery": ("step.delivery", ("name",)),
    "outage_slot": ("step.outage_slot", ("name",)),
}
"""Kind of change -> its sentence, and the columns that this tells."""
LEAST_MONTHS = 0.5
"""So many months or fewer round to none and are not named."""


@dataclass(frozen=True)
class ReachLine:
    """One project with status, or any where none has it."""

    name: str
    most: Text
    """what status can move at most"""
    causes: tuple[Text, ...]
    """where the months go in the plan without status"""
    binding: Text
    """what moves it most when relaxed"""
    lever: Text
    flip: Text
    """the smallest change that brings it a year forward or into the plan"""
    flip_lever: Text


@dataclass(frozen=True)
class Reach:
    """All projects with status, or all where none has it; texts are empty where there is none."""

    mean: Text
    """what status can move at most"""
    planned: Text
    """what it does move in the plans, by lever"""
    lines: tuple[ReachLine, ...]


def reach_of(tables: RunTables) -> Reach:
    """From tables `reach`, `reach_months`, `why_not` and `flips`; empty where a run has none."""
    if tables.reach.empty:
        return Reach(same(""), same(""), ())
    own = tables.reach[tables.reach["status"].astype(bool)]
    if own.empty:
        lines = tuple(_line(tables, row) for row in tables.reach.to_dict("records"))
        return Reach(say("reach.without_status"), same(""), lines)
    lines = tuple(_line(tables, row) for row in own.to_dict("records"))
    mean = own.mean(numeric_only=True).to_dict()
    return Reach(say("reach.all", n=len(own), sentence=lower(_most(mean, same("")))), _planned(mean), lines)


def _line(tables: RunTables, row: Mapping[Any, Any]) -> ReachLine:
    project = str(row["project_id"])
    months = tables.reach_months[
        (tables.reach_months["project_id"] == project)
        & tables.reach_months["order_name"].str.endswith("without_status")
    ]
    why = tables.why_not[(tables.why_not["project_id"] == project) & tables.why_not["binding"].astype(bool)]
    flip = tables.flips[(tables.flips["project_id"] == project) & tables.flips["smallest"].astype(bool)]
    binding, lever = _binding(tables, why)
    change, flip_lever = _flip(tables, flip)
    return ReachLine(
        name=tables.name("projects", project),
        most=_most(row, _waits(tables, months)),
        causes=_causes(tables, months),
        binding=binding,
        lever=lever,
        flip=change,
        flip_lever=flip_lever,
    )


def _most(row: Mapping[Any, Any], waits: Text) -> Text:
    movable = {name: float(row[f"movable_months_{name}"]) for name in (*BY_LEVER, "both")}
    if movable["both"] <= LEAST_MONTHS:
        return say("reach.nothing", months=row["plan_month"], waits=waits)
    parts = [say(code, n=movable[name]) for name, code in BY_LEVER.items() if movable[name] > LEAST_MONTHS]
    return say(
        "reach.most", months=row["plan_month"], both=movable["both"], parts=parts or say("reach.together"), waits=waits
    )


def _planned(mean: Mapping[Any, Any]) -> Text:
    """How much sooner the projects come in the plans, by lever alone and by all together."""
    months = {name: mean["plan_month"] - mean[f"month_with_{name}"] for name in (*BY_LEVER, "both")}
    parts = [say(code, n=months[name]) for name, code in BY_LEVER.items()]
    return say("reach.planned", parts=parts, n=months["both"])


def _waits(tables: RunTables, months: pd.DataFrame) -> Text:
    """The other project on which most months hang."""
    others = months[months["whose_project"] != ""]
    by_project = others.groupby("whose_project", as_index=False).agg({"months": "sum", "whose_operator": "first"})
    if by_project.empty or by_project["months"].max() <= LEAST_MONTHS:
        return same("")
    most = by_project.iloc[int(by_project["months"].to_numpy().argmax())]
    name = tables.name("projects", most["whose_project"])
    return say("reach.waits", n=most["months"], project=name, operator=most["whose_operator"])


def _causes(tables: RunTables, months: pd.DataFrame) -> tuple[Text, ...]:
    """Own phases by lever, then what runs late, then waiting, the longest first."""
    own = months[months["cause_kind"] == "phase"].groupby("lever", sort=False)["months"].sum()
    found = [(n, say("reach.own_phases", n=n, lever=lever)) for lever, n in own.items()]
    late = months.loc[months["cause_kind"] == "delay", "months"].sum()
    found.append((late, say("reach.delay", n=late)))
    others = months[~months["cause_kind"].isin(("phase", "delay"))]
    waits = others.groupby(["cause", "whose_project"], sort=False, as_index=False).agg({"months": "sum"})
    for row in waits.sort_values("months", ascending=False, kind="stable").to_dict("records"):
        n, project = float(row["months"]), str(row["whose_project"])
        if project:
            found.append((n, say("reach.other_project", n=n, project=tables.name("projects", project))))
        else:
            found.append((n, say("reach.waiting", n=n, what=row["cause"])))
    return tuple(sentence for n, sentence in found if n > LEAST_MONTHS)


def _binding(tables: RunTables, rows: pd.DataFrame) -> tuple[Text, Text]:
    """What holds it up and whose lever that is."""
    if rows.empty:
        return say("reach.own_work"), same("")
    row = rows.iloc[0]
    names = dict(zip(tables.projects["project_id"].astype(str), tables.projects["name"].astype(str), strict=True))
    whose = str(row["whose_project"]), str(row["whose_operator"])
    return held_by(str(row["constraint"]), *whose, row["months_sooner"], names), word_kind("lever", row["lever"])


def _flip(tables: RunTables, rows: pd.DataFrame) -> tuple[Text, Text]:
    """The smallest change and whose lever that is."""
    if rows.empty:
        return say("reach.no_flip"), same("")
    row = rows.iloc[0]
    code, columns = FLIPS[row["kind"]]
    shown = {name: row[name] for name in columns}
    if row["kind"] == "project_first":
        shown["name"] = tables.name("projects", row["name"])
    return say("reach.flip", change=say(code, **shown), n=row["months_sooner"]), word("lever", row["lever"])
