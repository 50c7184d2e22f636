"""Small studies for search: any plan rows, with cells that are drawn at random, so that projects may help or harm."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from gridprio.cells import CellValues, PlanArea, StateYear
from gridprio.inputs.scenario_tables import Scenario
from gridprio.inputs.schema import Development
from gridprio.inputs.settings import StudyHead
from gridprio.inputs.study import Study
from gridprio.kernels import get_kernels
from gridprio.orders import operator_order
from gridprio.orders.places import Places, search_places
from gridprio.outcome import Evaluator
from gridprio.plan import build_problem, draw_delays
from gridprio.search.objective import Objective, study_objective
from tests.unit.plan.rows import crew, phase, project
from tests.unit.plan.rows import study as plan_rows

WISH_MW = np.array([10.0, 4.0, 6.0])


class DrawnCells:
    """Two areas; what a cell serves and overloads is a fixed random number of its state, year and scenario.

    `regular`: more projects in service never serve less nor overload more, and works do no harm.
    """

    def __init__(self, n_project: int, seed: int, regular: bool = False, n_scenario: int = 2) -> None:
        self.seed, self.regular, self.n_scenario = seed, regular, n_scenario
        half = (n_project + 1) // 2
        energy_h = np.full((1, 12), 500.0)
        self.areas = (
            PlanArea("first", tuple(range(half)), (0,), (0, 1), np.repeat(energy_h, 2, axis=0)),
            PlanArea("second", tuple(range(half, n_project)), tuple(range(half, n_project))[:1], (2,), energy_h),
        )

    def key(self, state: StateYear) -> StateYear:
        return state

    def problem(self, state: StateYear) -> None:
        return None

    def missing(self, states: Sequence[StateYear]) -> int:
        return self.n_scenario * len(states)

    def close(self) -> None: ...

    def values(self, states: Sequence[StateYear], progress: object = None) -> CellValues:
        area = self.areas[states[0].area]
        requested = np.stack([self._wish(area, state.year) for state in states])
        drawn = np.stack([[self._drawn(area, state, s) for s in range(self.n_scenario)] for state in states])
        n = len(area.development_rows)
        allocated = drawn[..., :n] * requested[:, None, :]
        return CellValues(
            overload_mvah=100 * drawn[..., n : n + 12],
            insecure_hours=10 * drawn[..., n : n + 12],
            allocated_mw=allocated,
            requested_mw=np.repeat(requested[:, None, :], self.n_scenario, axis=1),
            limit=np.full((*allocated.shape, 2), -1, dtype=np.int32),
        )

    def _wish(self, area: PlanArea, year: int) -> np.ndarray:
        return WISH_MW[list(area.development_rows)] * (year + 1) / 3

    def _drawn(self, area: PlanArea, state: StateYear, scenario: int) -> np.ndarray:
        """[request, then calendar month], 0 to 1."""
        n = len(area.development_rows)
        if not self.regular:
            return self._uniform(n + 12, state, scenario)
        help_ = sum((self._uniform(n + 12, project, scenario) for project in state.in_service), np.zeros(n + 12))
        level = help_ / max(1, len(area.serving))
        return np.concatenate([level[:n], 1 - level[n:]])

    def _uniform(self, size: int, *name: object) -> np.ndarray:
        digest = hashlib.sha256(repr((self.seed, *name)).encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "little")).random(size)


def study_of(rows: SimpleNamespace, **settings: object) -> Study:
    """A study of plan rows, with three developments and two scenarios."""
    own = [
        Development(
            development_id=f"d{k}",
            name=f"d{k}",
            station_id="s",
            sector="homes",
            direction="feed_in" if k == 1 else "demand",
            p_mw=float(WISH_MW[k]),
            dwellings=100 * (k == 0),
            profile="flat",
            requested_year=2026 + (k == 2),
            connection_lead_months=3,
            request_date="2024",
        )
        for k in range(3)
    ]
    given = rows.settings.model_dump() | {
        "weight_capital_cost_meur": 0.5,
        "weight_congestion_cost_meur": 2.0,
        "weight_insecure_hours": 0.1,
        "search_draws": 0,
        **settings,
    }
    return Study(
        head=StudyHead(name="drawn"),
        settings=type(rows.settings)(**given),
        folder=Path(),
        **{name: value for name, value in vars(rows).items() if name != "settings"},
        developments=tuple(own),
        scenarios=tuple(Scenario(scenario_id=name, name=name) for name in ("low", "high")),
    )


def evaluator_of(study: Study, seed: int, regular: bool = False) -> Evaluator:
    problem = build_problem(study)
    delays = draw_delays(problem, 2, 0)
    cells = DrawnCells(len(study.projects), seed, regular)
    return Evaluator(study, cells, problem, delays, get_kernels("auto"))


def searched(study: Study, seed: int, regular: bool = False) -> tuple[Objective, Places]:
    evaluator = evaluator_of(study, seed, regular)
    order = operator_order(study.projects, "before_status", study.project_phases)
    return study_objective(evaluator), search_places(evaluator.problem, order)


def every_permutation(n: int) -> np.ndarray:
    every = list(permutations(range(n)))
    return np.array(every, dtype=np.int32).reshape(len(every), n)


def contended(n: int, seed: int, **settings: object) -> SimpleNamespace:
    """n projects that wait for one crew and one desk: nearly every list is another plan."""
    random = np.random.default_rng(seed)
    ids = [f"p{k}" for k in range(n)]
    projects = [project(i, operator_rank=k + 1, cost_meur=float(random.integers(1, 9))) for k, i in enumerate(ids)]
    phases = [
        row
        for i in ids
        for row in (
            phase(i, "permit", int(random.integers(1, 5)), "desk:1"),
            phase(i, "build", int(random.integers(2, 9)), "hv:1"),
        )
    ]
    crews = [crew("hv", 1), crew("desk", 1, kind="permit_desk")]
    return plan_rows(projects, phases, crews, **{"end_year": 2029, **settings})
