"""Which cell every month of every plan is in: plans that agree share states, states share cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gridprio.congestion import CellBook, CellNeed, CellRow
from gridprio.model.cell import CellResults
from gridprio.model.plan import NOT_PLANNED, PlanProblem, Plans

CELLS_PER_CALL = {"representative": 256, "all": 8}
"""Cells asked of the book at once, by setting `hours`; bounds memory, and between calls the user can stop."""

Progress = Callable[[float], None]


class AreaStates(Protocol):
    """One electrical area as plans see it."""

    @property
    def grid_projects(self) -> Sequence[int]:
        """Rows of the projects that change branches here when in service."""
        ...

    @property
    def works_projects(self) -> Sequence[int]:
        """Rows of the projects that take branches out here during their build."""
        ...

    @property
    def demand_projects(self) -> Sequence[int]:
        """Rows of the projects that change injections here when in service."""
        ...

    def book_area(self, in_service: Sequence[int]) -> int:
        """Row of the book's areas in which a state with these projects is simulated."""
        ...

    def branch_in_service(self, in_service: Sequence[int], in_works: Sequence[int]) -> NDArray[np.bool_]:
        """[branch of the area] with these projects (rows) in service and those under construction."""
        ...


@dataclass(frozen=True, eq=False)
class DistinctPlans:
    """Plans that put the same projects into service in the same months are one plan here."""

    project_ids: tuple[str, ...]
    n_month: int
    in_service_month: NDArray[np.int32]
    """[plan, project], NOT_PLANNED when never"""
    works: NDArray[np.bool_]
    """[plan, project, month], works on site"""


def distinct_plans(problem: PlanProblem, plans: Sequence[Plans]) -> tuple[DistinctPlans, NDArray[np.intp]]:
    """The different plans among all draws of all orders, and the row of each [order, draw]."""
    n_month = problem.arrays.n_month
    start, finish = (np.concatenate(months) for months in zip(*(_build_months(problem, p) for p in plans), strict=True))
    in_service = np.concatenate([p.in_service_month for p in plans])
    _, first, row = np.unique(np.hstack([in_service, start, finish]), axis=0, return_index=True, return_inverse=True)
    months, open_months = np.arange(n_month), _months_of_work(problem)
    begin, end = start[first], np.where(finish[first] == NOT_PLANNED, n_month, finish[first])
    works = (begin[:, :, None] >= 0) & (months >= begin[:, :, None]) & (months < end[:, :, None]) & open_months
    distinct = DistinctPlans(problem.project_ids, n_month, in_service[first], works)
    return distinct, row.reshape(len(plans), -1)


def _build_months(problem: PlanProblem, plans: Plans) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """First month of the build phase and first month after it, [draw, project]; NOT_PLANNED without."""
    shape = (len(plans.start_month), len(problem.project_ids))
    start, finish = np.full(shape, NOT_PLANNED, dtype=np.int32), np.full(shape, NOT_PLANNED, dtype=np.int32)
    for phase, name in enumerate(plans.phase_name):
        if name == "build":
            start[:, plans.phase_project[phase]] = plans.start_month[:, phase]
            finish[:, plans.phase_project[phase]] = plans.finish_month[:, phase]
    return start, finish


def _months_of_work(problem: PlanProblem) -> NDArray[np.bool_]:
    """[project, month], whether the build may go on in that calendar month."""
    open_months = np.ones((len(problem.project_ids), problem.arrays.n_month), dtype=np.bool_)
    for phase, name in enumerate(problem.phase_name):
        if name == "build":
            calendar = (int(problem.arrays.calendar[phase]) >> np.arange(12)) & 1
            open_months[problem.phase_project[phase]] = np.resize(calendar, problem.arrays.n_month) == 1
    return open_months


@dataclass(frozen=True, eq=False)
class StateSpace:
    """The states that an area takes in all plans: distinct rows of projects in service and works."""

    state: NDArray[np.int64]
    """[plan, month], row of `needs`"""
    needs: tuple[tuple[int, NDArray[np.bool_], tuple[str, ...], int], ...]
    """area of the book, branches in service, projects that change injections, year (0 = first of the horizon)"""


