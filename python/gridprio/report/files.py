"""Everything that people read of a run, made from its folder alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gridprio.report.ledger import ledger_lines, write_ledger
from gridprio.report.page import render
from gridprio.report.run_tables import run_tables
from gridprio.store.whole import write_whole

PAGE = "index.html"


def write_report(run: Any) -> Path:
    """The page, whose path is returned, and the ledger as a table in both languages, in the folder of the run."""
    tables = run_tables(run)
    write_whole(run.folder / PAGE, render(tables))
    write_ledger(ledger_lines(tables), run.folder)
    return Path(run.folder / PAGE)
