"""gridprio search: better orders for given weights, what they are compared with, and what more of something brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from gridprio.cli.options import (
    Backend,
    BackendOption,
    CellsOption,
    FreshOption,
    JsonOption,
    SetOption,
    StudyArgument,
    ThreadsOption,
    cells_folder,
    read_study_with,
    threads_or_all,
)

if TYPE_CHECKING:
    from gridprio.figures.language import Language
    from gridprio.search import Found
    from gridprio.store import Run

PRICES_PER_LEVER = 6
"""Steps per lever on the screen; the table has all."""


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
    cells: CellsOption = None,
    fresh: FreshOption = False,
    json_: JsonOption = False,
) -> None:
    """Search for a better order, and say how far the others are from it and from the bound."""
    from gridprio.cli.progress import shown_progress
    from gridprio.pipeline.search import search_study
    from gridprio.search import budget_of

    pairs = [*(set_ or ()), *_weight_settings(weights), *([] if seed is None else [f"seed={seed}"])]
    opened = read_study_with(study, pairs)
    folder = out or Path("runs") / f"{opened.head.name}-search"
    with shown_progress(Console(stderr=True)) as progress:

        def told(found: Found) -> None:
            progress(f"search: {found.orders} orders, best {found.best:,.0f}, bound {found.bound:,.0f}", 0.5)

        done = search_study(
            opened,
            folder,
            budget_of(budget),
            backend=backend.value,
            threads=threads_or_all(threads),
            progress=progress,
            told=told,
            cells=cells_folder(opened, cells, fresh),
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
    from gridprio.figures.language import number
    from gridprio.figures.order_words import ANOMALY, lever_words, order_words, price_rows, step_words
    from gridprio.figures.words import FICTIONAL

    language: Language = done.manifest["settings"]["language"]
    if done.manifest["study"]["fictional"]:
        typer.echo(f"[{FICTIONAL[language].upper()}]")
    pooled = done.search[done.search["scenario"] == "pooled"].sort_values("points", kind="stable")
    table = Table("", "punten" if language == "nl" else "points", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for row in pooled.to_dict("records"):
        table.add_row(order_words(row["order_name"])[language], number(row["points"])[language])
    console.print(table)
    for message in done.manifest["messages"]:
        console.print(f"- {message[language]}", markup=False, highlight=False, soft_wrap=True)
    if "shadow_prices" not in done.tables:
        return
    shown = "operator"
    head = {
        "nl": "Wat één stap brengt onder de volgorde van de netbeheerder (punten, minder is beter)",
        "en": "What one step brings under the operator's order (points, fewer is better)",
    }
    steps = Table(title=head[language], title_justify="left", show_header=False, box=None, pad_edge=False)
    for price in price_rows(done.shadow_prices, shown, PRICES_PER_LEVER):
        change = number(float(str(price["change"])), 1, signed=True)[language]
        note = ANOMALY[language] if price["anomaly"] else ""
        steps.add_row(lever_words(str(price["lever"]))[language], step_words(price)[language], change, note)
    console.print(steps)


def _as_json(done: Run) -> dict[str, object]:
    return {
        "run": str(done.folder),
        "manifest": dict(done.manifest),
        "search": done.search.to_dict("records"),
        "tables": {name: str(done.folder / f"{name}.parquet") for name in done.tables},
    }
