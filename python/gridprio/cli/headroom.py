"""gridprio headroom: what fits in the grid as given."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from gridprio.cli.messages import FILE_WIDTH, table_console
from gridprio.cli.options import (
    Backend,
    BackendOption,
    ClusterOption,
    JsonOption,
    SetOption,
    StudyArgument,
    ThreadsOption,
    read_study_with,
    threads_or_all,
)
from gridprio.cli.spoken import spoken

if TYPE_CHECKING:
    import pandas as pd

    from gridprio.inputs import Study
    from gridprio.text import Language


KEYS = ["direction", "sector", "year", "scenario"]


class PublishVersion(StrEnum):
    V1_3 = "1.3"
    V2_1 = "2.1"


def headroom(  # noqa: PLR0913 - the options of the command
    study: StudyArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write the table here: CSV, or for QGIS a GeoPackage (.gpkg).")
    ] = None,
    publish: Annotated[
        Path | None, typer.Option("--publish", help="Also write it here, in the information model of the map (JSON).")
    ] = None,
    publish_version: Annotated[
        PublishVersion, typer.Option("--publish-version", help="Version of the information model.")
    ] = PublishVersion.V2_1,
    backend: BackendOption = Backend.AUTO,
    threads: ThreadsOption = None,
    set_: SetOption = None,
    cluster: ClusterOption = None,
    json_: JsonOption = False,
) -> None:
    """Capacity per station, direction, sector and year that is left in the grid without new works."""
    from gridprio.cli.progress import shown_progress
    from gridprio.inputs import with_settings
    from gridprio.pipeline.headroom import study_headroom

    opened = read_study_with(study, set_)
    if out is not None and out.suffix == ".gpkg":
        _refuse_no_place(out, opened)
    with shown_progress(Console(stderr=True)) as progress:
        found = study_headroom(
            with_settings(opened, language=spoken()), backend.value, threads_or_all(threads), progress, cluster
        )
    if out is not None and out.suffix == ".gpkg":
        _write_map(out, opened, found)
    elif out is not None:
        _without_formulas(found).to_csv(out, index=False)
    if publish is not None:
        _publish(publish, opened, found, publish_version)
    if json_:
        known = found.astype(object).where(found.notna(), None)
        typer.echo(json.dumps(known.to_dict("records"), ensure_ascii=False, indent=2))
        return
    print_headroom(
        table_console(),
        found,
        opened,
        spoken(),
    )


def _refuse_no_place(path: Path, study: Study) -> None:
    """Before the calculation, which the table would be lost with."""
    import pandas as pd

    from gridprio.exchange.gis_layers import headroom_layer, refuse_nothing

    stations = pd.DataFrame({"station_id": [station.station_id for station in study.stations]})
    refuse_nothing([headroom_layer(study.stations, stations)], path.name)


def _write_map(path: Path, study: Study, found: pd.DataFrame) -> None:
    from gridprio.exchange.geopackage import write_geopackage
    from gridprio.exchange.gis_layers import headroom_layer

    made = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    write_geopackage(path, [headroom_layer(study.stations, found)], study.settings.language, made)


def _publish(path: Path, study: Study, found: pd.DataFrame, version: PublishVersion) -> None:
    from gridprio.exchange.published_headroom import headroom_document
    from gridprio.published.information_model import document_text

    today = dt.datetime.now().date()
    document = headroom_document(study, found, "1.3" if version is PublishVersion.V1_3 else "2.1", today)
    path.write_text(document_text(document), encoding="utf-8")


def _without_formulas(found: pd.DataFrame) -> pd.DataFrame:
    """Texts that a spreadsheet would take for a formula, behind an apostrophe, which shows them as they are."""
    texts = found.select_dtypes(exclude="number").columns
    return found.assign(**{name: found[name].str.replace(r"^(?=[=+\-@\t\r])", "'", regex=True) for name in texts})


def print_headroom(console: Console, found: pd.DataFrame, study: Study, language: Language) -> None:
    """Table `headroom` with a line per station, direction, sector, year and scenario, in this order and by name.

    With what it is enough for where the width allows; else it is said where that stands.
    """
    from gridprio.inputs.spatial_tables import PLAN_NUMBERS
    from gridprio.report.run_tables import scenario_text
    from gridprio.text import say, word

    stations = {station.station_id: station.name for station in study.stations}
    scenarios = {row.scenario_id: scenario_text(row.scenario_id, row.name)[language] for row in study.scenarios}
    places = found["station_id"].map({station: place for place, station in enumerate(stations)})
    found = found.assign(place=places).sort_values(["place", *KEYS], kind="stable")
    if study.head.fictional:
        typer.echo(f"[{say('answer.fictional')[language].upper()}]")
    equivalents = [name for name in PLAN_NUMBERS if name in found]
    table = _table(found, stations, scenarios, equivalents, language)
    any_width = console.options.update(width=FILE_WIDTH)
    is_too_wide = bool(equivalents) and Measurement.get(console, any_width, table).maximum > console.width
    console.print(_table(found, stations, scenarios, [], language) if is_too_wide else table)
    typer.echo(say("screen.colour_classes")[language])
    if is_too_wide:
        numbers = [word("headroom_column", name) for name in equivalents]
        typer.echo(say("screen.equivalents_elsewhere", numbers=numbers)[language])


def _table(
    found: pd.DataFrame,
    stations: Mapping[str, str],
    scenarios: Mapping[str, str],
    equivalents: Sequence[str],
    language: Language,
) -> Table:
    """`stations` and `scenarios`: names by id; `equivalents`: columns that say what the headroom is enough for."""
    from gridprio.text import say, word

    heads = ["station", "direction", "sector", "year", "scenario", "mw", "limited_by", "class", "lifted_by"]
    by_voltage = bool(found["voltage_headroom_mw"].notna().any())
    if by_voltage:
        heads += ["voltage_mw", "voltage_limited_by"]
    table = Table(*(word("headroom_column", head)[language] for head in [*heads, *equivalents]), box=None)
    for row in found.to_dict("records"):
        unlimited = isnan(row["headroom_mw"])
        cells = (
            stations[row["station_id"]],
            word("direction", row["direction"])[language],
            word("sector", row["sector"])[language],
            str(row["year"]),
            scenarios[row["scenario"]],
            _amount(row["headroom_mw"], 1, language),
            say("screen.no_limit")[language] if unlimited else row["limited_by"],
            word("colour_class", row["colour_class"])[language],
            row["lifted_by_project"],
            *((_amount(row["voltage_headroom_mw"], 1, language), row["voltage_limited_by"]) if by_voltage else ()),
            *(_amount(row[name], 0, language) for name in equivalents),
        )
        table.add_row(*map(Text, cells))
    return table


def _amount(amount: float, decimals: int, language: Language) -> str:
    """Empty where there is none."""
    from gridprio.text import number

    return "" if isnan(amount) else number(amount, decimals)[language]
