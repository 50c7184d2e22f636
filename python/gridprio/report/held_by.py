"""What holds a project up, in words: the constraint of table `why_not` that binds, or several that do together."""

from __future__ import annotations

from collections.abc import Mapping

from gridprio.effect import TOGETHER
from gridprio.text import Text, join, say, word_kind


def held_by(
    constraints: str, whose_project: str, whose_operator: str, months_sooner: float, names: Mapping[str, str]
) -> Text:
    """Another project with its name and operator; `names`: those of projects by id."""
    operators = dict(zip(whose_project.split(), whose_operator.split(), strict=False))
    parts = [_constraint(code, operators, names) for code in constraints.split(TOGETHER)]
    return say("reach.together_binding" if parts[1:] else "reach.binding", what=join(parts), n=months_sooner)


def _constraint(code: str, operators: Mapping[str, str], names: Mapping[str, str]) -> Text:
    kind, _, project = code.partition(":")
    if kind == "requires":
        return say("reach.first", project=names.get(project, project), operator=operators.get(project, ""))
    return word_kind("constraint", code)
