"""gridprio tabulate: the full table of every area, kept on disk for runs and searches."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from gridprio.cli.options import (
    Backend,
    BackendOption,
    CellsOption,
    SetOption,
    StudyArgument,
    ThreadsOption,
    cells_folder,
    read_study_with,
    threads_or_all,
)


def tabulate(
    study: StudyArgument,
    areas: Annotated[
        list[str] | None, typer.Option("--areas", metavar="AREA", help="Only this area; may be given more than once.")
    ] = None,
    count: Annotated[bool, typer.Option("--count", help="Only count what would be simulated.")] = False,
    backend: BackendOption = Backend.AUTO,
    threads: ThreadsOption = None,
    set_: SetOption = None,
    cells: CellsOption = None,
) -> None:
    """Simulate every state that a plan can reach, in every year and scenario; what is on disk already is not."""
    from gridprio.cli.progress import shown_progress
    from gridprio.pipeline.session import Session
    from gridprio.pipeline.tabulate import FullTable
    from gridprio.text import say, word_message

    opened = read_study_with(study, set_)
    folder = cells_folder(opened, cells, fresh=False)
    language = opened.settings.language
    with Session(opened, backend.value, threads_or_all(threads), folder) as session:
        table = FullTable(session, areas or ())
        for own in table.counts:
            typer.echo(say("screen.tabulated", **vars(own))[language])
        if count:
            return
        with shown_progress(Console(stderr=True)) as progress:
            table.make(lambda part: progress("tabulate", part))
        messages = session.cells.messages()
    for sentence in messages:
        typer.echo(f"- {word_message(sentence)[language]}")
    typer.echo(str(folder))
