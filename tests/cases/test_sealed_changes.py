"""What a seal answers without being asked for it: every single change of status and rule, with and without delays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import gridprio
from gridprio.cells import CellSource
from gridprio.effect.curves import STRENGTHS
from gridprio.exchange import Sealed, held, seal_study
from gridprio.inputs import with_settings
from gridprio.inputs.study import Study
from gridprio.kernels.select import get_kernels
from gridprio.outcome import Evaluator
from gridprio.pipeline import Session, draws
from gridprio.pipeline.draws import Drawn, LeftOut, draw_until_settled
from gridprio.pipeline.effects import study_effects
from gridprio.pipeline.schedules import make_schedules
from gridprio.plan import build_problem, draw_delays
from tests.sealed_studies import DRAWS, delayed_study


@pytest.fixture(scope="module")
def delayed(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return delayed_study(tmp_path_factory.mktemp("study") / "delayed", 6.0, 8.0)


@pytest.fixture(scope="module")
def sealed(delayed: Study, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return seal_study(delayed, tmp_path_factory.mktemp("seal") / "sealed", threads=1)


def holding(study: Study, holders: set[str]) -> Study:
    projects = (p.model_copy(update={"status": p.project_id in holders}) for p in study.projects)
    return replace(study, projects=tuple(projects))


def without_delays(study: Study) -> Study:
    phases = (row.model_copy(update={"delay_mean_months": 0.0, "delay_sd_months": 0.0}) for row in study.project_phases)
    return replace(study, project_phases=tuple(phases))


@dataclass(frozen=True)
class Both:
    """The cells of the operator and those of the seal."""

    operator: CellSource
    seal: CellSource

    def assert_same(self, study: Study) -> Drawn:
        """The seal gives the operator's bytes, on the draws to which it comes."""
        sealed = drawn(self.seal, study)
        told = sealed.comparison.draws
        whole = drawn(self.operator, with_settings(study, draws=told, max_draws=told))
        assert np.isfinite(sealed.comparison.metric).all() and np.isfinite(sealed.named).all()
        assert sealed.comparison.metric.tobytes() == whole.comparison.metric.tobytes()
        assert sealed.named.tobytes() == whole.named.tobytes()
        assert (
            sealed.comparison.placebo.tobytes() == whole.comparison.placebo[: len(sealed.comparison.placebo)].tobytes()
        )
        assert sealed.judgement.verdicts == whole.judgement.verdicts
        assert replace(sealed.left_out, lists=0, more_draws=False) == LeftOut()
        return sealed


def drawn(cells: CellSource, study: Study) -> Drawn:
    """What a run compares; MissingCellsError where a seal lacks a cell for it."""
    problem, settings = build_problem(study), study.settings
    delays = draw_delays(problem, max(settings.draws, settings.max_draws) if problem.has_chance else 1, settings.seed)
    evaluator = Evaluator(study, cells, problem, delays, get_kernels("auto"))
    schedules = make_schedules(evaluator)
    effects = study_effects(evaluator, schedules)
    return draw_until_settled(evaluator, schedules, effects)


@pytest.fixture(scope="module")
def both(delayed: Study, sealed: Sealed) -> Both:
    return Both(*(Session(study, threads=1).cells for study in (delayed, gridprio.read_study(sealed.folder))))


def test_the_study_itself_is_answered_under_every_draw(delayed: Study, both: Both) -> None:
    found = both.assert_same(delayed)
    assert found.comparison.draws > DRAWS and found.left_out == LeftOut()


@pytest.mark.slow
def test_orders_and_random_lists_are_held_under_the_draws_on_which_a_run_compares_them(
    delayed: Study, sealed: Sealed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in (draws, held):
        monkeypatch.setattr(module, "PLACEBO_DRAWS", DRAWS)
        monkeypatch.setattr(module, "ORDER_DRAWS", DRAWS)
    fewer = seal_study(delayed, tmp_path / "fewer", threads=1)
    assert fewer.states < sealed.states
    cells = Both(*(Session(study, threads=1).cells for study in (delayed, gridprio.read_study(fewer.folder))))
    found = cells.assert_same(delayed)
    assert found.comparison.draws > DRAWS and found.left_out == LeftOut()


def test_every_single_change_of_a_label_is_answered(delayed: Study, both: Both) -> None:
    every, own = ({p.project_id for p in delayed.projects if p.status or whole} for whole in (True, False))
    assert len(every) == 8 and len(own) == 2
    for holders in (set(), every, *(own ^ {project} for project in every)):
        assert both.assert_same(holding(delayed, holders)).left_out.lists == 0


@pytest.mark.parametrize("strength", STRENGTHS)
def test_every_bindingness_of_the_curve_is_answered(delayed: Study, both: Both, strength: float) -> None:
    both.assert_same(with_settings(delayed, bindingness=strength))


def test_without_delays_the_study_and_its_changes_are_answered(delayed: Study, both: Both) -> None:
    planned = without_delays(delayed)
    assert both.assert_same(planned).left_out == LeftOut()
    own = {p.project_id for p in delayed.projects if p.status}
    for project in delayed.projects:
        both.assert_same(holding(planned, own ^ {project.project_id}))
