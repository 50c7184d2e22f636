"""Which projects an order can move; orders and the checks of ranks both go by it."""

from __future__ import annotations

from collections.abc import Iterable

from gridprio.inputs.schema import Project, ProjectPhase


def is_movable(project: Project) -> bool:
    """Whether status may change its place: tiers 2 and 3, but no safety or security-of-supply works."""
    return project.tier in (2, 3) and not project.safety


def has_open_phase(phases: Iterable[ProjectPhase]) -> frozenset[str]:
    """Projects with at least one phase of which the start is not fixed."""
    return frozenset(phase.project_id for phase in phases if phase.start is None)
