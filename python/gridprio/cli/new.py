"""gridprio new: a study to go on with."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridprio.cli.options import Speech

if TYPE_CHECKING:
    from gridprio.text import Language


class Source(StrEnum):
    CAPACITY_MAP = "capacity-map"


def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder for the study.")],
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILES",
            help="Files of one publication: the map's service form or information model (JSON), CSV downloads; also "
            "outlines of provinces (GeoJSON) or a CSV with area_id and province.",
        ),
    ],
    from_: Annotated[Source, typer.Option("--from", help="What the files are.")],
    province: Annotated[
        str | None, typer.Option("--province", help="Areas of this province alone.", show_default="all areas")
    ] = None,
    date: Annotated[
        dt.datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Day of the publication.", show_default="today"),
    ] = None,
    earlier: Annotated[
        list[Path] | None,
        typer.Option("--earlier", help="File of an earlier publication, whose moved dates widen the delays."),
    ] = None,
    language: Annotated[Speech, typer.Option("--language", help="Language of notes and messages.")] = Speech.NL,
) -> None:
    """Write a study of stations from what operators publish; prints whose projects bind and what cannot be known."""
    from gridprio.published.findings import findings_of, headline, unknowns
    from gridprio.published.moved_dates import slips_between
    from gridprio.published.reader import read_publication
    from gridprio.published.selection import select
    from gridprio.published.study_areas import Origin
    from gridprio.published.study_folder import study_texts, write_study

    publication, provinces = read_publication(files)
    slips = slips_between(read_publication(earlier)[0], publication) if earlier else {}
    selection = select(publication, provinces, province)
    spoken: Language = "en" if language == "en" else "nl"
    names = ", ".join(publication.files)
    origin = Origin(names, (date or dt.datetime.now()).date(), spoken)
    write_study(folder, study_texts(selection, origin, slips))
    found = findings_of(selection)
    for entry in (*headline(found), *unknowns(found)):
        typer.echo(entry[spoken])
    typer.echo(str(folder))
