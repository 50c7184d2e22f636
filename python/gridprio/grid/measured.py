"""Which branches of a grid a measurement is of."""

from __future__ import annotations

from collections.abc import Mapping

from gridprio.errors import Problem
from gridprio.inputs.rows import suggestion
from gridprio.inputs.study import Study
from gridprio.model.grid import GROUP, MARKER, Grid, branch_name
from gridprio.text import sentence

Element = tuple[str, int | str]
"""Element table and pandapower index; the limit of a group and its id"""


def branches_of_elements(grid: Grid) -> dict[Element, tuple[int, ...]]:
    """Rows of `grid.arrays` by element: its systems, the windings of a three-winding transformer; and by group."""
    found: dict[Element, list[int]] = {}
    for row, branch in enumerate(grid.branch_ids):
        if branch[0] == MARKER or branch in grid.twin_of or (branch[0] == GROUP and len(branch) > 2):
            continue  # what is there after an outage alone, or what a project raises a limit to, is not measured
        found.setdefault((branch[0], branch[1]), []).append(row)
    return {element: tuple(rows) for element, rows in found.items()}


def measured_element(grid: Grid, named: str) -> tuple[Element, ...]:
    """The elements that `line:12` or a name in the net stands for: one, unless the name is unknown or not unique."""
    elements = branches_of_elements(grid)
    by_code: Mapping[str, Element] = {branch_name(element): element for element in elements}
    if named in by_code:
        return (by_code[named],)
    return tuple(element for element in elements if element[0] != GROUP and grid.element_name.get(element) == named)


def measurement_problems(study: Study, grid: Grid) -> list[Problem]:
    """Rows of table `measurements` that are not of exactly one branch, or of one that has a row already.

    Groups are those of the study, whether or not they have problems of their own and stand in the grid.
    """
    problems, seen = list[Problem](), set[Element]()
    groups: dict[str, Element] = {}
    for group in study.group_limits:
        element = (GROUP, group.group_limit_id)
        groups[branch_name(element)] = element
    branches = [element for element in branches_of_elements(grid) if element[0] != GROUP]
    names = [name for element, name in grid.element_name.items() if element[0] != GROUP]
    for at, row in enumerate(study.measurements):
        found = (groups[row.element],) if row.element in groups else measured_element(grid, row.element)
        mend = ""
        if not found:
            what = sentence("problem.not_measurable")
            mend = suggestion(row.element, [*names, *map(branch_name, branches), *groups])
        elif len(found) > 1:
            what = sentence("problem.several_of_this_name")
            mend = sentence("remedy.known_names", names=", ".join(map(branch_name, found)))
        elif found[0] in seen:
            what = sentence("problem.measured_by_two_names")
            mend = sentence("remedy.keep_one")
        else:
            seen.add(found[0])
            continue
        expected = sentence("expected.measured_element")
        problems.append(
            study.problem("measurements", at, "element", what, found=repr(row.element), expected=expected, mend=mend)
        )
    return problems
