"""Crews, permit desks and budgets as whole numbers per month and year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.inputs.months import month_text
from gridprio.inputs.schema import Budget, Crew, CrewKind, Project, ProjectPhase, crew_units
from gridprio.inputs.settings import Settings
from gridprio.model.plan import Binding

MILLI = 1000
"""Crew units are counted in thousandths, so that plans are whole numbers on every backend."""
EUR_PER_MEUR = 1_000_000
ROUNDING = 1e-6


class PlanRows(Protocol):
    """The part of a study that the planner reads."""

    @property
    def projects(self) -> Sequence[Project]: ...
    @property
    def project_phases(self) -> Sequence[ProjectPhase]: ...
    @property
    def crews(self) -> Sequence[Crew]: ...
    @property
    def budgets(self) -> Sequence[Budget]: ...
    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True, eq=False)
class FixedUse:
    """Works with a fixed start, within the horizon."""

    start: NDArray[np.int32]
    """[phase], -1 where nothing is fixed"""
    duration: NDArray[np.int32]
    """[phase], months of work that are left"""
    months: dict[int, list[int]]
    """months of work per fixed phase"""

    @property
    def is_done(self) -> NDArray[np.bool_]:
        """[phase], finished before the horizon: nothing of it is uncertain."""
        done: NDArray[np.bool_] = (self.start >= 0) & (self.duration == 0)
        return done


@dataclass(frozen=True, eq=False)
class Scarce:
    """The part of `PlanArrays` that is about scarce things."""

    arrays: dict[str, Any]
    names: tuple[str, ...]
    notes: tuple[str, ...]


def build_scarce(
    study: PlanRows,
    phases: list[ProjectPhase],
    phase_project: NDArray[np.int32],
    fixed: FixedUse,
    problems: list[Problem],
) -> Scarce:
    """Needs with the pools that can fill them, capacities with room for running works, and budgets."""
    notes: list[str] = []
    capacity = _capacity(study)
    needs: list[list[tuple[int, list[int]]]] = []
    for row, phase in enumerate(phases):
        region = study.projects[phase_project[row]].region
        own = _needs_with_pools(study.crews, phase, region, problems)
        if row in fixed.months:
            own = [(units, [_pool_for_running(capacity, pools, units, fixed.months[row])]) for units, pools in own]
        needs.append(own)
    is_crew = np.array([crew.kind == CrewKind.CREW for crew in study.crews], dtype=np.bool_)
    crew_names = tuple(f"{crew.crew_type}@{crew.region}" if crew.region else crew.crew_type for crew in study.crews)
    reserved = np.floor(capacity * study.settings.reserved_share + ROUNDING).astype(np.int64) * is_crew[:, None]
    _make_room(study, capacity, crew_names, needs, fixed, notes)
    operators = list(dict.fromkeys(row.operator_id for row in study.budgets))
    budget = _budgets(study, operators, notes)
    phase_budget = np.full(len(phases), -1, dtype=np.int32)
    cost = np.zeros(len(phases), dtype=np.int64)
    for row, phase in enumerate(phases):
        project = study.projects[phase_project[row]]
        left = fixed.duration[row] / phase.duration_months if phase.duration_months else 0.0
        cost[row] = int(project.cost_meur * phase.cost_share * left * EUR_PER_MEUR + ROUNDING)
        if project.operator_id in operators and cost[row]:
            phase_budget[row] = operators.index(project.operator_id)
    _make_budget_room(study, budget, operators, phase_budget, cost, fixed, notes)
    flat = [need for own in needs for need in own]
    return Scarce(
        arrays={
            "need_start": np.concatenate([[0], np.cumsum([len(own) for own in needs])]).astype(np.int32),
            "need_units": np.array([units for units, _ in flat], dtype=np.int64),
            "pool_start": np.concatenate([[0], np.cumsum([len(pools) for _, pools in flat])]).astype(np.int32),
            "pool": np.array([pool for _, pools in flat for pool in pools], dtype=np.int32),
            "capacity": capacity,
            "reserved": reserved,
            "resource_binding": np.where(is_crew, Binding.CREW, Binding.PERMIT_DESK).astype(np.int32),
            "budget": budget,
            "phase_budget": phase_budget,
            "cost": cost,
        },
        names=crew_names + tuple(f"budget@{operator}" for operator in operators),
        notes=tuple(notes),
    )


def _n_year(study: PlanRows) -> int:
    return study.settings.end_year - study.settings.start_year + 1


def _capacity(study: PlanRows) -> NDArray[np.int64]:
    """[crew, month] thousandths of a unit: growth per year, less the share taken by other work."""
    year = np.repeat(np.arange(_n_year(study)), 12)
    rows = [
        np.floor(np.maximum(0.0, crew.units + crew.growth_per_year * year) * (1 - crew.share_taken) * MILLI + ROUNDING)
        for crew in study.crews
    ]
    return np.array(rows, dtype=np.int64).reshape(len(study.crews), len(year))


def _needs_with_pools(
    crews: Sequence[Crew], phase: ProjectPhase, region: str, problems: list[Problem]
) -> list[tuple[int, list[int]]]:
    """Crews of the project's own region come first, then those that work everywhere."""
    needs = []
    for crew_type, units in crew_units(phase.crews).items():
        rows = [row for row, crew in enumerate(crews) if crew.crew_type == crew_type]
        local = [row for row in rows if crews[row].region == region and region]
        everywhere = [row for row in rows if not crews[row].region]
        others = [] if region else [row for row in rows if crews[row].region]
        pools = local + everywhere + others
        if not pools:
            what = f"{phase.project_id}, {phase.phase}: no crew {crew_type!r} works in region {region!r}"
            problems.append(Problem("project_phases", None, "crews", what, mend="Add a row to crews."))
        needs.append((round(units * MILLI), pools))
    return needs


