"""gridprio board: a local page on which a meeting changes a plan and sees what follows."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from gridprio.cli.options import Backend, BackendOption, CellsOption
from gridprio.cli.spoken import name, spoken


def board(
    place: Annotated[Path, typer.Argument(metavar="RUN|STUDY", help="Run folder, study folder or workbook (.xlsx).")],
    study: Annotated[
        Path | None, typer.Option("--study", help="Study of the run.", show_default="where the run was made of it")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the log and of variants.", show_default="RUN, or runs/NAME-board"),
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address of this machine at which it is reached.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8610,
    backend: BackendOption = Backend.AUTO,
    cells: CellsOption = None,
) -> None:
    """Open a study or a run on a local page, to move projects and see at once what changes."""
    _look_for_nicegui()
    from gridprio.board.open import open_board
    from gridprio.board.serve import serve
    from gridprio.text import say

    opened = open_board(place, study=study, out=out, cells=cells, backend=backend.value)
    name(opened.start.settings.language)

    def said(address: str) -> None:
        typer.echo(say("board.address", address=address)[spoken()])
        typer.echo(say("board.stop_by", log=str(opened.log.path))[spoken()])

    try:
        serve(opened, host, port, said)
    finally:
        opened.close()


def _look_for_nicegui() -> None:
    from gridprio.errors import StoreError
    from gridprio.text import sentence

    if find_spec("nicegui") is None:
        raise StoreError(sentence("store.board_not_installed"))
