"""gridprio bottlenecks: the weakest cut between each station and the feeding points."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isnan
from pathlib import Path
from typing import Annotated, Any

import typer

from gridprio.cli.options import JsonOption, SetOption, StudyArgument, read_study_with
from gridprio.cli.spoken import spoken

SAID = (
    "station_id",
    "cut_branches",
    "cut_mva",
    "cut_mva_one_out",
    "stations_behind",
    "peak_demand_mw",
    "peak_feed_in_mw",
)


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
    for row in rows:
        if isnan(row["cut_mva"]):
            typer.echo(say("screen.no_bottleneck", station=row["station_id"])[language])
            continue
        if not row["cut_branches"]:
            typer.echo(say("screen.not_supplied", station=row["station_id"])[language])
            continue
        typer.echo(say("screen.bottleneck", **{name: row[name] for name in SAID})[language])
        if row["without_reserve"]:
            typer.echo(
                say("screen.without_reserve", station=row["station_id"], without_reserve=row["without_reserve"])[
                    language
                ]
            )


def _in_words(row: dict[Any, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """With names of stations and branches for their ids, and lists for what is separated."""
    from gridprio.pipeline.bottlenecks import BETWEEN_NAMES

    named = {"cut_branches": "cut_names", "without_reserve": "without_reserve_names"}
    split = {column: [name for name in row[names].split(BETWEEN_NAMES) if name] for column, names in named.items()}
    behind = [names.get(station) or station for station in row["stations_behind"].split()]
    return {**row, **split, "stations_behind": behind, "station_id": names.get(row["station_id"]) or row["station_id"]}
