"""gridprio report: what people read of a stored run, and what they take to Excel and QGIS, made again."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gridprio.cli.spoken import opened_run


class Form(StrEnum):
    PAGE = "page"
    WORKBOOK = "workbook"
    GEOPACKAGE = "geopackage"
    GEOJSON = "geojson"


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")],
    to: Annotated[
        list[Form] | None,
        typer.Option(
            "--to",
            help="What to make, more than one where repeated: page (HTML, and the ledger as CSV), workbook (Excel), "
            "geopackage (QGIS), geojson.",
            show_default="page",
        ),
    ] = None,
) -> None:
    """Make the page of a stored run again, or its tables as a workbook or a map; prints where they are."""
    from gridprio.store import read_run

    opened = opened_run(read_run(run))
    for form in dict.fromkeys(to or [Form.PAGE]):
        if form is Form.PAGE:
            from gridprio.report.files import write_report

            paths = [write_report(opened)]
        elif form is Form.WORKBOOK:
            from gridprio.exchange.results_workbook import write_workbook

            paths = [write_workbook(opened)]
        elif form is Form.GEOPACKAGE:
            from gridprio.exchange.geopackage import write_run_geopackage

            paths = [write_run_geopackage(opened)]
        else:
            from gridprio.exchange.geojson import write_geojson

            paths = write_geojson(opened)
        for path in paths:
            typer.echo(str(path))
