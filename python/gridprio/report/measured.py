"""Whether the model reproduces the bottlenecks that the operator has measured (table `measured`)."""

from __future__ import annotations

import pandas as pd
from scipy.stats import spearmanr

from gridprio.report.run_tables import RunTables, scenario_rows
from gridprio.report.section import Listing, Section, columns
from gridprio.text import Text, number, percent, same, say, word

CLOSE_SHARE = 0.1
"""A loading within this part of the measurement is called close."""
LEAST_RANKED = 8
"""With fewer elements a rank correlation says nothing."""
CHANCE = 0.05
"""A rank correlation counts when one as strong comes about by chance less often than this."""
MOST_ROWS = 60


def measured_sentence(tables: RunTables) -> Text:
    """What the operator's first screen says: how many measured bottlenecks are found, or which table is missing."""
    if tables.base_case.empty:
        return same("")
    rows = _rows(tables)
    known = rows[~rows["kind"].isin(("unmeasured", "unknown"))]
    if known.empty:
        is_measured = (rows["kind"] == "unknown").any()
        return say("measured.none_comparable" if is_measured else "measured.missing")
    bottlenecks = known[known["kind"].isin(("found", "missed"))]
    extra = int((known["kind"] == "extra").sum())
    if bottlenecks.empty:
        return say("measured.no_bottleneck", n=len(known), extra=extra)
    with_loading = bottlenecks[bottlenecks["measured_percent"].notna()]
    apart = with_loading["difference_percent"].abs() <= CLOSE_SHARE * with_loading["measured_percent"]
    said = say("measured.found", found=int((bottlenecks["kind"] == "found").sum()), n=len(bottlenecks))
    if len(with_loading):
        said += say("measured.close", n=int(apart.sum()), of=len(with_loading), share=CLOSE_SHARE)
    return said


def measured_section(tables: RunTables) -> Section | None:
    """The elements of the first scenario one by one; None where nothing was measured."""
    rows = _rows(tables)
    if rows.empty:
        return None
    counts = rows["kind"].value_counts()
    beside = say("measured.beside", extra=int(counts.get("extra", 0)), unmeasured=int(counts.get("unmeasured", 0)))
    sentences = (measured_sentence(tables), beside, *_ranked(rows), _basis(tables, rows))
    return Section("measured", say("measured.title"), sentences, (), (_listing(tables, rows),))


def _rows(tables: RunTables) -> pd.DataFrame:
    return scenario_rows(tables.measured, tables.first_scenario)


def _ranked(rows: pd.DataFrame) -> tuple[Text, ...]:
    """The rank correlation where there are enough elements, and whether it is above chance at 5 %."""
    both = rows[rows["measured_percent"].notna() & rows["modelled_percent"].notna()]
    if len(both) < LEAST_RANKED:
        return ()
    if min(both["measured_percent"].nunique(), both["modelled_percent"].nunique()) < 2:
        return ()
    found = spearmanr(both["measured_percent"], both["modelled_percent"], alternative="greater")
    code = "measured.ranked" if found.pvalue < CHANCE else "measured.not_ranked"
    return (say(code, n=len(both), rho=float(found.statistic)),)


def _basis(tables: RunTables, rows: pd.DataFrame) -> Text:
    years = sorted({int(year) for year in rows["measured_year"]} - {0})
    hours = say("measured.hours_all" if tables.settings.hours == "all" else "measured.hours_representative")
    return say(
        "measured.basis",
        year=int(rows["year"].iloc[0]),
        scenario=tables.scenario(tables.first_scenario),
        hours=hours,
        measured=[str(year) for year in years],
    )


def _listing(tables: RunTables, rows: pd.DataFrame) -> Listing:
    def share(value: float) -> Text:
        return same("–") if value != value else percent(value / 100)

    def points(value: float) -> Text:
        return same("–") if value != value else number(value, signed=True)

    def hours(value: float) -> Text:
        return same("–") if value != value else number(value)

    cells = tuple(
        (
            tables.element(row["branch"]),
            share(row["limit_percent"]),
            share(row["measured_percent"]),
            share(row["modelled_percent"]),
            points(row["difference_percent"]),
            hours(row["measured_hours"]),
            hours(row["modelled_hours"]),
            word("measured_kind", row["kind"]),
        )
        for row in rows.head(MOST_ROWS).to_dict("records")
    )
    numeric = (
        *("base_case.limit_percent", "measured.measured", "measured.modelled", "measured.difference"),
        *("measured.measured_hours", "measured.modelled_hours"),
    )
    heads = columns("congestion.branch", *numeric, "measured.verdict", numeric=numeric)
    note = say("measured.more", n=len(rows)) if len(rows) > MOST_ROWS else say("measured.note")
    return Listing(say("measured.elements"), heads, cells, note)
