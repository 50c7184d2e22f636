"""What each project or status contributes, game by game (tables `contribution` and `interaction`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gridprio.report.run_tables import RunTables
from gridprio.report.section import Listing, Section, columns
from gridprio.text import Text, number, same, say

GAMES = {
    "fixed_dates": "contribution.fixed_dates",
    "replanned": "contribution.replanned",
    "statuses": "contribution.statuses",
}
"""In the order of the page, with their words; they answer different questions, so nothing is added up over them."""
MOST_PROJECTS, MOST_PAIRS = 40, 12
LEAST_POINTS = 0.5
"""Fewer points than this round to none."""


def contributions_section(tables: RunTables) -> Section | None:
    """One table per game in points over all areas, and who needs whom; None where a run has no `contribution`."""
    games = [game for game in GAMES if len(_rows(tables.contribution, game))]
    if not games:
        return None
    listings = [listing for game in games for listing in _of_game(tables, game)]
    return Section("contributions", say("contribution.title"), (say("contribution.note"),), (), tuple(listings))


def _rows(table: pd.DataFrame, game: str) -> pd.DataFrame:
    return table[
        (table["game"] == game)
        & (table["metric"] == "points")
        & (table["scenario"] == "pooled")
        & (table["area"] == "total")
    ]


def _of_game(tables: RunTables, game: str) -> list[Listing]:
    rows = _rows(tables.contribution, game).sort_values("shapley", ascending=False, kind="stable")
    shown = rows.head(MOST_PROJECTS).to_dict("records")
    heads = ("page.project", "contribution.shapley", "contribution.pint", "contribution.toot", "contribution.certainty")
    cells = tuple(
        (
            same(tables.name("projects", row["project_id"])),
            *(number(float(row[name]), signed=True) for name in ("shapley", "pint", "toot")),
            _certainty(row),
        )
        for row in shown
    )
    note = say("contribution.more", n=len(rows)) if len(rows) > MOST_PROJECTS else same("")
    found = [Listing(say(GAMES[game]), columns(*heads, numeric=heads[1:4]), cells, note, folded=True)]
    pairs = _pairs(tables, game)
    return [*found, pairs] if pairs else found


def _certainty(row: Mapping[Any, Any]) -> Text:
    if row["exact"]:
        return say("contribution.exact")
    low, high = (number(float(row[name]), signed=True) for name in ("low95", "high95"))
    return say("contribution.sampled", low=low, high=high)


def _pairs(tables: RunTables, game: str) -> Listing | None:
    """Pairs that need each other or do each other's work, the strongest first."""
    rows = _rows(tables.interaction, game)
    rows = rows[rows["interaction"].abs() >= LEAST_POINTS]
    rows = rows.sort_values("interaction", key=lambda x: -x.abs(), kind="stable").head(MOST_PAIRS)
    if rows.empty:
        return None
    cells = tuple(
        (
            same(tables.name("projects", row["project_id"])),
            same(tables.name("projects", row["other_project_id"])),
            number(float(row["interaction"]), signed=True),
            say("contribution.together" if row["interaction"] > 0 else "contribution.substitutes"),
        )
        for row in rows.to_dict("records")
    )
    heads = ("page.project", "contribution.other", "page.points", "contribution.meaning")
    title = say("contribution.pairs", game=say(GAMES[game]))
    return Listing(title, columns(*heads, numeric=("page.points",)), cells, folded=True)
