"""Crews, permit desks, security groups, budgets and deliveries as whole numbers per month and year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.inputs.enumerations import CrewKind, crew_units
from gridprio.inputs.months import month_text
from gridprio.inputs.resource_tables import Crew
from gridprio.inputs.schema import ProjectPhase
from gridprio.model.plan import Binding
from gridprio.plan.months import ON_SITE
from gridprio.plan.rows import EUR_PER_MEUR, MILLI, ROUNDING, FixedUse, PlanRows, n_year
from gridprio.plan.yearly import build_budgets, build_deliveries, make_budget_room
from gridprio.text import Message, message, sentence


@dataclass(frozen=True, eq=False)
class Scarce:
    """The part of `PlanArrays` that is about scarce things."""

    arrays: dict[str, Any]
    names: tuple[str, ...]
    notes: tuple[Message, ...]


def build_scarce(
    study: PlanRows,
    phases: list[ProjectPhase],
    phase_project: NDArray[np.int32],
    fixed: FixedUse,
    problems: list[Problem],
) -> Scarce:
    """Needs with the pools that can fill them, capacities with room for running works, and budgets."""
    notes: list[Message] = []
    groups = list(dict.fromkeys(group for project in study.projects for group in project.security_groups))
    capacity = np.concatenate([_capacity(study), np.full((len(groups), n_year(study) * 12), MILLI, dtype=np.int64)])
    needs: list[list[tuple[int, list[int]]]] = []
    for row, phase in enumerate(phases):
        project = study.projects[phase_project[row]]
        own = _needs_with_pools(study.crews, phase, project.region, problems)
        if phase.phase == ON_SITE:
            own += [(MILLI, [len(study.crews) + groups.index(g)]) for g in dict.fromkeys(project.security_groups)]
        if row in fixed.months:
            own = [(units, [_pool_for_running(capacity, pools, units, fixed.months[row])]) for units, pools in own]
        needs.append(own)
    is_crew = np.array([crew.kind == CrewKind.CREW for crew in study.crews] + [False] * len(groups), dtype=np.bool_)
    binding = [Binding.CREW if crew.kind == CrewKind.CREW else Binding.PERMIT_DESK for crew in study.crews]
    pool_names = (*(f"{c.crew_type}@{c.region}" if c.region else c.crew_type for c in study.crews), *groups)
    reserved = np.floor(capacity * study.settings.reserved_share + ROUNDING).astype(np.int64) * is_crew[:, None]
    _make_room(study, capacity, pool_names, needs, fixed, notes)
    operators = list(dict.fromkeys(row.operator_id for row in study.budgets))
    budget = build_budgets(study, operators, notes)
    phase_budget = np.full(len(phases), -1, dtype=np.int32)
    cost = np.zeros(len(phases), dtype=np.int64)
    for row, phase in enumerate(phases):
        project = study.projects[phase_project[row]]
        left = fixed.duration[row] / phase.duration_months if phase.duration_months else 0.0
        cost[row] = int(project.cost_meur * phase.cost_share * left * EUR_PER_MEUR + ROUNDING)
        if project.operator_id in operators and cost[row]:
            phase_budget[row] = operators.index(project.operator_id)
    make_budget_room(study, budget, operators, phase_budget, cost, fixed, notes)
    deliveries, materials = build_deliveries(study, phases, phase_project, fixed, problems, notes)
    flat = [need for own in needs for need in own]
    return Scarce(
        arrays={
            "need_start": np.concatenate([[0], np.cumsum([len(own) for own in needs])]).astype(np.int32),
            "need_units": np.array([units for units, _ in flat], dtype=np.int64),
            "pool_start": np.concatenate([[0], np.cumsum([len(pools) for _, pools in flat])]).astype(np.int32),
            "pool": np.array([pool for _, pools in flat for pool in pools], dtype=np.int32),
            "capacity": capacity,
            "reserved": reserved,
            "resource_binding": np.array(binding + [Binding.OUTAGE_WINDOW] * len(groups), dtype=np.int32),
            "budget": budget,
            "phase_budget": phase_budget,
            "cost": cost,
            **deliveries,
        },
        names=(*pool_names, *(f"budget@{operator}" for operator in operators), *materials),
        notes=tuple(notes),
    )


def _capacity(study: PlanRows) -> NDArray[np.int64]:
    """[crew, month] thousandths of a unit: growth per year, less the share taken by other work."""
    year = np.repeat(np.arange(n_year(study)), 12)
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
            said = {"project": phase.project_id, "phase": phase.phase, "crew": repr(crew_type), "region": repr(region)}
            what = sentence("problem.no_crew_for_phase", **said)
            problems.append(Problem("project_phases", None, "crews", what, mend=sentence("remedy.add_crews")))
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
    notes: list[Message],
) -> None:
    """Running works keep their dates, so there is at least what they take."""
    taken = np.zeros_like(capacity)
    for row, months in fixed.months.items():
        for units, pools in needs[row]:
            if pools[0] >= 0:
                taken[pools[0], months] += units
    for pool, month in zip(*(index.tolist() for index in np.nonzero(taken > capacity)), strict=True):
        if month == 0 or taken[pool, month - 1] <= capacity[pool, month - 1]:
            takes, has = float(taken[pool, month] / MILLI), float(capacity[pool, month] / MILLI)
            since = month_text(month, study.settings.start_year)
            if pool < len(study.crews):
                notes.append(message("plan.crew_room", crew=names[pool], since=since, taken=takes, units=has))
            else:
                notes.append(message("plan.security_room", group=names[pool], since=since, taken=takes))
    np.maximum(capacity, taken, out=capacity)
