"""One step on each lever, as a changed problem: what shadow prices are computed for (docs/theory/search.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridprio.inputs.enumerations import CrewKind, Lever, Phase
from gridprio.inputs.study import Study
from gridprio.model.months import ALL_MONTHS
from gridprio.model.plan import Binding, PlanArrays, PlanProblem
from gridprio.plan.months import ON_SITE
from gridprio.plan.rows import EUR_PER_MEUR, MILLI

PERMIT_MONTHS, LAND_MONTHS = 6, 12
EVERY_YEAR = 0
"""In `Step.year`: the step holds through the whole horizon."""
LEVERS = ("province", "municipality", "operator", "state")
"""In the order in which they are shown."""


@dataclass(frozen=True, eq=False)
class Step:
    """One more of something scarce."""

    lever: str
    """whose it is: province, municipality, operator or state"""
    kind: str
    """crew, permit_desk, budget, delivery, permit_time, land_time, outage_slot or outage_month"""
    name: str
    """of the crew, desk, operator, material or security group; empty when all projects gain"""
    year: int
    amount: float
    unit: str
    problem: PlanProblem


def steps(study: Study, problem: PlanProblem) -> tuple[Step, ...]:
    """Every step that this study has something to gain from, sorted by whose lever it is."""
    found = [
        *_crews(study, problem),
        *_budgets(study, problem),
        *_deliveries(problem),
        *_time(study, problem),
        *_slots(problem),
        *_outages(problem),
    ]
    return tuple(sorted(found, key=lambda step: LEVERS.index(step.lever)))


def _changed(problem: PlanProblem, **arrays: NDArray[np.generic]) -> PlanProblem:
    changed: PlanArrays = replace(problem.arrays, **arrays)  # type: ignore[arg-type]
    return replace(problem, arrays=changed)


def _crews(study: Study, problem: PlanProblem) -> Iterator[Step]:
    """One unit more in every month; the price of a crew-month is the change over `amount`."""
    used = set(problem.arrays.pool.tolist())
    for row, crew in enumerate(study.crews):
        if row not in used:
            continue
        capacity = problem.arrays.capacity.copy()
        capacity[row] += MILLI
        is_crew = crew.kind is CrewKind.CREW
        lever = crew.lever or (Lever.OPERATOR if is_crew else Lever.PROVINCE)
        yield Step(
            lever=lever.value,
            kind=crew.kind.value,
            name=problem.resource_names[row],
            year=EVERY_YEAR,
            amount=float(problem.arrays.n_month),
            unit="crew_month" if is_crew else "desk_month",
            problem=_changed(problem, capacity=capacity),
        )


def _budgets(study: Study, problem: PlanProblem) -> Iterator[Step]:
    first = len(problem.arrays.capacity)
    for row in range(len(problem.arrays.budget)):
        name = problem.resource_names[first + row]
        for year in range(problem.arrays.budget.shape[1]):
            budget = problem.arrays.budget.copy()
            budget[row, year] += EUR_PER_MEUR
            when = study.settings.start_year + year
            operator = name.partition("@")[2]
            yield Step("operator", "budget", operator, when, 1.0, "meur", _changed(problem, budget=budget))


def _deliveries(problem: PlanProblem) -> Iterator[Step]:
    """One unit of a material more in every year."""
    arrays = problem.arrays
    first = len(arrays.capacity) + len(arrays.budget)
    for row in range(len(arrays.deliveries)):
        deliveries = arrays.deliveries.copy()
        deliveries[row] += MILLI
        years = float(deliveries.shape[1])
        name = problem.resource_names[first + row]
        yield Step("operator", "delivery", name, EVERY_YEAR, years, "unit", _changed(problem, deliveries=deliveries))


def _slots(problem: PlanProblem) -> Iterator[Step]:
    """One more project of a security group that may be under way at the same time."""
    for row in np.flatnonzero(problem.arrays.resource_binding == Binding.OUTAGE_WINDOW).tolist():
        capacity = problem.arrays.capacity.copy()
        capacity[row] += MILLI
        name, months = problem.resource_names[row], float(problem.arrays.n_month)
        yield Step(
            "operator", "outage_slot", name, EVERY_YEAR, months, "slot_month", _changed(problem, capacity=capacity)
        )


def _time(study: Study, problem: PlanProblem) -> Iterator[Step]:
    """Permits six months faster, land a year earlier, for all projects of one lever at once."""
    lever_of = {(phase.project_id, phase.phase.value): phase.lever for phase in study.project_phases}
    cases = (
        (Phase.PERMIT, "permit_time", PERMIT_MONTHS, Lever.PROVINCE),
        (Phase.LAND, "land_time", LAND_MONTHS, Lever.MUNICIPALITY),
    )
    for phase, kind, months, default in cases:
        rows: dict[str, list[int]] = {}
        for row, name in enumerate(problem.phase_name):
            if name == phase.value and problem.arrays.fixed_start[row] < 0:
                project_id = problem.project_ids[problem.phase_project[row]]
                lever = lever_of.get((project_id, name)) or default
                rows.setdefault(lever.value, []).append(row)
        for lever_name, own in rows.items():
            duration, earliest = problem.arrays.duration.copy(), problem.arrays.earliest.copy()
            duration[own] = np.maximum(0, duration[own] - months)
            if phase is Phase.LAND:
                earliest[own] = np.maximum(0, earliest[own] - months)
            faster = _changed(problem, duration=duration, earliest=earliest)
            yield Step(lever_name, kind, "", EVERY_YEAR, float(months), "month", faster)


def _outages(problem: PlanProblem) -> Iterator[Step]:
    """One more calendar month, right after the last of each window, in which works on site may go on."""
    calendar = problem.arrays.calendar.copy()
    for row, name in enumerate(problem.phase_name):
        window = int(calendar[row])
        if name == ON_SITE and window != ALL_MONTHS and problem.arrays.fixed_start[row] < 0:
            after = [m for m in range(12) if window >> ((m - 1) % 12) & 1 and not window >> m & 1]
            calendar[row] = window | 1 << after[0]
    if (calendar != problem.arrays.calendar).any():
        yield Step(
            "operator", "outage_month", "", EVERY_YEAR, 1.0, "month_per_year", _changed(problem, calendar=calendar)
        )
