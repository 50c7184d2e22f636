"""gridprio seal: cells, headroom and plan data without the grid, to hand over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gridprio.cli.options import (
    CellsOption,
    SetOption,
    StudyArgument,
    ThreadsOption,
    cells_folder,
    read_study_with,
    threads_or_all,
)
from gridprio.cli.spoken import spoken


def seal(  # noqa: PLR0913 - the options of the command
    study: StudyArgument,
    out: Annotated[
        Path, typer.Option("--out", help="New folder for the sealed study; with --add the one that is there.")
    ],
    add: Annotated[
        Path | None,
        typer.Option("--add", metavar="REQUEST", help="Add the cells of a request (gridprio run --request) to --out."),
    ] = None,
    orders: Annotated[
        int, typer.Option("--orders", min=0, help="Random orders whose cells are held too, beside those of a run.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the random orders.")] = 0,
    withhold: Annotated[
        list[str] | None,
        typer.Option("--withhold", metavar="STATION", help="Station to be made nameless; may be repeated; or all."),
    ] = None,
    threads: ThreadsOption = None,
    set_: SetOption = None,
    cells: CellsOption = None,
) -> None:
    """Seal a study: what others need to try every order on it, without the grid."""
    from gridprio.cli.progress import shown_progress
    from gridprio.exchange import Hold, add_to_seal, seal_study
    from gridprio.text import say

    opened = read_study_with(study, set_)
    language, kept = spoken(), cells_folder(opened, cells, fresh=False)
    if add is not None:
        with shown_progress(Console(stderr=True)) as progress:
            states, n = add_to_seal(opened, out, add, threads=threads_or_all(threads), cells=kept, progress=progress)
        typer.echo(say("screen.added", states=states, cells=n)[language])
        typer.echo(str(out.absolute()))
        return
    with shown_progress(Console(stderr=True)) as progress:
        sealed = seal_study(
            opened,
            out,
            hold=Hold(random=orders, seed=seed),
            withhold="all" if withhold == ["all"] else withhold or (),
            threads=threads_or_all(threads),
            cells=kept,
            progress=progress,
        )
    typer.echo(say("screen.sealed", orders=sealed.orders, states=sealed.states, cells=sealed.cells)[language])
    if sealed.left:
        typer.echo(say("screen.names_left")[language])
        for where in sealed.left:
            typer.echo(f"- {where}")
    typer.echo(str(sealed.folder))
