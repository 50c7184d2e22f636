"""Without a terminal a long command says from time to time how far it is."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from gridprio.cli import progress, spoken


@pytest.fixture(autouse=True)
def language() -> None:
    """As a command begins that knows of none."""
    spoken.ask(None)


def lines_of(monkeypatch: pytest.MonkeyPatch, every_s: float) -> list[str]:
    monkeypatch.setattr(progress, "LINE_EVERY_S", every_s)
    console = Console(file=io.StringIO(), force_terminal=False)
    with progress.shown_progress(console) as show:
        show("plan", 1.0)
        show("cells", 0.25)
        time.sleep(0.05)
    return console.file.getvalue().splitlines()


def test_a_line_says_the_stage_its_part_and_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = lines_of(monkeypatch, 0.01)
    assert lines[-1] == "cells: 25%, 0:00:00 since the start, about 0:00:00 to go in this stage"


def test_the_bar_of_a_stage_has_its_own_clock() -> None:
    now = 0.0
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=120, get_time=lambda: now)
    with progress.shown_progress(console) as show:
        show("grid", 1.0)
        for at, part in ((100.0, 0.0), (110.0, 0.25), (120.0, 0.5)):
            now = at
            show("cells", part)
        now = 125.0
    assert "0:00:25 0:00:20" in console.file.getvalue()  # since the stage began, and to go at its pace


def test_what_is_done_soon_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lines_of(monkeypatch, 10.0) == []


def test_the_estimate_goes_on_at_the_pace_of_the_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 100.0, 140.0])
    monkeypatch.setattr(progress, "time", type("clock", (), {"monotonic": staticmethod(lambda: next(now))}))
    lines = progress._Lines(Console(file=io.StringIO()))
    lines.show("cells", 0.1)
    lines.show("cells", 0.25)
    assert lines.line() == "cells: 25%, 0:02:20 since the start, about 0:02:00 to go in this stage"


def test_it_speaks_the_language_of_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken.name("nl")
    assert lines_of(monkeypatch, 0.01)[-1] == "cellen: 25%, 0:00:00 sinds het begin, nog ongeveer 0:00:00 in deze stap"


def test_before_the_first_stage_it_says_that_it_prepares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.01)
    console = Console(file=io.StringIO(), force_terminal=False)
    with progress.shown_progress(console):
        time.sleep(0.05)
    assert console.file.getvalue().splitlines()[-1] == "preparation: 0:00:00 since the start"


def test_a_stage_that_counts_anew_has_a_new_pace_and_no_share_when_all_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cells of a run are gone through at every look at the draws."""
    now = iter([0.0, 0.0, 90.0, 100.0, 120.0])
    monkeypatch.setattr(progress, "time", type("clock", (), {"monotonic": staticmethod(lambda: next(now))}))
    lines = progress._Lines(Console(file=io.StringIO()))
    lines.show("cells", 0.0)
    lines.show("cells", 1.0)
    assert lines.line() == "cells: 0:01:30 since the start"
    lines.show("cells", 0.25)
    assert lines.line() == "cells: 25%, 0:02:00 since the start, about 0:01:00 to go in this stage"
