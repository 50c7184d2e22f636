"""gridprio run: the whole study, its answer on the screen, its tables and page in a folder."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gridprio.cli.options import (
    Backend,
    BackendOption,
    CellsOption,
    ClusterOption,
    FreshOption,
    JsonOption,
    SetOption,
    StudyArgument,
    ThreadsOption,
    cells_folder,
    read_study_with,
    threads_or_all,
)
from gridprio.cli.settings_help import settings_table
from gridprio.cli.spoken import spoken

if TYPE_CHECKING:
    from gridprio.report.answer import Answer
    from gridprio.report.effects import EffectRow
    from gridprio.store import Run
    from gridprio.text import Language


class RunCommand(typer.core.TyperCommand):
    """Shows the settings of a study, from their one record, below the help of `run`."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        Console().print(settings_table())


def run(  # noqa: PLR0913 - the options of the command
    study: StudyArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="Run folder.", show_default="runs/NAME OF THE STUDY")
    ] = None,
    backend: BackendOption = Backend.AUTO,
    threads: ThreadsOption = None,
    set_: SetOption = None,
    cluster: ClusterOption = None,
    cells: CellsOption = None,
    fresh: FreshOption = False,
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", metavar="RUN", help="Run of the round before: its ledger is gone on with."),
    ] = None,
    skip_missing: Annotated[
        bool,
        typer.Option("--skip-missing", help="Of a sealed study: go on without what it lacks cells for, and say so."),
    ] = False,
    request: Annotated[
        Path | None,
        typer.Option("--request", metavar="FILE", help="Of a sealed study: write the cells that it lacks to this CSV."),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Run a study: plans with and without status, congestion, waiting, and what status changed."""
    from gridprio.cli.progress import shown_progress
    from gridprio.pipeline.run import run_study
    from gridprio.store import read_run

    console = Console(stderr=True)
    opened = read_study_with(study, set_)
    folder = out or Path("runs") / opened.head.name
    kept = cells_folder(opened, cells, fresh)
    with shown_progress(console) as progress:
        done = run_study(
            opened,
            out=folder,
            backend=backend.value,
            threads=threads_or_all(threads),
            progress=progress,
            cells=kept,
            ledger=None if ledger is None else read_run(ledger),
            skip_missing=skip_missing,
            request=request,
            cluster=cluster,
        )
    from gridprio.report.answer import answer
    from gridprio.report.files import write_report

    page = write_report(done)
    said = answer(done)
    if json_:
        typer.echo(json.dumps(_as_json(done, said, page), ensure_ascii=False, indent=2))
        return
    print_answer(Console(), done, said)
    typer.echo(str(page))


def print_answer(console: Console, done: Run, said: Answer) -> None:
    """A few plain sentences, the effects in total, and what else a reader should know."""
    from gridprio.cli.messages import print_messages

    language = spoken()
    console.print(said.text(language), markup=False, highlight=False, soft_wrap=True)
    if said.rows and said.comparable:
        console.print(effects_table(said, language))
    print_messages(console, done, language)


STYLES = {"better": "green", "worse": "red", "undecided": "yellow"}
INDENT = 2


def effects_table(said: Answer, language: Language) -> Table:
    """Per metric a row per scenario, for the channel that the answer is about; the page has the others.

    A metric without a measurable effect in any scenario takes one row.
    """
    from gridprio.report.effects import main_channel
    from gridprio.text import say

    main = main_channel(said.rows)
    title = say("screen.difference")[language]
    if not said.established:
        title = f"{say('answer.what_if')[language]}: {title}"
    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    metrics: dict[str, list[EffectRow]] = {}
    for row in said.rows:
        if row.channel == main:
            metrics.setdefault(row.metric, []).append(row)
    for rows in metrics.values():
        label, unit = rows[0].label[language], rows[0].unit[language]
        if all(row.verdict == "none" for row in rows):
            table.add_row(
                Text(label), Text(f"≈ 0 {unit}", style="dim"), Text(rows[0].verdict_word[language], style="dim")
            )
            continue
        table.add_row(Text(label, style="bold"), Text(f"  {unit}", style="bold"))
        for row in rows:
            style = STYLES.get(row.verdict, "dim")
            name = Padding(Text(row.scenario_name[language]), (0, 0, 0, INDENT))
            table.add_row(name, _marked(row, row.value[language]), Text(row.verdict_word[language], style=style))
    return table


def _marked(row: EffectRow, value: str) -> Text:
    """The value behind a sign that tells the verdict without colour."""
    from gridprio.report.effects import MARKS

    return Text(f"{MARKS.get(row.verdict, ' ')} {value}", style=STYLES.get(row.verdict, "dim"))


def _as_json(done: Run, said: Answer, page: Path) -> dict[str, Any]:
    return {
        "run": str(done.folder),
        "page": str(page),
        "manifest": dict(done.manifest),
        "answer": _plain(dataclasses.asdict(said)),
        "tables": {name: str(done.folder / f"{name}.parquet") for name in done.tables},
    }


def _plain(value: Any) -> Any:
    """NaN and infinity are no JSON: they become null."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
