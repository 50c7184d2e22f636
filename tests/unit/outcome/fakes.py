"""A study without a grid: cells are given, so that outcomes can be worked out by hand."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from gridprio.inputs.schema import Development, Project, Scenario
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.study import Study
from gridprio.outcome.states import AreaWalk, DistinctPlans


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
    return Study(
        head=StudyHead(name="fake"),
        settings=Settings(
            **{"start_year": 2026, "end_year": 2027, "discount_rate": 0.0, "price_year": 2026, **settings}
        ),
        folder=Path(),
        projects=(Project(project_id="p", name="p", operator_id="op", maturity="concrete", cost_meur=40),),
        developments=tuple(developments),
        scenarios=(Scenario(scenario_id="base", name="base"),),
    )


def walk(
    rows: list[list[int]], served: np.ndarray, wish: np.ndarray, overload: np.ndarray | None = None
) -> list[AreaWalk]:
    """Cell of each month per plan; cell r serves `served[r]` of `wish[r]` and has `overload[r]` MVAh every month."""
    per_month = np.zeros((len(served), 12)) if overload is None else np.repeat(overload[:, None], 12, axis=1)
    held = served < wish
    results = SimpleNamespace(
        served_mw=served,
        overload_mvah=per_month,
        insecure_hours=per_month / 10,
        limit_branch=np.where(held, 7, -1),
        limit_contingency=np.where(held, 0, -1),
    )
    return [AreaWalk(np.array(rows)[:, None, :], results, wish)]  # type: ignore[arg-type]


class FakeDemand:
    def __init__(self, n: int) -> None:
        self.n = n

    def development_rows(self, area: int) -> list[int]:
        return list(range(self.n))

    def wish_energy_h(self, area: int) -> np.ndarray:
        return np.full((self.n, 12), 730.0)


def plans(n_plan: int, n_month: int, in_service: int = 12) -> DistinctPlans:
    return DistinctPlans(
        project_ids=("p",),
        n_month=n_month,
        in_service_month=np.full((n_plan, 1), in_service, dtype=np.int32),
        works=np.zeros((n_plan, 1, n_month), dtype=bool),
    )
