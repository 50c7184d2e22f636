"""Orders of projects: the operator's own, and others to compare it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gridprio.inputs.enumerations import Maturity
from gridprio.inputs.moves import has_open_phase, is_movable
from gridprio.inputs.schema import Project, ProjectPhase

Basis = Literal["before_status", "after_status", "unknown", "reconstructed"]


@dataclass(frozen=True)
class Order:
    """All projects of a study, the first in the list first."""

    name: str
    projects: tuple[Project, ...]
    basis: Basis
    """whether the list already contains the weighing of status; `reconstructed` = made from need years, a what-if"""
    unranked: tuple[str, ...] = ()
    """concrete projects without a rank that status could move past, or be moved past by, one of their own list"""
    open_projects: frozenset[str] | None = None
    """projects with a phase that can still move; None = all"""

    @property
    def project_ids(self) -> tuple[str, ...]:
        return tuple(project.project_id for project in self.projects)

    @property
    def shows_status_effect(self) -> bool:
        """Whether this order can serve as "without status"; otherwise a reconstructed one is a what-if only."""
        return self.basis == "before_status" and not self.unranked

    def can_move(self, project: Project) -> bool:
        return is_movable(project) and (self.open_projects is None or project.project_id in self.open_projects)

    def reordered(self, projects: Sequence[Project]) -> Order:
        return replace(self, projects=tuple(projects))


def operator_order(
    projects: Sequence[Project], order_basis: Basis, phases: Sequence[ProjectPhase] | None = None
) -> Order:
    """The lists of all operators by `operator_rank`, merged.

    Merging: the i-th of n projects of an operator stands at (i + 1/2) / n of its list; projects are taken by that
    place, equal places in the order in which the operators first appear in the table. Projects without `phases` take
    no place and come last; None = every project has phases.
    """
    places: list[tuple[float, int, Project]] = []
    phased = None if phases is None else {phase.project_id for phase in phases}
    planned = [p for p in projects if phased is None or p.project_id in phased]
    operators = list(dict.fromkeys(project.operator_id for project in planned))
    for number, operator in enumerate(operators):
        own = sorted((p for p in _by_need(planned) if p.operator_id == operator), key=_rank)
        places += [((place + 0.5) / len(own), number, project) for place, project in enumerate(own)]
    places.sort(key=lambda entry: entry[:2])
    informing = [p for p in projects if phased is not None and p.project_id not in phased]
    order = Order(
        name="operator",
        projects=(*(project for _, _, project in places), *informing),
        basis=order_basis,
        open_projects=None if phases is None else has_open_phase(phases),
    )
    return replace(order, unranked=_unranked(order, projects))


def need_year_order(projects: Sequence[Project], phases: Sequence[ProjectPhase] | None = None) -> Order:
    """By need year, then date of request, then the table: the what-if where the operator's order cannot be used."""
    open_projects = None if phases is None else has_open_phase(phases)
    return Order("need_year", tuple(_by_need(projects)), "reconstructed", open_projects=open_projects)


def request_date_order(projects: Sequence[Project]) -> Order:
    """By date of request, then need year, then the table; without a date last."""
    return Order(
        name="request_date",
        projects=tuple(sorted(projects, key=lambda p: (_date(p), _need_year(p)))),
        basis="reconstructed",
    )


def random_order(projects: Sequence[Project], seed: int) -> Order:
    """A random permutation that depends on `seed` only."""
    shuffled = np.random.Generator(np.random.Philox(key=seed)).permutation(len(projects))
    return Order(name=f"random_{seed}", projects=tuple(projects[k] for k in shuffled), basis="reconstructed")


def _unranked(order: Order, projects: Sequence[Project]) -> tuple[str, ...]:
    """Concrete movable projects without a rank, of an operator and carrier of which a movable project has status."""
    movable = [p for p in projects if order.can_move(p)]
    with_status = {(p.operator_id, p.carrier) for p in movable if p.status}
    return tuple(
        p.project_id
        for p in movable
        if p.operator_rank is None and p.maturity == Maturity.CONCRETE and (p.operator_id, p.carrier) in with_status
    )


def _rank(project: Project) -> float:
    return float("inf") if project.operator_rank is None else project.operator_rank


def _need_year(project: Project) -> float:
    return float("inf") if project.need_year is None else project.need_year


def _date(project: Project) -> str:
    """Dates are written from year to day, so texts sort as dates; a missing one sorts last."""
    return project.request_date or "9999"


def _by_need(projects: Sequence[Project]) -> list[Project]:
    return sorted(projects, key=lambda p: (_need_year(p), _date(p)))
