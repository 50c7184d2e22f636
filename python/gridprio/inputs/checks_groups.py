"""Limits of groups against the changes that projects make to them (docs/theory/grid-model.md, Limits of groups)."""

from __future__ import annotations

from collections.abc import Iterator

from gridprio.errors import Problem
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.known import Known
from gridprio.inputs.study import Study
from gridprio.text import sentence

ACTIONS = (ChangeAction.RAISE_GROUP_LIMIT, ChangeAction.ADD_LINE, ChangeAction.ADD_TRAFO)
"""Actions that may name a group."""


def group_problems(study: Study, known: Known) -> Iterator[Problem]:
    """What does not hang on the grid; where the elements of a group meet is seen beside the grid."""
    for at, group in enumerate(study.group_limits):
        if group.emergency_limit_mva is not None and group.emergency_limit_mva < group.limit_mva:
            yield study.problem(
                "group_limits",
                at,
                "emergency_limit_mva",
                sentence("problem.emergency_below_limit"),
                found=f"{group.emergency_limit_mva:g}",
                expected=sentence("expected.at_least_mva", mva=group.limit_mva),
                mend=sentence("remedy.emergency_limit"),
            )
    limit_of = {group.group_limit_id: group.limit_mva for group in study.group_limits}
    for at, change in enumerate(study.project_changes):
        if change.group_limit_id and change.action not in ACTIONS:
            yield study.problem(
                "project_changes",
                at,
                "group_limit_id",
                sentence("problem.action_without_group"),
                found=f"{change.action.value}, {change.group_limit_id!r}",
                expected=" / ".join(ACTIONS),
                mend=sentence("remedy.leave_out"),
            )
        if change.action is not ChangeAction.RAISE_GROUP_LIMIT or change.limit_mva is None:
            continue
        limit = limit_of.get(change.group_limit_id)
        if limit is not None and change.limit_mva <= limit:
            yield study.problem(
                "project_changes",
                at,
                "limit_mva",
                sentence("problem.limit_not_raised"),
                found=f"{change.limit_mva:g}",
                expected=sentence("expected.above_mva", mva=limit),
                mend=sentence("remedy.limit_from_then_on"),
            )
