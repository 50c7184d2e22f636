"""The grid before any project, as the page shows it ahead of every effect (table `base_case`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from gridprio.model.limits import MONTHS, of_limit
from gridprio.pipeline.base_case import MW
from gridprio.report.run_tables import RunTables
from gridprio.report.section import Cells, Listing, Section, by_scenario
from gridprio.text import Text, join, number, percent, same, say

MOST_LOADED = 3
"""Situations shown of each area and scenario; the table of the run holds the others."""
MOST_ROWS = 20
COLUMNS = ("base_case.area", "base_case.situation")


def base_case_section(tables: RunTables) -> Section | None:
    """Worst loadings, outages with interruption, cases without a solution, and where the weakest cuts are said; None
    where no grid was seen."""
    rows = tables.base_case
    if rows.empty:
        return None
    lost, unsolved = rows[rows["interrupted_mw"] > 0], rows[rows["unsolved_cases"] > 0]
    listings = [_loadings(tables, rows)]
    if len(lost):
        listings.append(_interruptions(tables, lost))
    if len(tables.voltages):
        listings.append(_voltages(tables))
    if len(unsolved):
        listings.append(_unsolved(tables, unsolved))
    solved = unsolved_sentence(unsolved) if len(unsolved) else say("base_case.all_solved")
    sentences = (*_worst(tables, rows), interruption_sentence(tables, lost), solved, say("base_case.cuts"))
    return Section("base-case", say("base_case.title"), sentences, (), tuple(listings))


def _most_loaded_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with a branch, by its loading against its limit."""
    loaded = rows[rows["worst_branch"] != ""]
    return loaded.loc[of_limit(loaded).sort_values(ascending=False, kind="stable").index]


def _worst(tables: RunTables, rows: pd.DataFrame) -> Iterator[Text]:
    for worst in _most_loaded_first(rows).head(1).to_dict("records"):
        yield say(
            "base_case.worst",
            year=int(worst["year"]),
            share=worst["worst_loading_percent"] / 100,
            limit=worst["worst_limit_percent"] / 100,
            branch=tables.element(worst["worst_branch"]),
            situation=place(tables, worst, "outage")[1],
            area=str(worst["area"]),
        )


def interruption_sentence(tables: RunTables, lost: pd.DataFrame) -> Text:
    """`lost`: rows of a table by outage in which demand is interrupted."""
    if lost.empty:
        return say("base_case.nobody_interrupted")
    outages, most = _n_outage(lost), float(lost["interrupted_mw"].max())
    if tables.security_rules.empty:
        accepted = tables.settings.interruption_max_mw
        return say("base_case.somebody_interrupted", n=outages, mw=most, accepted=accepted)
    is_beyond = (
        lost["not_accepted_hours"] > 0
        if "not_accepted_hours" in lost
        else lost["interrupted_mw"] > lost["accepted_mw"] + MW
    )
    return say("base_case.accepted_by_rules", n=outages, mw=most, beyond=_n_outage(lost[is_beyond]))


def _n_outage(rows: pd.DataFrame) -> int:
    return len(rows[["area", "outage"]].drop_duplicates())


def unsolved_sentence(unsolved: pd.DataFrame) -> Text:
    """`unsolved`: rows of a table by outage that have no solution, at least one."""
    return say("base_case.some_unsolved", n=_n_outage(unsolved))


def _loadings(tables: RunTables, rows: pd.DataFrame) -> Listing:
    shown = _most_loaded_first(rows).groupby(["area", "scenario"], sort=False).head(MOST_LOADED)
    cells = (
        (
            str(row["scenario"]),
            (
                *place(tables, row, "outage"),
                percent(row["worst_loading_percent"] / 100),
                percent(row["worst_limit_percent"] / 100),
                tables.element(row["worst_branch"]),
                number(row["overload_mvah"]),
                number(row["insecure_hours"]),
            ),
        )
        for row in shown.to_dict("records")
    )
    numeric = (
        *("base_case.loading_percent", "base_case.limit_percent"),
        *("base_case.overload", "base_case.insecure"),
    )
    heads = (*COLUMNS, *numeric[:2], "base_case.branch", *numeric[2:])
    return _listing(tables, "base_case.loadings", heads, numeric, cells)


def _interruptions(tables: RunTables, lost: pd.DataFrame) -> Listing:
    lost = lost.sort_values("interrupted_mw", ascending=False, kind="stable")
    cells = (
        (
            str(row["scenario"]),
            (
                *place(tables, row, "outage"),
                number(row["interrupted_mw"], 1),
                station_names(tables, row["interrupted_stations"]),
            ),
        )
        for row in lost.to_dict("records")
    )
    heads = (*COLUMNS, "base_case.interrupted_mw", "base_case.stations")
    return _listing(tables, "base_case.interruptions", heads, ("base_case.interrupted_mw",), cells)


def _voltages(tables: RunTables) -> Listing:
    rows = tables.voltages
    rows = rows.loc[(rows["vm_pu"] - rows["limit_pu"]).abs().sort_values(ascending=False, kind="stable").index]
    cells = (
        (
            str(row["scenario"]),
            (
                *place(tables, row, "outage"),
                tables.element(f"bus:{row['bus']}"),
                same(tables.name("stations", row["station_id"])) if row["station_id"] else same("–"),
                number(row["vm_pu"], 3),
                number(row["limit_pu"], 3),
            ),
        )
        for row in rows.to_dict("records")
    )
    heads = (*COLUMNS, "base_case.bus", "base_case.station", "base_case.vm_pu", "base_case.voltage_limit_pu")
    return _listing(tables, "base_case.voltages", heads, heads[-2:], cells)


def _unsolved(tables: RunTables, unsolved: pd.DataFrame) -> Listing:
    cells = (
        (str(row["scenario"]), (*place(tables, row, "outage"), number(row["unsolved_cases"])))
        for row in unsolved.to_dict("records")
    )
    heads = (*COLUMNS, "base_case.unsolved_hours")
    return _listing(tables, "base_case.unsolved_cases", heads, ("base_case.unsolved_hours",), cells)


def _listing(
    tables: RunTables, title: str, heads: Sequence[str], numeric: Sequence[str], cells: Iterator[tuple[str, Cells]]
) -> Listing:
    return by_scenario(tables, title, heads, cells, numeric=numeric, most=MOST_ROWS, more="base_case.more")


def place(tables: RunTables, row: Mapping[Any, Any], outage: str) -> Cells:
    """Area and situation; column `outage` holds what fails, blank for the intact grid, and column `months`, where there
    is one, the months that the row is about."""
    if not row[outage]:
        return same(row["area"]), say("base_case.intact")
    out, months = join([tables.element(o) for o in row[outage].split()]), str(row.get("months", "")).split()
    if 0 < len(months) < MONTHS:
        return same(row["area"]), say("base_case.without_in", out=out, months=join([same(month) for month in months]))
    return same(row["area"]), say("base_case.without", out=out)


def station_names(tables: RunTables, ids: str) -> Text:
    """Of stations separated by blanks."""
    names = [same(tables.name("stations", part)) for part in ids.split()]
    return join(names) if names else same("–")
