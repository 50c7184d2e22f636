"""gridprio new: a study to go on with."""

from __future__ import annotations

import datetime as dt
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridprio.cli.options import Speech
from gridprio.errors import InputError

if TYPE_CHECKING:
    from gridprio.text import Language


class Source(StrEnum):
    CAPACITY_MAP = "capacity-map"
    ETM = "etm"
    STUDY = "study"


def new(  # noqa: PLR0913 - the options of the command
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder for the study.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILES]",
            help="Files of one publication: the map's service form or information model (JSON), CSV downloads; also "
            "outlines of provinces (GeoJSON) or a CSV with area_id and province. Or hourly electricity exports of the "
            "Energy Transition Model as YEAR=FILE, with or without the study that takes them. Or one study.",
        ),
    ] = None,
    from_: Annotated[
        Source | None,
        typer.Option("--from", help="What the files are.", show_default="none: an invented example to fill in"),
    ] = None,
    workbook: Annotated[bool, typer.Option("--workbook", help="Write an Excel workbook instead of tables.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="All tables and columns, not only those of a first answer.")
    ] = False,
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
    sector: Annotated[
        list[str] | None,
        typer.Option("--sector", metavar="CLASS=SECTOR", help="Sector of the study for a class of the ETM."),
    ] = None,
    language: Annotated[Speech, typer.Option("--language", help="Language of notes and messages.")] = Speech.NL,
) -> None:
    """Write a study to fill in, one from what others publish, or a study in another form (folder, workbook)."""
    spoken: Language = "en" if language == "en" else "nl"
    if from_ is Source.ETM:
        _from_etm(folder, files or [], sector or [], spoken, workbook=workbook)
        return
    if from_ is Source.CAPACITY_MAP:
        _from_map(folder, files or [], province, date, earlier or [], spoken, workbook=workbook)
        return
    _refuse_other_files(from_, files or [])
    from gridprio.exchange.new_study import example_layout, example_study, read_as_written, write_study_anew
    from gridprio.exchange.workbook import ORDER, Layout

    if files:
        study = read_as_written(files[0])
        layout = Layout(spoken, ORDER if full else (), all_columns=full)
    else:
        study, layout = example_study(spoken, full=full), example_layout(spoken, full=full)
    typer.echo(str(write_study_anew(folder, study, layout if workbook else None)))


def _refuse_other_files(from_: Source | None, files: list[Path]) -> None:
    from gridprio.text import sentence

    if from_ is None and files:
        raise InputError(sentence("problem.files_of_no_kind"))
    if from_ is Source.STUDY and len(files) != 1:
        raise InputError(sentence("problem.not_one_study"))


def _from_etm(folder: Path, files: list[Path], sectors: list[str], spoken: Language, *, workbook: bool) -> None:
    """Also prints what was not taken over."""
    from gridprio.exchange.etm_study import write_etm
    from gridprio.exchange.new_study import read_as_written
    from gridprio.exchange.workbook import Layout
    from gridprio.published.etm import exports_by_year, read_etm_exports
    from gridprio.published.etm_growth import etm_tables
    from gridprio.text import sentence

    by_year, others = exports_by_year(files)
    if len(by_year) < 2 or len(others) > 1:
        raise InputError(sentence("problem.etm_files"))
    named = dict(entry.split("=", 1) for entry in sectors if "=" in entry)
    if len(named) < len(sectors):
        raise InputError(sentence("problem.etm_sector_form"))
    tables = etm_tables(read_etm_exports(by_year), named, spoken)
    study = read_as_written(others[0]) if others else None
    written = write_etm(folder, tables, study, spoken, Layout(spoken) if workbook else None)
    for message in written.messages:
        typer.echo(message[spoken])
    typer.echo(str(written.place))


def _from_map(
    folder: Path,
    files: list[Path],
    province: str | None,
    date: dt.datetime | None,
    earlier: list[Path],
    spoken: Language,
    *,
    workbook: bool,
) -> None:
    """Also prints whose projects bind and what cannot be known."""
    from gridprio.published.findings import findings_of, headline, unknowns
    from gridprio.published.moved_dates import slips_between
    from gridprio.published.reader import read_publication
    from gridprio.published.selection import select
    from gridprio.published.study_areas import Origin
    from gridprio.published.study_folder import README, study_texts, write_study

    publication, provinces = read_publication(files)
    slips = slips_between(read_publication(earlier)[0], publication) if earlier else {}
    selection = select(publication, provinces, province)
    names = ", ".join(publication.files)
    origin = Origin(names, (date or dt.datetime.now()).date(), spoken)
    texts = study_texts(selection, origin, slips)
    if workbook:
        from gridprio.exchange.new_study import read_as_written, write_study_anew
        from gridprio.exchange.workbook import Layout

        with tempfile.TemporaryDirectory() as tables:
            write_study(Path(tables), texts)
            write_study_anew(folder, read_as_written(Path(tables)), Layout(spoken))
        (folder / README[spoken]).write_text(texts[README[spoken]], encoding="utf-8")
    else:
        write_study(folder, texts)
    found = findings_of(selection)
    for entry in (*headline(found), *unknowns(found)):
        typer.echo(entry[spoken])
    typer.echo(str(folder))
