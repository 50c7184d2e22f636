"""gridprio headroom: what fits in the grid as given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gridprio.cli.options import (
    Backend,
    BackendOption,
    JsonOption,
    SetOption,
    StudyArgument,
    ThreadsOption,
    read_study_with,
    threads_or_all,
)


def headroom(
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the table here, as CSV.")] = None,
    backend: BackendOption = Backend.AUTO,
    threads: ThreadsOption = None,
    set_: SetOption = None,
    json_: JsonOption = False,
) -> None:
    """Capacity per station, direction, sector and year that is left in the grid without new works."""
    from gridprio.cli.progress import shown_progress
    from gridprio.pipeline.headroom import study_headroom

    opened = read_study_with(study, set_)
    with shown_progress(Console(stderr=True)) as progress:
        found = study_headroom(opened, backend.value, threads_or_all(threads), progress)
    if out is not None:
        found.to_csv(out, index=False)
    if json_:
        typer.echo(json.dumps(found.to_dict("records"), ensure_ascii=False, indent=2))
        return
    if opened.head.fictional:
        typer.echo("[FICTIEF]" if opened.settings.language == "nl" else "[FICTIONAL]")
    table = Table("station", "direction", "sector", "year", "scenario", "MW", "limited by", "class", box=None)
    for row in found.to_dict("records"):
        limit = (
            f"{row['limiting_branch']} without {row['limiting_outage']}"
            if row["limiting_outage"]
            else row["limiting_branch"]
        )
        names = (row["station_id"], row["direction"], row["sector"], str(row["year"]), row["scenario"])
        table.add_row(*names, f"{row['headroom_mw']:.1f}", limit, row["colour_class"])
    Console().print(table)
    typer.echo("Classes are computed, not the official colours.")
