"""Small studies with drawn delays, planned by the compiled planner, of which the true effects can be found out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gridprio.cells import CellValues, PlanArea, StateYear
from gridprio.inputs.scenario_tables import Scenario
from gridprio.inputs.schema import Development
from gridprio.inputs.settings import StudyHead
from gridprio.inputs.study import Study
from gridprio.kernels import get_kernels
from gridprio.outcome import Evaluator
from gridprio.plan import build_problem, draw_delays
from tests.unit.plan.rows import crew, phase, project
from tests.unit.plan.rows import study as plan_rows


class OwnCells:
    """One area in which one project, in service, serves the whole of development k and nothing else does.

    `rows[k]`: its row; None is k.
    """

    def __init__(self, served_mw: Sequence[float], rows: Sequence[int] | None = None) -> None:
        n = len(served_mw)
        self.rows = list(range(n)) if rows is None else list(rows)
        self.served_mw = np.array(served_mw, dtype=float)
        self.areas = (PlanArea("area", tuple(range(n)), (), tuple(range(n)), np.full((n, 12), 500.0)),)
        self.changing_projects = frozenset(f"p{k}" for k in range(n))

    def key(self, state: StateYear) -> StateYear:
        return state

    def problem(self, state: StateYear) -> None:
        return None

    def close(self) -> None: ...

    def values(self, states: Sequence[StateYear], progress: object = None) -> CellValues:
        n = len(self.served_mw)
        built = np.zeros((len(states), 1, n))
        for row, state in enumerate(states):
            built[row, 0] = np.isin(self.rows, state.in_service)
        quiet = np.zeros((len(states), 1, 12))
        return CellValues(
            overload_mvah=quiet,
            insecure_hours=quiet,
            allocated_mw=built * self.served_mw,
            requested_mw=np.broadcast_to(self.served_mw, built.shape).copy(),
            limit=np.full((*built.shape, 2), -1, dtype=np.int32),
        )


def chance_study(
    served_mw: Sequence[float],
    status: Sequence[int],
    *,
    mean: float = 6.0,
    ratio: float = 1.0,
    teams: float = 1,
    **settings: object,
) -> Study:
    """Projects p0, p1, ... of 12 months of work for one team, in this order; `status`: those that have it.

    `ratio`: standard deviation of the delays by their mean.
    """
    names = [f"p{k}" for k in range(len(served_mw))]
    rows = plan_rows(
        [project(name, operator_rank=k + 1, status=k in status) for k, name in enumerate(names)],
        [phase(name, "build", 12, "team:1", delay_mean_months=mean, delay_sd_months=ratio * mean) for name in names],
        [crew("team", teams)],
        **{"end_year": 2035, "bindingness": 1.0, "draws": 10, "max_draws": 160, "placebo_lists": 0, **settings},
    )
    wants = [
        Development(
            development_id=f"d{k}",
            name=f"d{k}",
            station_id="s",
            sector="homes",
            direction="demand",
            p_mw=mw,
            profile="flat",
            requested_year=2026,
            request_date="2024",
        )
        for k, mw in enumerate(served_mw)
    ]
    return Study(
        head=StudyHead(name="chance"),
        folder=Path(),
        developments=tuple(wants),
        scenarios=(Scenario(scenario_id="base", name="base"),),
        **vars(rows),
    )


def chance_evaluator(study: Study, served_mw: Sequence[float], draws: int | None = None) -> Evaluator:
    """With the draws that the study may look at, or so many."""
    problem = build_problem(study)
    most = max(study.settings.draws, study.settings.max_draws)
    delays = draw_delays(problem, draws or most, study.settings.seed)
    return Evaluator(study, OwnCells(served_mw), problem, delays, get_kernels("auto"))


def with_seed(study: Study, seed: int) -> Study:
    return replace(study, settings=study.settings.model_copy(update={"seed": seed}))
