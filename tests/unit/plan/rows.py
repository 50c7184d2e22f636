"""Short ways to write the rows of a small study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from gridprio.effect import binding_code
from gridprio.inputs.enumerations import Phase
from gridprio.inputs.resource_tables import Budget, Crew, Delivery
from gridprio.inputs.schema import Project, ProjectPhase, Station
from gridprio.inputs.settings import Settings
from gridprio.inputs.station_tables import Area
from gridprio.kernels import get_kernels
from gridprio.model.plan import Plans
from gridprio.orders import operator_order, status_timeline
from gridprio.plan import build_problem, schedule_plans


def project(project_id: str, **columns: Any) -> Project:
    usual = {"project_id": project_id, "name": project_id, "operator_id": "op", "maturity": "concrete"}
    return Project(**usual | columns)


def phase(project_id: str, name: str, months: int, crews: str = "", **columns: Any) -> ProjectPhase:
    return ProjectPhase(project_id=project_id, phase=Phase(name), duration_months=months, crews=crews, **columns)


def crew(crew_type: str, units: float, **columns: Any) -> Crew:
    return Crew(crew_type=crew_type, units=units, **columns)


def study(
    projects: list[Project],
    phases: list[ProjectPhase],
    crews: Sequence[Crew] = (),
    budgets: Sequence[Budget] = (),
    *,
    deliveries: Sequence[Delivery] = (),
    stations: Sequence[Station] = (),
    areas: Sequence[Area] = (),
    **settings: Any,
) -> SimpleNamespace:
    settings = {"start_year": 2026, "end_year": 2030, "order_basis": "before_status", **settings}
    return SimpleNamespace(
        projects=tuple(projects),
        project_phases=tuple(phases),
        crews=tuple(crews),
        budgets=tuple(budgets),
        deliveries=tuple(deliveries),
        stations=tuple(stations),
        areas=tuple(areas),
        principles=(),
        input_hashes={},
        settings=Settings(**settings),
    )


def plan(
    rows: Any,
    status: Iterable[str] = (),
    delays: np.ndarray | None = None,
    insecure: np.ndarray | None = None,
    **channels: Any,
) -> Plans:
    """The plan of the operator's order by the definition."""
    order = operator_order(rows.projects, rows.settings.order_basis)
    problem = build_problem(rows, insecure)
    timeline = status_timeline(order, problem.project_ids, set(status), rows.settings, **channels)
    return schedule_plans(problem, [timeline], delays, get_kernels("reference"))[0]


def in_service(rows: Any, **options: Any) -> list[int]:
    months: list[int] = plan(rows, **options).in_service_month[0].tolist()
    return months


def why(result: Plans, draw: int = 0) -> list[str]:
    """Codes of what set the date of each phase, with the resource."""
    return [binding_code(result, draw, phase) for phase in range(len(result.phase_name))]
