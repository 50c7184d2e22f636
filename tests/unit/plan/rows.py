"""Short ways to write the rows of a small study."""

from __future__ import annotations

from types import SimpleNamespace

from gridprio.effect import binding_code
from gridprio.inputs.resource_tables import Budget, Crew, Delivery
from gridprio.inputs.schema import Project, ProjectPhase, Station
from gridprio.inputs.settings import Settings
from gridprio.inputs.station_tables import Area
from gridprio.kernels import get_kernels
from gridprio.orders import operator_order, status_timeline
from gridprio.plan import build_problem, schedule_plans


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
        principles=(),
        input_hashes={},
        settings=Settings(**settings),
    )


def plan(rows, status=(), delays=None, insecure=None, **channels):
    """The plan of the operator's order by the definition."""
    order = operator_order(rows.projects, rows.settings.order_basis)
    problem = build_problem(rows, insecure)
    timeline = status_timeline(order, problem.project_ids, set(status), rows.settings, **channels)
    return schedule_plans(problem, [timeline], delays, get_kernels("reference"))[0]


def in_service(rows, **options) -> list[int]:
    return plan(rows, **options).in_service_month[0].tolist()


def why(result, draw: int = 0) -> list[str]:
    """Codes of what set the date of each phase, with the resource."""
    return [binding_code(result, draw, phase) for phase in range(len(result.phase_name))]
