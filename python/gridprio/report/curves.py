"""What status is worth with more or fewer projects that have it, and under a weaker or stricter rule."""

from __future__ import annotations

import pandas as pd

from gridprio.figures import AXES, curve_rows
from gridprio.report.effects import IN_SERVICE
from gridprio.report.run_tables import RunTables
from gridprio.report.section import Cells, Chart, Listing, Section, columns, stored_messages
from gridprio.text import Text, number, same, say, word_kind

KINDS = ("real", "random", "selection")
WHAT = {IN_SERVICE: ("curves.of_months", 1), "waiting_mw_years_demand": ("curves.of_waiting", 2)}
"""Metric -> what falls, and the decimals it is shown with."""
HEADS = ("curves.this_list", "curves.random_lists", "curves.selection")
Band = tuple[float, float, float]
"""Mean and both ends."""
DECIMALS = {"dilution": 0, "bindingness": 1}
"""Table -> decimals that the place along its curve is shown with."""


def curves_section(tables: RunTables) -> Section | None:
    """Both curves with their bands; None where a run has no `dilution`."""
    if tables.dilution.empty:
        return None
    shown = [name for name in AXES if len(first_curve(tables, name, IN_SERVICE))]
    sentences = (*stored_messages(tables, "curves.dilution"), *_selection(tables), say("curves.how_to_read"))
    return Section(
        "curves",
        say("curves.title"),
        sentences,
        tuple(Chart(name, say(AXES[name][1])) for name in shown),
        tuple(_listing(tables, name, metric) for name in shown for metric in WHAT),
    )


def first_curve(tables: RunTables, curve: str, metric: str) -> pd.DataFrame:
    """Of the first scenario."""
    return curve_rows(getattr(tables, curve), curve, metric, tables.first_scenario)


def _selection(tables: RunTables) -> tuple[Text, ...]:
    """The list of the study against random ones, under the strength that is nearest to the one of the settings."""
    rows = first_curve(tables, "bindingness", IN_SERVICE)
    if rows.empty:
        return ()
    at = min(rows["bindingness"].unique(), key=lambda b: abs(b - tables.settings.bindingness))
    found = _bands(rows[rows["bindingness"] == at])
    _, low, high = found["selection"]
    told = "curves.no_band" if low != low else "curves.as_random" if low <= 0 <= high else "curves.not_as_random"
    months = {kind: _sooner(found[kind], 1) for kind in KINDS}
    return (say("curves.at_strength", strength=float(at), chance=say(told), **months),)


def _listing(tables: RunTables, curve: str, metric: str) -> Listing:
    column, head = AXES[curve]
    rows = first_curve(tables, curve, metric)
    what, digits = WHAT[metric]
    cells: list[Cells] = []
    for at, own in rows.groupby(column):
        found = _bands(own)
        cells.append((number(float(str(at)), DECIMALS[curve]), *(_sooner(found[kind], digits) for kind in KINDS)))
    title = say("curves.table", along=say(head), unit=word_kind("unit", metric), what=say(what))
    note = (
        same("") if metric == IN_SERVICE else say("curves.in_scenario", scenario=tables.scenario(tables.first_scenario))
    )
    return Listing(title, columns(head, *HEADS, numeric=HEADS), tuple(cells), note, folded=True)


def _bands(rows: pd.DataFrame) -> dict[str, Band]:
    return {str(r["kind"]): (float(r["mean"]), float(r["low95"]), float(r["high95"])) for r in rows.to_dict("records")}


def _sooner(band: Band, decimals: int) -> Text:
    """The effect with its sign turned: above 0 is sooner, or less waiting; with the band where there is one."""
    mean, low, high = band
    middle, *ends = (number(0.0 - x, decimals) for x in (mean, high, low))
    if low != low or ends[0] == ends[1]:
        return middle
    return say("amount.interval", mean=middle, low=ends[0], high=ends[1])
