"""gridprio demo: a ready study to try."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="fictional-province, fictional-map or simbench-hv-mixed.")
    ] = "fictional-province",
    out: Annotated[Path | None, typer.Option("--out", help="New folder.", show_default="./NAME")] = None,
) -> None:
    """Write a ready study into a new folder, to run, to look at and to change; prints the folder."""
    from gridprio.inputs.ready_studies import copy_ready_study

    folder = out or Path(name)
    copy_ready_study(name, folder)
    typer.echo(str(folder))
