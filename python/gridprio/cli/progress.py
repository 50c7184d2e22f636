"""What a command that takes long is doing: a bar on a terminal, else a line from time to time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from gridprio.cli.spoken import spoken
from gridprio.text import say, word

LINE_EVERY_S = 20.0
"""Without a terminal; what is done earlier says nothing."""
BEFORE = "before"
"""Stage until a command names its first."""


@contextmanager
def shown_progress(console: Console) -> Iterator[Callable[[str, float], None]]:
    """Gives the callback of a run: stage and the part of it that is done, 0 to 1."""
    if not console.is_terminal:
        with _Lines(console) as lines:
            yield lines.show
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task(_stage(BEFORE), total=1.0)
        at: tuple[str, float] = BEFORE, 0.0

        def show(stage: str, part: float) -> None:
            nonlocal at
            if begins_anew(at, stage, part):  # rich stops the clock of a task once it has been complete
                progress.reset(task)
            at = stage, part
            progress.update(task, description=_stage(stage), completed=part)

        yield show


def begins_anew(before: tuple[str, float], stage: str, part: float) -> bool:
    """Whether times count from here; a stage may go through its cells more than once."""
    return stage != before[0] or part < before[1]


class _Lines:
    """A thread of its own says how far a stage is, so that a stage that reports nothing is seen to be at work."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = self._stage_began = time.monotonic()
        self._stage, self._part = BEFORE, 0.0
        self._over = Event()
        self._thread = Thread(target=self._say, daemon=True)

    def show(self, stage: str, part: float) -> None:
        if begins_anew((self._stage, self._part), stage, part):
            self._stage, self._stage_began = stage, time.monotonic()
        self._part = part

    def line(self) -> str:
        """`cells: 40%, 0:00:50 since the start, about 0:00:30 to go in this stage`.

        Without a share before there is one, and where all that was counted is done and the stage is not.
        """
        now, part = time.monotonic(), self._part
        done = {"stage": _stage(self._stage), "clock": _clock(now - self._began)}
        if not 0 < part < 1:
            return say("screen.progress", **done)[spoken()]
        left = (now - self._stage_began) * (1 - part) / part
        return say("screen.progress_to_go", **done, part=part, left=_clock(left))[spoken()]

    def __enter__(self) -> _Lines:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _say(self) -> None:
        while not self._over.wait(LINE_EVERY_S):
            self._console.print(self.line(), markup=False, highlight=False, soft_wrap=True)


def _stage(stage: str) -> str:
    """In words; what a stage tells of itself stands as it is."""
    return word("stage", stage)[spoken()]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
