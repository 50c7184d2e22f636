"""Short ways to write the rows of a small study."""

from __future__ import annotations

from types import SimpleNamespace

from gridprio.inputs.schema import Area, Budget, Crew, Delivery, Project, ProjectPhase, Station
from gridprio.inputs.settings import Settings


def project(project_id: str, **columns: object) -> Project:
    return Project(
        **{"project_id": project_id, "name": project_id, "operator_id": "op", "maturity": "concrete", **columns}
    )


def phase(project_id: str, name: str, months: int, crews: str = "", **columns: object) -> ProjectPhase:
    return ProjectPhase(project_id=project_id, phase=name, duration_months=months, crews=crews, **columns)


def crew(crew_type: str, units: float, **columns: object) -> Crew:
    return Crew(crew_type=crew_type, units=units, **columns)


def study(
    projects: list[Project],
    phases: list[ProjectPhase],
    crews: list[Crew] = (),
    budgets: list[Budget] = (),
    *,
    deliveries: list[Delivery] = (),
    stations: list[Station] = (),
    areas: list[Area] = (),
    **settings: object,
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
        settings=Settings(**settings),
    )