def _pool_for_running(capacity: NDArray[np.int64], pools: list[int], units: int, months: list[int]) -> int:
    """The first pool that is large enough in every month, else the first."""
    return next((pool for pool in pools if (capacity[pool, months] >= units).all()), pools[0] if pools else -1)


def _make_room(
    study: PlanRows,
    capacity: NDArray[np.int64],
    names: tuple[str, ...],
    needs: list[list[tuple[int, list[int]]]],
    fixed: FixedUse,
    notes: list[str],
) -> None:
    """Running works keep their dates, so there is at least what they take."""
    taken = np.zeros_like(capacity)
    for row, months in fixed.months.items():
        for units, pools in needs[row]:
            if pools[0] >= 0:
                taken[pools[0], months] += units
    for pool, month in zip(*(index.tolist() for index in np.nonzero(taken > capacity)), strict=True):
        if month == 0 or taken[pool, month - 1] <= capacity[pool, month - 1]:
            notes.append(
                f"{names[pool]}: running works take {taken[pool, month] / MILLI:g} units from "
                f"{month_text(month, study.settings.start_year)}, more than the {capacity[pool, month] / MILLI:g} "
                f"there are; nothing else can use this crew in those months"
            )
    np.maximum(capacity, taken, out=capacity)


def _budgets(study: PlanRows, operators: list[str], notes: list[str]) -> NDArray[np.int64]:
    """[operator, year] EUR; a year without a row has the budget of the nearest earlier row, else of the first."""
    budget = np.zeros((len(operators), _n_year(study)), dtype=np.int64)
    for row, operator in enumerate(operators):
        given = {
            b.year: b.budget_meur for b in sorted(study.budgets, key=lambda b: b.year) if b.operator_id == operator
        }
        missing = []
        for place in range(budget.shape[1]):
            year = study.settings.start_year + place
            earlier = [y for y in given if y <= year]
            budget[row, place] = int(given[max(earlier) if earlier else min(given)] * EUR_PER_MEUR + ROUNDING)
            if year not in given:
                missing.append(str(year))
        if missing:
            notes.append(
                f"budget of {operator}: no row for {', '.join(missing)}; "
                f"the nearest earlier year (else the first) is used"
            )
    return budget


def _make_budget_room(
    study: PlanRows,
    budget: NDArray[np.int64],
    operators: list[str],
    phase_budget: NDArray[np.int32],
    cost: NDArray[np.int64],
    fixed: FixedUse,
    notes: list[str],
) -> None:
    spent = np.zeros_like(budget)
    for row, months in fixed.months.items():
        if phase_budget[row] >= 0 and fixed.duration[row]:
            for month in months:
                spent[phase_budget[row], month // 12] += cost[row] // fixed.duration[row]
    for row, place in zip(*(index.tolist() for index in np.nonzero(spent > budget)), strict=True):
        notes.append(
            f"budget of {operators[row]}: running works spend {spent[row, place] / EUR_PER_MEUR:g} MEUR in "
            f"{study.settings.start_year + place}, more than the {budget[row, place] / EUR_PER_MEUR:g} there is; "
            f"nothing else is paid in that year"
        )
    np.maximum(budget, spent, out=budget)
