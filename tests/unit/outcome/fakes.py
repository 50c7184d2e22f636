"""A study without a grid: cells are given, so that outcomes can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from gridprio.cells import CellValues, PlanArea, StateYear
from gridprio.inputs.scenario_tables import Scenario
from gridprio.inputs.schema import Development, Project
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.study import Study
from gridprio.kernels import get_kernels
from gridprio.model.plan import NOT_PLANNED
from gridprio.model.walk import PlanMonths
from gridprio.outcome import Evaluator, Outcomes
from gridprio.outcome.evaluate import as_outcomes


def development(name: str, **columns: object) -> Development:
    return Development(
        **{
            "development_id": name,
            "name": name,
            "station_id": "s",
            "sector": "housing",
            "direction": "demand",
            "p_mw": 10.0,
            "profile": "flat",
            "requested_year": 2026,
            "request_date": "2024",
            **columns,
        }
    )


def study(developments: list[Development], **settings: object) -> Study:
    """Two years; project `p` costs money, `m0`, `m1`, ... change the grid."""
    names = ["p", *(f"m{k}" for k in range(24))]
    return Study(
        head=StudyHead(name="fake"),
        settings=Settings(
            **{"start_year": 2026, "end_year": 2027, "discount_rate": 0.0, "price_year": 2026, **settings}
        ),
        folder=Path(),
        projects=tuple(
            Project(project_id=name, name=name, operator_id="op", maturity="concrete", cost_meur=40 * (name == "p"))
            for name in names
        ),
        developments=tuple(developments),
        scenarios=(Scenario(scenario_id="base", name="base"),),
    )


class GivenCells:
    """Cell r allocates `allocated[r]` of `requested[r]`, with `overload[r]` MVAh a month; month m is in `cells[m]`.

    Project `m<k>` is in service from month k on, so that the projects in service tell the month.
    """

    def __init__(self, cells: list[int], allocated: np.ndarray, requested: np.ndarray, overload: np.ndarray) -> None:
        self.cells, self.allocated, self.requested, self.overload = cells, allocated, requested, overload
        serving = tuple(range(1, 25))
        energy_h = np.full((requested.shape[1], 12), 730.0)
        self.areas = (PlanArea("area", serving, (), tuple(range(requested.shape[1])), energy_h),)

    def key(self, state: StateYear) -> int:
        return self.cells[len(state.in_service) - 1]

    def problem(self, state: StateYear) -> None: ...

    def close(self) -> None: ...

    def values(self, states: Sequence[StateYear], progress: object = None) -> CellValues:
        rows = [self.key(state) for state in states]
        per_month = np.repeat(self.overload[rows][:, None, None], 12, axis=2)
        held = np.where(self.allocated < self.requested, 0, -1)[rows][:, None, :]
        return CellValues(
            overload_mvah=per_month,
            insecure_hours=per_month / 10,
            allocated_mw=self.allocated[rows][:, None, :],
            requested_mw=self.requested[rows][:, None, :],
            limit=np.stack([np.where(held == 0, 7, -1), held], axis=-1).astype(np.int32),
        )


def outcome_of(
    of: Study, cells: list[int], allocated: np.ndarray, requested: np.ndarray, overload: np.ndarray | None = None
) -> Outcomes:
    """Outcome of one plan: `p` in service in month 12, `m<k>` in month k."""
    problem = SimpleNamespace(
        project_ids=tuple(p.project_id for p in of.projects),
        arrays=SimpleNamespace(n_month=len(cells), calendar=(), closed_row=()),
        phase_name=(),
        phase_project=(),
    )
    given = GivenCells(cells, allocated, requested, np.zeros(len(allocated)) if overload is None else overload)
    evaluator = Evaluator(of, given, problem, np.zeros((1, 0), np.int32), get_kernels("reference"))  # type: ignore[arg-type]
    never = np.full((1, 25), NOT_PLANNED, dtype=np.int32)
    months = PlanMonths(np.array([[12, *range(24)]], dtype=np.int32), never, never, never)
    return as_outcomes(evaluator.scenarios, evaluator.walk(months, details=True), evaluator.tables)
