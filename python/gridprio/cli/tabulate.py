"""gridprio tabulate: the full table of every area, kept on disk for runs and searches."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gridprio.cli.options import (
    Backend,
    BackendOption,
    CellsOption,
    ClusterOption,
    SetOption,
    StudyArgument,
    ThreadsOption,
    cells_folder,
    read_study_with,
    threads_or_all,
)
from gridprio.cli.spoken import spoken


def tabulate(  # noqa: PLR0913 - the options of the command
    study: StudyArgument,
    areas: Annotated[
        list[str] | None, typer.Option("--areas", metavar="AREA", help="Only this area; may be given more than once.")
    ] = None,
    count: Annotated[bool, typer.Option("--count", help="Only count what would be simulated.")] = False,
    backend: BackendOption = Backend.AUTO,
    threads: ThreadsOption = None,
    set_: SetOption = None,
    cells: CellsOption = None,
    cluster: ClusterOption = None,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Only part I of N, for one of N jobs (docs/cluster.md)."),
    ] = None,
    merge: Annotated[
        list[Path] | None,
        typer.Option("--merge", metavar="FOLDER", help="First take over the cells of this part; may be repeated."),
    ] = None,
) -> None:
    """Simulate every state that a plan can reach, in every year and scenario; what is on disk already is not."""
    from gridprio.cells import merge_cells
    from gridprio.cli.progress import shown_progress
    from gridprio.pipeline.session import Session
    from gridprio.pipeline.tabulate import FullTable, Shard
    from gridprio.text import say, word_message

    opened = read_study_with(study, set_)
    folder = cells_folder(opened, cells, fresh=False)
    language = spoken()
    part = None if shard is None else Shard.parse(shard)
    with Session(opened, backend.value, threads_or_all(threads), folder, cluster) as session:
        if merge and folder is not None:
            merge_cells(merge, folder, session.executor.version)
        table = FullTable(session, areas or (), part)
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
