"""gridprio redispatch: what it takes to run the grid as given without overload."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gridprio.cli.messages import table_console
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
from gridprio.cli.spoken import spoken


def redispatch(
    study: StudyArgument,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the table here, as CSV.")] = None,
    backend: BackendOption = Backend.AUTO,
    threads: ThreadsOption = None,
    set_: SetOption = None,
    json_: JsonOption = False,
) -> None:
    """Least curtailment that clears the overload, in MWh and euro per area, year and outage rule."""
    from gridprio.cli.progress import shown_progress
    from gridprio.pipeline.redispatch import study_redispatch
    from gridprio.report.run_tables import scenario_text
    from gridprio.text import number, say, word

    opened = read_study_with(study, set_)
    language = spoken()
    with shown_progress(Console(stderr=True)) as progress:
        found = study_redispatch(opened, backend.value, threads_or_all(threads), progress)
    if out is not None:
        found.to_csv(out, index=False)
    if json_:
        typer.echo(json.dumps(found.to_dict("records"), ensure_ascii=False, indent=2))
        return
    if opened.head.fictional:
        typer.echo(f"[{say('answer.fictional')[language].upper()}]")
    table = Table(*(word("redispatch_column", name)[language] for name in found.columns), box=None)
    scenarios = {row.scenario_id: scenario_text(row.scenario_id, row.name)[language] for row in opened.scenarios}
    for row in found.to_dict("records"):
        texts = (
            row["area"],
            str(row["year"]),
            scenarios[row["scenario"]],
            word("outage_rule", row["outage_rule"])[language],
        )
        amounts = [number(value, 0)[language] for value in list(row.values())[len(texts) :]]
        table.add_row(*texts, *amounts)
    table_console().print(table)
