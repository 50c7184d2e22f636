"""What comes by the year: budgets and deliveries of material, as whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.inputs.enumerations import named_units
from gridprio.inputs.schema import ProjectPhase
from gridprio.plan.rows import EUR_PER_MEUR, MILLI, ROUNDING, FixedUse, PlanRows, n_year
from gridprio.text import Message, message, sentence


def build_budgets(study: PlanRows, operators: list[str], notes: list[Message]) -> NDArray[np.int64]:
    """[operator, year] EUR; a year without a row has the budget of the nearest earlier row, else of the first."""
    budget = np.zeros((len(operators), n_year(study)), dtype=np.int64)
    for row, operator in enumerate(operators):
        given = {b.year: b.budget_meur * EUR_PER_MEUR for b in study.budgets if b.operator_id == operator}
        missing = _fill_years(study, given, budget[row])
        if missing:
            notes.append(message("plan.budget_years", operator=operator, years=missing))
    return budget


def make_budget_room(
    study: PlanRows,
    budget: NDArray[np.int64],
    operators: list[str],
    phase_budget: NDArray[np.int32],
    cost: NDArray[np.int64],
    fixed: FixedUse,
    notes: list[Message],
) -> None:
    spent = np.zeros_like(budget)
    for row, months in fixed.months.items():
        if phase_budget[row] >= 0 and fixed.duration[row]:
            for month in months:
                spent[phase_budget[row], month // 12] += cost[row] // fixed.duration[row]
    for row, place in zip(*(index.tolist() for index in np.nonzero(spent > budget)), strict=True):
        spends, has = float(spent[row, place] / EUR_PER_MEUR), float(budget[row, place] / EUR_PER_MEUR)
        year = study.settings.start_year + place
        notes.append(message("plan.budget_room", operator=operators[row], year=year, spent=spends, budget=has))
    np.maximum(budget, spent, out=budget)


def build_deliveries(
    study: PlanRows,
    phases: list[ProjectPhase],
    phase_project: NDArray[np.int32],
    fixed: FixedUse,
    problems: list[Problem],
    notes: list[Message],
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The part of `PlanArrays` about material, and the names of its rows.

    A phase draws from the deliveries to its own operator, where there are any, else from those to everybody. Running
    works that began before the horizon have their material.
    """
    keys = list(dict.fromkeys((row.material, row.operator_id) for row in study.deliveries))
    names = tuple(f"{material}@{operator}" if operator else material for material, operator in keys)
    deliveries = np.zeros((len(keys), n_year(study)), dtype=np.int64)
    for key, name, row in zip(keys, names, deliveries, strict=True):
        given = {d.year: d.units * MILLI for d in study.deliveries if (d.material, d.operator_id) == key}
        missing = _fill_years(study, given, row)
        if missing:
            notes.append(message("plan.delivery_years", material=name, years=missing))
    draws: list[list[tuple[int, int]]] = []
    for at, phase in enumerate(phases):
        operator = study.projects[phase_project[at]].operator_id
        own = []
        for material, units in named_units(phase.materials, "material").items():
            rows = [keys.index(key) for key in ((material, operator), (material, "")) if key in keys]
            if not rows:
                said = {"project": phase.project_id, "phase": phase.phase, "operator": repr(operator)}
                what = sentence("problem.no_deliveries_of_material", material=repr(material), **said)
                problems.append(
                    Problem("project_phases", None, "materials", what, mend=sentence("remedy.add_deliveries"))
                )
            own.append((rows[0] if rows else -1, round(units * MILLI)))
        draws.append([] if fixed.began_before[at] else own)
    _make_delivery_room(study, deliveries, names, draws, fixed, notes)
    arrays = {
        "deliveries": deliveries,
        "material_start": np.concatenate([[0], np.cumsum([len(own) for own in draws])]).astype(np.int32),
        "material": np.array([row for own in draws for row, _ in own], dtype=np.int32),
        "material_units": np.array([units for own in draws for _, units in own], dtype=np.int64),
    }
    return arrays, names


def _make_delivery_room(
    study: PlanRows,
    deliveries: NDArray[np.int64],
    names: tuple[str, ...],
    draws: list[list[tuple[int, int]]],
    fixed: FixedUse,
    notes: list[Message],
) -> None:
    """Running works have what they need."""
    drawn = np.zeros_like(deliveries)
    for at in fixed.months:
        year = fixed.start[at] // 12
        for row, units in draws[at]:
            if row >= 0 and fixed.duration[at] and year < deliveries.shape[1]:
                drawn[row, year] += units
    for row, place in zip(*(index.tolist() for index in np.nonzero(drawn > deliveries)), strict=True):
        takes, has = float(drawn[row, place] / MILLI), float(deliveries[row, place] / MILLI)
        year = study.settings.start_year + place
        notes.append(message("plan.delivery_room", material=names[row], year=year, taken=takes, units=has))
    np.maximum(deliveries, drawn, out=deliveries)


def _fill_years(study: PlanRows, given: dict[int, float], row: NDArray[np.int64]) -> list[int]:
    """Whole amounts by year into `row`; a year without one takes that of the nearest earlier, else of the first.

    Returns the years without one.
    """
    missing = []
    for place in range(len(row)):
        year = study.settings.start_year + place
        earlier = [y for y in given if y <= year]
        row[place] = int(given[max(earlier) if earlier else min(given)] + ROUNDING)
        if year not in given:
            missing.append(year)
    return missing
