"""gridprio run: the whole study, its answer on the screen, its tables and page in a folder."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

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
from gridprio.cli.report import PAGE
from gridprio.cli.settings_help import settings_table

if TYPE_CHECKING:
    from gridprio.figures.language import Language
    from gridprio.report.answer import Answer
    from gridprio.report.effects import EffectRow
    from gridprio.store import Run


HEAD = {"nl": "met min zonder status", "en": "with minus without status"}


class RunCommand(typer.core.TyperCommand):
    """Shows the settings of a study, from their one record, below the help of `run`."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super().format_help(ctx, formatter)
        Console().print(settings_table())


def run(
    study: StudyArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="Run folder.", show_default="runs/NAME OF THE STUDY")
    ] = None,
    backend: BackendOption = Backend.AUTO,
    threads: ThreadsOption = None,
    set_: SetOption = None,
    json_: JsonOption = False,
) -> None:
    """Run a study: plans with and without status, congestion, waiting, and what status changed."""
    from gridprio.cli.progress import shown_progress
    from gridprio.study import run_study

    console = Console(stderr=True)
    opened = read_study_with(study, set_)
    folder = out or Path("runs") / opened.head.name
    with shown_progress(console) as progress:
        done = run_study(opened, out=folder, backend=backend.value, threads=threads_or_all(threads), progress=progress)
    from gridprio.report.answer import answer
    from gridprio.report.page import write_page

    page = write_page(done, done.folder / PAGE)
    said = answer(done)
    if json_:
        typer.echo(json.dumps(_as_json(done, said), ensure_ascii=False, indent=2))
        return
    print_answer(Console(), done, said)
    typer.echo(str(page))


def print_answer(console: Console, done: Run, said: Answer) -> None:
    """A few plain sentences, the effects in total, and what else a reader should know."""
    language: Language = done.manifest["settings"]["language"]
    console.print(said.text(language), markup=False, highlight=False, soft_wrap=True)
    if said.rows:
        console.print(effects_table(said, language))
    for message in done.manifest["messages"]:
        console.print(f"- {message[language]}", markup=False, highlight=False, soft_wrap=True)


STYLES = {"better": "green", "worse": "red", "undecided": "yellow"}


def effects_table(said: Answer, language: Language) -> Table:
    """A row per metric and a column per scenario, for the channel that the answer is about; the page has the others."""
    from gridprio.report.answer import main_channel

    main = main_channel(list(said.rows))
    shown = [row for row in said.rows if row.channel == main]
    scenarios = dict.fromkeys(row.scenario_name[language] for row in shown)
    table = Table("", *scenarios, title=HEAD[language], title_justify="left", box=None, pad_edge=False)
    metrics: dict[str, dict[str, EffectRow]] = {}
    for row in shown:
        metrics.setdefault(row.metric, {})[row.scenario_name[language]] = row
    for rows in metrics.values():
        first = next(iter(rows.values()))
        cells = [_cell(rows[name], language) if name in rows else Text() for name in scenarios]
        table.add_row(Text(f"{first.label[language]}\n({first.unit[language]})"), *cells)
    return table


def _cell(row: EffectRow, language: Language) -> Text:
    return Text(f"{row.value[language]}\n{row.verdict_word[language]}", style=STYLES.get(row.verdict, "dim"))


def _as_json(done: Run, said: Answer) -> dict[str, Any]:
    return {
        "run": str(done.folder),
        "page": str(done.folder / PAGE),
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
