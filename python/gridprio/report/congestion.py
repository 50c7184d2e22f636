"""What is overloaded under the plans without and with status, and what outages cut off (`congestion`, `lost_load`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from gridprio.model.limits import of_limit
from gridprio.report.base_case import interruption_sentence, place, station_names, unsolved_sentence
from gridprio.report.run_tables import RunTables
from gridprio.report.section import Cells, Chart, Column, Listing, Section, amounts
from gridprio.text import Text, percent, same, say, word

MOST_ROWS = 20
MOST_BARS = 15
BRANCH, OUTAGE = ["area", "branch", "direction"], ["area", "outage"]


def congestion_section(tables: RunTables) -> Section | None:
    """Overloaded branches and outages that interrupt demand; None where no grid was simulated."""
    if tables.branch_loading.empty:
        return None
    lost, unsolved = (tables.lost_load[tables.lost_load[c] > 0] for c in ("interrupted_mw", "unsolved_hours"))
    sentences = (overloaded_sentence(tables), *_intact(tables), *_worst(tables), interruption_sentence(tables, lost))
    unsolved_too = (unsolved_sentence(unsolved),) if len(unsolved) else ()
    bars, first = longest_overloaded(tables), tables.scenario(tables.first_scenario)
    chart = Chart("congestion", say("congestion.hours", n=len(bars), scenario=first))
    listings = (_branches(tables), _interruptions(tables, lost), _unsolved(tables, unsolved))
    return Section(
        "congestion",
        say("congestion.title"),
        sentences + unsolved_too,
        (chart,),
        tuple(listing for listing in listings if listing.rows),
    )


def overloaded_sentence(tables: RunTables) -> Text:
    """Branches that are overloaded under each plan, and by how much: from the least to the most over scenarios."""
    rows = tables.congestion
    if rows.empty:
        return say("congestion.none")
    plans = list(_under_each_plan(tables, rows, "overload_mvah"))
    years = {"first": tables.settings.start_year, "last": tables.settings.end_year}
    return say("congestion.overloaded", plans=plans, **years)


def _intact(tables: RunTables) -> Iterator[Text]:
    """Which of them are above the limit of the intact grid; runs from before that was told have no such columns."""
    rows = tables.branch_loading
    if tables.congestion.empty or "intact_hours" not in rows:
        return
    above = rows[(rows["intact_hours"] > 0) & rows["order_name"].isin(tables.plan_sides)]
    if above.empty:
        yield say("congestion.none_intact")
        return
    yield say("congestion.intact", plans=list(_under_each_plan(tables, above, "intact_overload_mvah")))


def _under_each_plan(tables: RunTables, rows: pd.DataFrame, column: str) -> Iterator[Text]:
    """How many branches these rows are of, and the sum of a column in MVAh, over scenarios."""
    for side in tables.plan_sides:
        own = rows[rows["order_name"] == side]
        branches = own.groupby("scenario")["branch"].nunique().reindex(tables.all_scenarios, fill_value=0)
        mvah = _by_scenario(tables, own, side, column)
        yield say("congestion.under", order=word("order", side), n=amounts(branches), mvah=amounts(mvah))


def longest_overloaded(tables: RunTables) -> pd.DataFrame:
    """Hours and MVAh over the horizon in the first scenario, a column per order shown; those with most hours first."""
    rows = tables.congestion[tables.congestion["scenario"].astype(str) == tables.first_scenario]
    found = rows[BRANCH].drop_duplicates().set_index(BRANCH)
    for column in ("hours", "overload_mvah"):
        for side in tables.plan_sides:
            sums = rows[rows["order_name"] == side].groupby(BRANCH)[column].sum()
            found[f"{column}_{side}"] = sums.reindex(found.index, fill_value=0.0)
    hours = found[[f"hours_{side}" for side in tables.plan_sides]].max(axis=1)
    return found.loc[hours.sort_values(ascending=False, kind="stable").index].head(MOST_BARS).reset_index()


def _by_scenario(tables: RunTables, rows: pd.DataFrame, side: str, column: str) -> pd.Series[float]:
    """Sum of a column under one plan, in every scenario."""
    sums = rows[rows["order_name"] == side].groupby("scenario")[column].sum()
    return sums.reindex(tables.all_scenarios, fill_value=0.0)


def _worst(tables: RunTables) -> Iterator[Text]:
    rows = tables.congestion[tables.congestion["order_name"].isin(tables.plan_sides)]
    if len(rows):
        worst = _worst_of(rows)
        yield say(
            "congestion.worst",
            branch=tables.element(worst["branch"]),
            share=worst["worst_loading_percent"] / 100,
            limit=worst["worst_limit_percent"] / 100,
            situation=place(tables, worst, "worst_outage")[1],
            year=int(worst["year"]),
            plan=word("order", worst["order_name"]),
            scenario=tables.scenario(worst["scenario"]),
        )


def _branches(tables: RunTables) -> Listing:
    def cells(own: pd.DataFrame) -> Cells:
        worst = _worst_of(own)
        return (
            tables.element(worst["branch"]),
            same(worst["area"]),
            word("direction", worst["direction"]),
            *_amounts(tables, own, "hours", "overload_mvah"),
            same(int(own["year"].min())),
            percent(worst["worst_loading_percent"] / 100),
            percent(worst["worst_limit_percent"] / 100),
            place(tables, worst, "worst_outage")[1],
        )

    heads = (say("congestion.branch"), say("base_case.area"), say("page.direction"))
    sums = _heads(tables, "congestion.hours_under", "congestion.mvah_under")
    numeric = ("congestion.first_year", "congestion.worst_loading", "base_case.limit_percent")
    last = (*(Column(say(head), True) for head in numeric), Column(say("base_case.situation")))
    columns = (*map(Column, heads), *sums, *last)
    return _listing(tables, "congestion.branches", tables.congestion, BRANCH, _furthest, columns, cells)


def _interruptions(tables: RunTables, lost: pd.DataFrame) -> Listing:
    def cells(own: pd.DataFrame) -> Cells:
        worst = _largest(own, "interrupted_mw")
        return (
            *reversed(place(tables, worst, "outage")),
            amounts(own["interrupted_mw"].agg(["min", "max"]), 1),
            *_amounts(tables, own, "interrupted_hours", "not_accepted_hours"),
            same(int(worst["islands"])),
            station_names(tables, worst["stations"]),
        )

    columns = (
        *map(Column, (say("base_case.situation"), say("base_case.area"))),
        Column(say("base_case.interrupted_mw"), True),
        *_heads(tables, "congestion.interrupted_under", "congestion.not_accepted_under"),
        Column(say("congestion.islands"), True),
        Column(say("base_case.stations")),
    )
    return _listing(tables, "base_case.interruptions", lost, OUTAGE, _sum_of("interrupted_mw"), columns, cells)


def _unsolved(tables: RunTables, unsolved: pd.DataFrame) -> Listing:
    def cells(own: pd.DataFrame) -> Cells:
        return (
            *reversed(place(tables, _largest(own, "unsolved_hours"), "outage")),
            *_amounts(tables, own, "unsolved_hours"),
        )

    heads = map(Column, (say("base_case.situation"), say("base_case.area")))
    columns = (*heads, *_heads(tables, "congestion.unsolved_under"))
    return _listing(tables, "base_case.unsolved_cases", unsolved, OUTAGE, _sum_of("unsolved_hours"), columns, cells)


def _largest(rows: pd.DataFrame, column: str) -> dict[Any, Any]:
    found: dict[Any, Any] = rows.nlargest(1, column).to_dict("records")[0]
    return found


def _worst_of(rows: pd.DataFrame) -> dict[Any, Any]:
    """The row with the largest loading over its limit."""
    return _largest(rows.assign(of_limit=of_limit(rows)), "of_limit")


def _furthest(rows: pd.DataFrame) -> float:
    return float(of_limit(rows).max())


def _sum_of(column: str) -> Callable[[pd.DataFrame], float]:
    return lambda rows: float(rows[column].sum())


def _heads(tables: RunTables, *codes: str) -> Iterator[Column]:
    for code in codes:
        yield from (Column(say(code, order=word("order", side)), True) for side in tables.plan_sides)


def _amounts(tables: RunTables, own: pd.DataFrame, *names: str) -> Iterator[Text]:
    """Over the horizon under each plan, from the least to the most over scenarios."""
    for name in names:
        yield from (amounts(_by_scenario(tables, own, side, name)) for side in tables.plan_sides)


def _listing(
    tables: RunTables,
    title: str,
    rows: pd.DataFrame,
    keys: list[str],
    rank: Callable[[pd.DataFrame], float],
    columns: tuple[Column, ...],
    cells: Callable[[pd.DataFrame], Cells],
) -> Listing:
    """A row per key, the one of the highest rank first; cut after `MOST_ROWS`."""
    own = rows[rows["order_name"].isin(tables.plan_sides)]
    groups = sorted((group for _, group in own.groupby(keys)), key=lambda group: -rank(group))
    note = say("congestion.more", n=len(groups)) if len(groups) > MOST_ROWS else same("")
    return Listing(say(title), columns, tuple(map(cells, groups[:MOST_ROWS])), note, folded=True)
