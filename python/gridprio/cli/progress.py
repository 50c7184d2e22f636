"""A line that says what a run is doing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn


@contextmanager
def shown_progress(console: Console, *, estimate: bool = False) -> Iterator[Callable[[str, float], None]]:
    """Gives the callback of a run: stage and the part of it that is done, 0 to 1. Silent where nobody watches.

    `estimate`: also the time that is left.
    """
    columns = [SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()]
    if estimate:
        columns.append(TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=1.0)

        def show(stage: str, part: float) -> None:
            progress.update(task, description=stage, completed=part)

        yield show
