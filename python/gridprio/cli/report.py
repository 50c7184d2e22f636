"""gridprio report: the page of a stored run, made again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PAGE = "index.html"


def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]) -> None:
    """Rebuild the page of a stored run."""
    from gridprio.report.page import write_page
    from gridprio.store import read_run

    typer.echo(str(write_page(read_run(run), run / PAGE)))
