"""gridprio delays: dates of projects in two publications of the capacity map."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from gridprio.cli.options import Speech

if TYPE_CHECKING:
    from gridprio.published.moved_dates import MovedDate
    from gridprio.text import Language

NAMES = ("operator", "phase")
"""Columns that are never cut off; the heads of the numbers break over lines."""


def delays(
    earlier: Annotated[Path, typer.Argument(metavar="EARLIER", help="File of the earlier publication.")],
    later: Annotated[Path, typer.Argument(metavar="LATER", help="The same of a later one.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write promised against published later per project, as CSV.")
    ] = None,
    language: Annotated[Speech, typer.Option("--language", help="Language of the table.")] = Speech.NL,
) -> None:
    """What slipped and what moved back between two publications, by operator and phase (months of the last promise)."""
    from gridprio.published.moved_dates import moved_dates, moved_groups
    from gridprio.published.reader import read_publication
    from gridprio.text import number, word

    spoken: Language = "en" if language == "en" else "nl"
    moves = moved_dates(read_publication([earlier])[0], read_publication([later])[0])
    heads = (*NAMES, "projects", "slipped", "moved_back", "withdrawn", "gone", "mean_months", "sd_months")
    words = (word("delay_column", head)[spoken] for head in heads)
    table = Table(
        *(Column(said, no_wrap=at < len(NAMES), overflow="fold") for at, said in enumerate(words)),
        box=None,
        pad_edge=False,
        collapse_padding=True,
    )
    for group in moved_groups(moves):
        counts = (group.projects, group.slipped, group.moved_back, group.withdrawn, group.gone)
        spread = [number(value, 1)[spoken] for value in (group.mean_months, group.sd_months)]
        table.add_row(group.operator, group.phase or "-", *map(str, counts), *spread)
    Console().print(table)
    if out is not None:
        _write(out, moves)
        typer.echo(str(out))


def _write(out: Path, moves: Sequence[MovedDate]) -> None:
    """The back-test: one row per project of the earlier publication."""
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("operator", "project", "phase", "promised", "published_later", "phase_later", "moved_months"))
        for move in moves:
            later = (move.later.date_text, move.later.phase) if move.later else ("", "")
            moved = "" if move.moved_months is None else move.moved_months
            writer.writerow((*move.earlier.key, move.earlier.phase, move.earlier.date_text, *later, moved))
