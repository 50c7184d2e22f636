"""What fits in the grid as given, which move of a development fits, and the land that projects need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gridprio.report.headroom import class_sentences, classes_listing, published_sentences
from gridprio.report.run_tables import RunTables
from gridprio.report.section import Listing, Section, amounts, by_scenario, columns, stored_messages
from gridprio.text import Text, join, number, percent, same, say, word

MOST_ROWS = 60
MOVES = {"time": "given.move_time", "size": "given.move_size", "place": "given.move_place"}


def given_section(tables: RunTables) -> Section | None:
    """By station and development, for the years that the run has; None without tables `as_given` and `headroom`."""
    totals = tables.as_given[tables.as_given["development_id"] == ""]
    if totals.empty and tables.headroom.empty:
        return None
    groups = totals.groupby(["year", "direction"], sort=False)
    sentences = [_year(int(str(year)), str(direction), rows) for (year, direction), rows in groups]
    sentences += [say("given.note")] if len(totals) else []
    sentences += [*class_sentences(tables), *published_sentences(tables), *stored_messages(tables, "given.space")]
    listings = [_stations(tables, totals), classes_listing(tables), _moves(tables), _land(tables)]
    return Section("given", say("given.title"), tuple(sentences), (), tuple(found for found in listings if found.rows))


def _year(year: int, direction: str, rows: pd.DataFrame) -> Text:
    """What fits of what is asked, from the scenario with the smallest share to the one with the largest."""
    sums = rows.groupby("scenario", sort=False)[["requested_mw", "fits_mw"]].sum()
    sums["share"] = (sums["fits_mw"] / sums["requested_mw"]).fillna(1.0)
    ranked = sums.sort_values("share", kind="stable").to_dict("records")
    told = [
        say("given.share", fits=one["fits_mw"], asked=one["requested_mw"], share=percent(one["share"]))
        for one in (ranked[0], ranked[-1])
    ]
    amount = told[0] if told[0] == told[1] else say("given.to", low=told[0], high=told[1])
    return say("given.year", year=year, direction=word("direction", direction), amount=amount)


def _stations(tables: RunTables, totals: pd.DataFrame) -> Listing:
    """Stations where something does not fit in some scenario, the largest shortage first; ranges over scenarios."""
    short = totals.assign(short=totals["requested_mw"] - totals["fits_mw"])
    found = [(own["short"].max(), key, own) for key, own in short.groupby(["station_id", "direction", "year"])]
    found = sorted((one for one in found if round(one[0], 1) > 0), key=lambda one: -one[0])
    rows = tuple(
        (
            same(tables.name("stations", station)),
            same(year),
            word("direction", direction),
            amounts(own["requested_mw"], 1),
            amounts(own["fits_mw"], 1),
            _limits(tables, str(station), str(direction), int(str(year))),
        )
        for _, (station, direction, year), own in found[:MOST_ROWS]
    )
    numeric = ("given.asked", "given.fits")
    heads = ("given.station", "given.in_year", "page.direction", *numeric, "page.limits")
    note = say("given.more", n=len(found)) if len(found) > MOST_ROWS else same("")
    return Listing(say("given.stations"), columns(*heads, numeric=numeric), rows, note, folded=True)


def _limits(tables: RunTables, station: str, direction: str, year: int) -> Text:
    """What limits the developments of the station most often, over scenarios."""
    rows = tables.as_given[(tables.as_given["station_id"] == station) & (tables.as_given["direction"] == direction)]
    codes = rows.loc[(rows["year"] == year) & (rows["development_id"] != ""), "limiting_element"].astype(str)
    codes = codes[codes != ""]
    return tables.element(codes.mode().iloc[0]) if len(codes) else same("–")


def _moves(tables: RunTables) -> Listing:
    """The least change of each development that does not fit, with the projects that nobody else then asks for."""
    first = tables.moves[tables.moves["place"] == 1]
    cells = (
        (
            str(row["scenario"]),
            (
                same(tables.name("developments", row["development_id"])),
                same(row["year"]),
                number(float(row["requested_mw"]), 1),
                _move(tables, row),
                _projects(tables, row["avoids"]),
            ),
        )
        for row in first.to_dict("records")
    )
    heads = ("page.development", "given.in_year", "given.asked", "given.move", "given.avoids")
    numeric = ("given.asked",)
    return by_scenario(tables, "given.moves", heads, cells, numeric=numeric, most=MOST_ROWS, more="given.more")


def _land(tables: RunTables) -> Listing:
    towns = tables.municipality_names
    cells = tuple(
        (
            same(tables.name("projects", row["project_id"])),
            same(towns.get(str(row["municipality_id"]), str(row["municipality_id"])) or "–"),
            number(float(row["land_ha"]), 1),
            same(row["planning_status"] or "–"),
            _year_or_dash(row["reserve_by_year"]),
        )
        for row in tables.space.to_dict("records")
    )
    heads = ("page.project", "page.municipality", "given.land_ha", "given.planning_status", "given.reserve_by")
    return Listing(say("given.land"), columns(*heads, numeric=("given.land_ha",)), cells, folded=True)


def _move(tables: RunTables, row: Mapping[Any, Any]) -> Text:
    kind, to = str(row["kind"]), str(row["to"])
    if kind == "place":
        return say(MOVES[kind], to=tables.name("stations", to))
    shown = number(float(to), 1) if kind == "size" else same(to)
    return say(MOVES[kind], to=shown, amount=float(row["amount"]))


def _projects(tables: RunTables, ids: object) -> Text:
    names = [same(name) for name in tables.names("projects", ids) if name]
    return join(names) if names else same("–")


def _year_or_dash(year: object) -> Text:
    """2030; a dash where there is none."""
    return same("–") if year != year else same(int(float(str(year))))
