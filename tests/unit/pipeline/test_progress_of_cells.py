"""How far the cells of a run are, while they are simulated."""

from __future__ import annotations

from pathlib import Path

import pytest

import gridprio
from gridprio.cells import simulated
from gridprio.pipeline.draws import draw_until_settled
from gridprio.pipeline.effects import study_effects
from gridprio.pipeline.schedules import make_schedules
from gridprio.pipeline.session import Session

ONE_CREW = Path(__file__).parents[2] / "cases" / "one_crew"


def test_it_grows_with_every_few_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(simulated.CELLS_PER_CALL, "representative", 1)
    told: list[float] = []
    with Session(gridprio.read_study(ONE_CREW), threads=1) as session:
        evaluator = session.evaluator
        schedules = make_schedules(evaluator)
        draw_until_settled(evaluator, schedules, study_effects(evaluator, schedules), told.append)
        cells = len(session.cells.table()) // 12
    assert told == sorted(told) and told[-1] == 1.0
    assert cells > 4 and len({part for part in told if part < 1.0}) >= cells // 2
