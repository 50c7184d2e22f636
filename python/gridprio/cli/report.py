"""gridprio report: what people read of a stored run, made again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]) -> None:
    """Rebuild the page and the ledger files of a stored run."""
    from gridprio.report.files import write_report
    from gridprio.store import read_run

    typer.echo(str(write_report(read_run(run))))
