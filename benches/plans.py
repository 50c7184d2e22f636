"""Plans per second, whole evaluations (plan and outcome) per second when every cell is known, and a cold search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

import gridprio
from benches.own import backends
from benches.registry import Case, Contender, Options
from gridprio.inputs.enumerations import Phase
from gridprio.inputs.resource_tables import Budget, Crew
from gridprio.inputs.schema import Project, ProjectPhase
from gridprio.inputs.settings import Settings
from gridprio.kernels import get_kernels
from gridprio.model.plan import PlanProblem
from gridprio.orders import own_order, search_places
from gridprio.outcome import Evaluator
from gridprio.pipeline import make_evaluator
from gridprio.plan import build_problem, lists_as_orders
from gridprio.search import Budget as Orders
from gridprio.search import explore, study_objective

PROVINCE = Path(__file__).parents[1] / "data" / "grids" / "fictional-province"
N_PROJECT, PLANS = 40, 2000
WARM_ORDERS, EVALUATIONS = 10, 2000
"""Different orders whose cells are simulated beforehand, and evaluations of them that are timed."""
SEARCH_ORDERS, SEARCH_THREADS = 10_000, 2
PHASES = (
    (Phase.STUDY, 6, "study:1"),
    (Phase.PERMIT, 12, "desk:1"),
    (Phase.LAND, 6, ""),
    (Phase.PROCUREMENT, 9, ""),
    (Phase.BUILD, 14, "hv_primary:2 civil:1 commissioning:0.5"),
)
CREWS = {"study": 6, "desk": 5, "hv_primary": 8, "civil": 5, "commissioning": 3}


def cases(options: Options) -> Iterator[Case]:
    """There is no other program to compare with; the backends are held against each other."""
    problem = crowded_problem()
    orders = _orders(N_PROJECT, options.count(PLANS))
    name = f"plan of {N_PROJECT} projects, {len(PHASES)} phases, {problem.arrays.n_month} months"
    yield Case(name, len(orders), tuple(_planner(problem, orders, backend) for backend in backends()), unit="plan")
    study = gridprio.read_study(PROVINCE)
    count = options.count(EVALUATIONS)
    warm = _orders(len(study.projects), min(count, WARM_ORDERS))
    orders = np.resize(warm, (count, warm.shape[1]))
    name = f"evaluation of {study.head.name} with warm cells, all scenarios"
    yield Case(name, len(orders), tuple(_evaluations(study, warm, orders)), unit="evaluation")
    count = options.count(SEARCH_ORDERS)
    name = f"search of {study.head.name} with no cell known, {count} orders"
    yield Case(name, count, (_cold_search(study, count),), unit="order", cold=True)


def crowded_problem() -> PlanProblem:
    """Forty projects that wait for the same crews, permit desks and money over fifteen years."""
    rng = np.random.default_rng(1)
    names = [f"P{k:02d}" for k in range(N_PROJECT)]
    projects = [
        Project(
            project_id=name, name=name, operator_id="op", maturity="concrete", operator_rank=k + 1,
            cost_meur=float(rng.integers(5, 60)), requires=(names[k - 7],) if k % 7 == 6 and k > 7 else (),
        )
        for k, name in enumerate(names)
    ]  # fmt: skip
    phases = [
        ProjectPhase(project_id=name, phase=phase, duration_months=int(months * rng.uniform(0.7, 1.4)), crews=crews)
        for name in names
        for phase, months, crews in PHASES
    ]
    crews = [
        Crew(crew_type=kind, units=units, kind="permit_desk" if kind == "desk" else "crew")
        for kind, units in CREWS.items()
    ]
    budgets = [Budget(operator_id="op", year=year, budget_meur=110) for year in range(2026, 2041)]
    rows = SimpleNamespace(
        projects=projects, project_phases=phases, crews=crews, budgets=budgets, deliveries=(), stations=(), areas=(),
        settings=Settings(),
    )  # fmt: skip
    return build_problem(rows)


def _orders(n_project: int, count: int) -> NDArray[np.intp]:
    rng = np.random.default_rng(2)
    return np.array([rng.permutation(n_project) for _ in range(count)])


def _planner(problem: PlanProblem, orders: NDArray[np.intp], backend: str) -> Contender:
    kernels, arrays = get_kernels(backend), lists_as_orders(problem, orders)
    no_delay = np.zeros((1, problem.arrays.n_phase), dtype=np.int32)

    def run() -> NDArray[np.int32]:
        return kernels.schedule(problem.arrays, arrays, no_delay, threads=1).finish

    return Contender(f"gridprio {backend}", run)


def _evaluations(study: gridprio.Study, warm: NDArray[np.intp], orders: NDArray[np.intp]) -> Sequence[Contender]:
    """Everyone reads the same cells: they are simulated once, by the fastest."""
    first = make_evaluator(study, threads=1)
    first.evaluate(warm)
    return [_evaluation(first, orders, backend) for backend in backends()]


def _evaluation(evaluator: Evaluator, orders: NDArray[np.intp], backend: str) -> Contender:
    asked = evaluator.with_kernels(get_kernels(backend))
    return Contender(f"gridprio {backend}", lambda: asked.evaluate(orders))


def _cold_search(study: gridprio.Study, count: int) -> Contender:
    """Orders tried from nothing but the study: its grid is built and every cell simulated within the time."""
    order = own_order(study)

    def run() -> NDArray[np.float64]:
        objective = study_objective(make_evaluator(study, threads=SEARCH_THREADS))
        places = search_places(objective.evaluator.problem, order)
        start = np.arange(len(places.open_places), dtype=np.int32)[None]
        found = explore(lambda lists: objective(places.whole(lists)), start, Orders(count), study.settings.seed)
        return np.array([found.best])

    return Contender("gridprio rust", run, threads=SEARCH_THREADS, pieces=count)
