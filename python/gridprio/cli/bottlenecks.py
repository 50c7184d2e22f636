"""gridprio bottlenecks: the weakest cut between each station and the feeding points."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridprio.cli.options import JsonOption, SetOption, StudyArgument, read_study_with
from gridprio.cli.spoken import spoken

if TYPE_CHECKING:
    from gridprio.text import Text

SAID = (
    "station_id",
    "cut_branches",
    "n_cut",
    "cut_mva",
    "cut_mva_one_out",
    "stations_behind",
    "n_behind",
    "peak_demand_mw",
    "peak_feed_in_mw",
)
NAMED = ("cut_names", "cut_names_feed_in", "without_reserve_names")


def bottlenecks(
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the table here, as CSV.")] = None,
    set_: SetOption = None,
    json_: JsonOption = False,
) -> None:
    """What stands between each station and the feeding points, and which stations have no reserve."""
    from gridprio.inputs import with_settings
    from gridprio.pipeline.bottlenecks import study_bottlenecks
    from gridprio.text import say

    opened = read_study_with(study, set_)
    language = spoken()
    found = study_bottlenecks(with_settings(opened, language=language))
    if out is not None:
        found.to_csv(out, index=False)
    names = {station.station_id: station.name for station in opened.stations}
    rows = [_in_words(row, names) for row in found.to_dict("records")]
    if json_:
        known = found.astype(object).where(found.notna(), None)
        typer.echo(json.dumps(known.to_dict("records"), ensure_ascii=False, indent=2))
        return
    if opened.head.fictional:
        typer.echo(f"[{say('answer.fictional')[language].upper()}]")
    switched = frozenset(action.outage for action in opened.outage_actions)
    for row in rows:
        for told in _sentences(row, switched):
            typer.echo(told[language])


def _sentences(row: Mapping[Any, Any], switched: frozenset[str]) -> Iterator[Text]:
    """What is said of a station; `switched`: outages after which something is switched."""
    from gridprio.text import message, say

    station, alone = row["station_id"], row["without_reserve"]
    of_feed_in, mva = row["cut_branches_feed_in"], row.get("cut_mva_feed_in", row["cut_mva"])
    is_apart = "cut_mva_feed_in" in row and (of_feed_in, isnan(mva)) != (row["cut_branches"], isnan(row["cut_mva"]))
    direction = message("phrase.for_demand") if is_apart else ""
    if isnan(row["cut_mva"]):
        yield say("screen.no_bottleneck", station=station, direction=direction)
    elif not row["cut_branches"]:
        yield say("screen.not_supplied", station=station)
    else:
        yield say("screen.bottleneck", direction=direction, **{name: row[name] for name in SAID})
    if is_apart and isnan(mva):
        yield say("screen.no_bottleneck", station=station, direction=message("phrase.for_feed_in"))
    elif is_apart:
        n = len(of_feed_in)
        yield say("screen.bottleneck_feed_in", station=station, cut_branches=of_feed_in, n_cut=n, cut_mva=mva)
    if alone:
        yield say("screen.without_reserve", station=station, without_reserve=alone, n=len(alone))
    # an action after the outage of a row counts for each of its systems (line:12 for line:12:1)
    if any(switched & {code, code.rpartition(":")[0]} for code in row["alone_codes"]):
        yield say("screen.switched_after_outage", station=station)


def _in_words(row: dict[Any, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """With names of stations and branches for their ids, lists for what is separated, and how many these are."""
    from gridprio.pipeline.bottlenecks import BETWEEN_NAMES

    named = {column: row[column].split(BETWEEN_NAMES) if row.get(column) else [] for column in NAMED}
    cut, of_feed_in, alone = named.values()
    behind = [names.get(station) or station for station in row["stations_behind"].split()]
    return {
        **row,
        "station_id": names.get(row["station_id"]) or row["station_id"],
        "cut_branches": cut,
        "n_cut": len(cut),
        "cut_branches_feed_in": of_feed_in,
        "stations_behind": behind,
        "n_behind": len(behind),
        "without_reserve": alone,
        "alone_codes": row["without_reserve"].split(),
    }
