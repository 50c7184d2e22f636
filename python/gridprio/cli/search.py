"""gridprio search: better orders for given weights, what they are compared with, and what more of something brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
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
from gridprio.cli.spoken import spoken

if TYPE_CHECKING:
    from gridprio.search import Found
    from gridprio.store import Run


def search(  # noqa: PLR0913 - the options of the command
    study: StudyArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="Run folder.", show_default="runs/NAME OF THE STUDY-search")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            metavar="METRIC=POINTS,...",
            help="Points per unit of a metric; short for --set weight_METRIC=.",
        ),
    ] = None,
    budget: Annotated[
        str,
        typer.Option(
            "--budget",
            help="Orders to try, such as 2000, or seconds, such as 300s; small studies are gone through whole.",
        ),
    ] = ("2000"),
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed instead of the study's.")] = None,
    backend: BackendOption = Backend.AUTO,
    threads: ThreadsOption = None,
    set_: SetOption = None,
    cluster: ClusterOption = None,
    cells: CellsOption = None,
    fresh: FreshOption = False,
    json_: JsonOption = False,
) -> None:
    """Search for a better order, and say how far the others are from it and from the bound."""
    from gridprio.cli.progress import shown_progress
    from gridprio.pipeline.search import search_study
    from gridprio.search import budget_of
    from gridprio.text import say

    pairs = [*(set_ or ()), *_weight_settings(weights), *([] if seed is None else [f"seed={seed}"])]
    opened = read_study_with(study, pairs)
    folder = out or Path("runs") / f"{opened.head.name}-search"
    with shown_progress(Console(stderr=True)) as progress:

        def told(found: Found) -> None:
            params = {"orders": found.orders, "best": found.best, "bound": found.bound}
            progress(say("screen.searching", **params)[spoken()], 0.5)

        done = search_study(
            opened,
            folder,
            budget_of(budget),
            backend=backend.value,
            threads=threads_or_all(threads),
            progress=progress,
            told=told,
            cells=cells_folder(opened, cells, fresh),
            cluster=cluster,
        )
    if json_:
        typer.echo(json.dumps(_as_json(done), ensure_ascii=False, indent=2))
        return
    print_search(Console(), done)
    typer.echo(str(done.folder))


def _weight_settings(weights: str | None) -> list[str]:
    return [f"weight_{pair.strip()}" for pair in (weights or "").split(",") if pair.strip()]


def print_search(console: Console, done: Run) -> None:
    """Orders from the best on, what a point is, and the best steps per lever."""
    from gridprio.cli.messages import print_messages
    from gridprio.report.levers import lever_tables
    from gridprio.text import number, say, word_kind

    language = spoken()
    if done.manifest["study"]["fictional"]:
        typer.echo(f"[{say('answer.fictional')[language].upper()}]")
    pooled = done.search[done.search["scenario"] == "pooled"].sort_values("points", kind="stable")
    table = Table("", say("page.points")[language], box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for row in pooled.to_dict("records"):
        table.add_row(Text(word_kind("order", row["order_name"])[language]), number(row["points"])[language])
    console.print(table)
    print_messages(console, done, language)
    if "shadow_prices" not in done.tables:
        return
    title = say("screen.steps")[language]
    steps = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    for lever in lever_tables(done.shadow_prices):
        for step in lever.steps:
            steps.add_row(*(Text(text[language]) for text in (lever.lever, step.step, step.change, step.note)))
    console.print(steps)


def _as_json(done: Run) -> dict[str, object]:
    return {
        "run": str(done.folder),
        "manifest": dict(done.manifest),
        "search": done.search.to_dict("records"),
        "tables": {name: str(done.folder / f"{name}.parquet") for name in done.tables},
    }
