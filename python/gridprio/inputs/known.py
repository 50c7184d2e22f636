"""What the checks between rows share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from gridprio.inputs.schema import ProjectPhase
from gridprio.inputs.study import Study

COST_TOLERANCE = 0.005
"""Cost shares of a project add up to 1 within this (thirds written as 0.33)."""


class _AnyId(frozenset[str]):
    """Holds every id: of a table that cannot be read, nobody can say that an id is not in it."""

    def __contains__(self, _: object) -> bool:
        return True


ANY_ID = _AnyId()


@dataclass(frozen=True)
class Known:
    """What is known of rows that have a problem of their own, so that one mistake is one problem."""

    ids: Mapping[str, frozenset[str]]
    """by table: ids of all its rows; `ANY_ID` for one that cannot be read"""
    partial: frozenset[str]
    """tables of which rows are left out, and `study` where its head cannot be read"""


def phases_of(study: Study) -> dict[str, list[tuple[int, ProjectPhase]]]:
    """Row and phase by project."""
    phases: dict[str, list[tuple[int, ProjectPhase]]] = defaultdict(list)
    for at, phase in enumerate(study.project_phases):
        phases[phase.project_id].append((at, phase))
    return phases
