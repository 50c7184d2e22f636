"""Orders of projects: the operator's own, and others to compare it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gridprio.inputs.schema import Maturity, Project

Basis = Literal["before_status", "after_status", "unknown", "reconstructed"]


@dataclass(frozen=True)
class Order:
    """All projects of a study, the first in the list first."""

    name: str
    projects: tuple[Project, ...]
    basis: Basis
    """whether the list already contains the weighing of status; `reconstructed` = made from need years, a what-if"""
    unranked: tuple[str, ...] = ()
    """concrete projects without a rank, put after the ranked ones of their operator by need year"""

    @property
    def project_ids(self) -> tuple[str, ...]:
        return tuple(project.project_id for project in self.projects)

    @property
    def shows_status_effect(self) -> bool:
        """Whether this order can serve as "without status"; otherwise a reconstructed one is a what-if only."""
        return self.basis == "before_status" and not self.unranked

    def reordered(self, projects: Sequence[Project]) -> Order:
        return replace(self, projects=tuple(projects))


def operator_order(projects: Sequence[Project], order_basis: Basis) -> Order:
    """The lists of all operators by `operator_rank`, merged.

    Merging: the i-th of n projects of an operator stands at (i + 1/2) / n of its list; projects are taken by that
    place, equal places in the order in which the operators first appear in the table.
    """
    places: list[tuple[float, int, Project]] = []
    operators = list(dict.fromkeys(project.operator_id for project in projects))
    for number, operator in enumerate(operators):
        own = sorted((p for p in _by_need(projects) if p.operator_id == operator), key=_rank)
        places += [((place + 0.5) / len(own), number, project) for place, project in enumerate(own)]
    places.sort(key=lambda entry: entry[:2])
    return Order(
        name="operator",
        projects=tuple(project for _, _, project in places),
        basis=order_basis,
        unranked=tuple(p.project_id for p in projects if p.operator_rank is None and p.maturity == Maturity.CONCRETE),
    )


def need_year_order(projects: Sequence[Project]) -> Order:
    """By need year, then date of request, then the table: the what-if where the operator's order cannot be used."""
    return Order(name="need_year", projects=tuple(_by_need(projects)), basis="reconstructed")


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


def _rank(project: Project) -> float:
    return float("inf") if project.operator_rank is None else project.operator_rank


def _need_year(project: Project) -> float:
    return float("inf") if project.need_year is None else project.need_year


def _date(project: Project) -> str:
    """Dates are written from year to day, so texts sort as dates; a missing one sorts last."""
    return project.request_date or "9999"


def _by_need(projects: Sequence[Project]) -> list[Project]:
    return sorted(projects, key=lambda p: (_need_year(p), _date(p)))