def area_states(states: AreaStates, plans: DistinctPlans) -> StateSpace:
    """Distinct (state, year) of one area."""
    serving = np.array(sorted({*states.grid_projects, *states.demand_projects}), dtype=np.intp)
    working = np.array(states.works_projects, dtype=np.intp)
    month = np.arange(plans.n_month)
    since = plans.in_service_month[:, serving]
    served = (since[:, :, None] != NOT_PLANNED) & (month >= since[:, :, None])
    bits = np.concatenate([served, plans.works[:, working] & _not_yet(plans, working, month)], axis=1)
    packed = np.packbits(bits.transpose(0, 2, 1), axis=2)
    year = np.broadcast_to((month // 12).astype(">u2")[None, :, None], (*packed.shape[:2], 1))
    keys = np.concatenate([year.copy().view(np.uint8), packed], axis=2)
    flat, row = np.unique(keys.reshape(-1, keys.shape[2]), axis=0, return_inverse=True)
    masks: dict[bytes, tuple[int, NDArray[np.bool_], tuple[str, ...]]] = {}
    needs = []
    changes_injections = set(states.demand_projects)
    for key in flat:
        name = key[2:].tobytes()
        if name not in masks:
            on = np.unpackbits(key[2:], count=bits.shape[1]).astype(bool)
            in_service = [int(p) for p in serving[on[: len(serving)]]]
            in_works = [int(p) for p in working[on[len(serving) :]]]
            demand = tuple(plans.project_ids[p] for p in in_service if p in changes_injections)
            masks[name] = states.book_area(in_service), states.branch_in_service(in_service, in_works), demand
        needs.append((*masks[name], int(key[0]) * 256 + int(key[1])))
    return StateSpace(row.reshape(packed.shape[:2]), tuple(needs))


def _not_yet(plans: DistinctPlans, projects: NDArray[np.intp], month: NDArray[np.int64]) -> NDArray[np.bool_]:
    since = plans.in_service_month[:, projects][:, :, None]
    not_yet: NDArray[np.bool_] = (since == NOT_PLANNED) | (month < since)
    return not_yet


@dataclass(frozen=True, eq=False)
class AreaWalk:
    """One area along all plans: the results of its cells, and which of them a plan is in month by month."""

    rows: NDArray[np.int64]
    """[plan, scenario, month], first axis of `results` and `wish_mw`"""
    results: CellResults
    wish_mw: NDArray[np.float64]
    """[cell, request]"""


def walk_cells(
    spaces: Sequence[StateSpace],
    scenarios: Sequence[str],
    start_year: int,
    book: CellBook,
    progress: Progress | None = None,
) -> list[AreaWalk]:
    """Collect all cells that the plans need, evaluate those that the book does not hold, and look them up."""
    needs = [
        CellNeed(area, mask, projects, start_year + year, scenario)
        for space in spaces
        for area, mask, projects, year in space.needs
        for scenario in scenarios
    ]
    found: list[CellRow] = []
    at_once = CELLS_PER_CALL[book.settings.hours]
    for begin in range(0, len(needs), at_once):
        found += book.rows(needs[begin : begin + at_once])
        if progress is not None:
            progress(min(1.0, (begin + at_once) / len(needs)))
    walks, at = [], 0
    for space in spaces:
        own = found[at : at + len(space.needs) * len(scenarios)]
        at += len(own)
        results, wish_mw, first = _joined(book, sorted({cell.area for cell in own}))
        row = np.array([first[cell.area] + cell.row for cell in own]).reshape(-1, len(scenarios))
        walks.append(AreaWalk(row[space.state].transpose(0, 2, 1), results, wish_mw))
    return walks


def _joined(book: CellBook, areas: Sequence[int]) -> tuple[CellResults, NDArray[np.float64], dict[int, int]]:
    """Results of several areas of the book below each other, and the first row of each."""
    parts = [book.results(area) for area in areas]
    wishes = [book.wish_mw(area) for area in areas]
    first = dict(zip(areas, np.cumsum([0, *(len(wish) for wish in wishes)]).tolist(), strict=False))
    if len(areas) == 1:
        return parts[0], wishes[0], first
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])}
    return CellResults(**joined), np.concatenate(wishes), first
