"""Rules of security that name no outage, not even with all projects, and lines that they pass over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gridprio.cells.rules import cell_rules
from gridprio.errors import Problem
from gridprio.grid.candidates import ElementId
from gridprio.grid.changes import Complaint
from gridprio.grid.kinds import LINE_KINDS
from gridprio.grid.union import UnionGrid
from gridprio.inputs.study import Study
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN
from gridprio.model.grid import OutageElement, branch_name
from gridprio.model.rules import SecurityRule
from gridprio.text import sentence

SHOWN = 5
"""Lines that a warning names."""
Pairs = Collection[frozenset[ElementId]]


@dataclass(frozen=True, eq=False)
class _Outage:
    element: ElementId
    """as the union net has it"""
    kv: float
    """its highest nominal voltage"""
    told_by: OutageElement


def security_rule_warnings(union: UnionGrid, study: Study) -> Iterator[Problem]:
    """In the order of the table; last the lines without a kind."""
    rules = cell_rules(study).outages.security_rules or ()
    every = _outages(union) if rules else []
    replaced = {frozenset((old, new)) for mine in union.elements.values() for old in mine.removed for new in mine.added}
    for at, rule in enumerate(rules):
        if complaint := _complaint(rule, every, replaced):
            column, what, found, expected, mend = complaint
            yield study.problem("security_rules", at, column, what, found=found, expected=expected, mend=mend)
    yield from _lines_without_kind(union, study, rules, every, replaced)


def _complaint(rule: SecurityRule, every: Sequence[_Outage], replaced: Pairs) -> Complaint | None:
    meant = [outage for outage in every if rule.is_about(outage.told_by)]
    of_voltage = any(rule.names(outage.kv) for outage in meant)
    sides = [side for outage in every if (side := outage.told_by.to_kv) is not None]
    if not meant and rule.to_below_kv is not None and sides:
        found, above = f"{rule.kind} < {rule.to_below_kv:g} kV", sentence("expected.above_kv", kv=min(sides))
        what, mend = sentence("warning.rule_of_no_other_side"), sentence("remedy.voltage_of_grid")
        return "to_below_kv", what, found, above, mend
    if not meant and rule.elements:
        what, mend = sentence("warning.rule_of_nothing_in_service"), sentence("remedy.elements_in_service")
        return "elements", what, " ".join(rule.elements), "", mend
    if not meant and rule.kind:
        expected = " / ".join(sorted({outage.told_by.kind for outage in every} - {""}))
        return "kind", sentence("warning.rule_about_nothing"), rule.kind, expected, sentence("remedy.kind_of_grid")
    if not (_names_two(rule, meant, every, replaced) if rule.maintenance else of_voltage):
        found = f"{rule.min_kv:g} -" if rule.below_kv is None else f"{rule.min_kv:g} - {rule.below_kv:g}"
        expected = " / ".join(f"{kv:g}" for kv in sorted({outage.kv for outage in meant}))
        what = sentence("warning.rule_names_no_two" if of_voltage else "warning.rule_names_nothing")
        return "min_kv", what, found, expected, sentence("remedy.voltage_of_grid")
    return None


def _lines_without_kind(
    union: UnionGrid, study: Study, rules: Sequence[SecurityRule], every: Sequence[_Outage], replaced: Pairs
) -> Iterator[Problem]:
    """Lines of which outages would be required, were they overhead lines or cables, at the first such rule."""
    alike = _alike(rules, every)
    passed = [(_passing_over(outage, rules, alike, replaced), outage) for outage in every if not outage.told_by.kind]
    lines = {outage.element: outage for at, outage in passed if at is not None}
    if not lines:
        return
    project_of = {new: project for project, mine in union.elements.items() for new in mine.added}
    names = list(dict.fromkeys(_name(outage, project_of.get(line)) for line, outage in lines.items()))
    shown = ", ".join(names if len(names) <= SHOWN else [*names[:SHOWN], "..."])
    yield study.problem(
        "security_rules",
        min(at for at, _ in passed if at is not None),
        "kind",
        sentence("warning.lines_without_kind"),
        found=sentence("found.lines_without_kind", n=len(lines), names=shown),
        expected=sentence("expected.kind_of_line"),
        mend=sentence("remedy.kind_of_line"),
    )


def _alike(rules: Sequence[SecurityRule], every: Sequence[_Outage]) -> list[list[_Outage]]:
    """Those of one voltage that the same rules are about: beside any of these, the same is asked of a line."""
    found: dict[object, list[_Outage]] = {}
    for outage in every:
        found.setdefault((outage.kv, *(rule.is_about(outage.told_by) for rule in rules)), []).append(outage)
    return list(found.values())


def _passing_over(
    line: _Outage, rules: Sequence[SecurityRule], alike: Sequence[Sequence[_Outage]], replaced: Pairs
) -> int | None:
    """The first rule about a kind of line that asks, in some direction and month, what none asks of this line."""
    of_lines = [(at, rule) for at, rule in enumerate(rules) if rule.kind in LINE_KINDS.values()]
    pairs: list[list[_Outage]] = []
    if any(rule.maintenance for _, rule in of_lines):
        others = (next((other for other in mine if _are_two(line, other, replaced)), None) for mine in alike)
        pairs = [[line, other] for other in others if other is not None]
    for at, rule in of_lines:
        outages = pairs if rule.maintenance else [[line]]
        if any(_asks_more(rule, rules, outage) for outage in outages):
            return at
    return None


def _asks_more(rule: SecurityRule, rules: Sequence[SecurityRule], elements: Sequence[_Outage]) -> bool:
    """Whether it asks, in some direction and month, what none of the rules about one of these elements asks."""
    kv = min(element.kv for element in elements)
    if not rule.names(kv):
        return False
    asking = [
        other
        for other in rules
        if other.maintenance == rule.maintenance
        and other.names(kv)
        and any(other.is_about(element.told_by) for element in elements)
    ]
    for direction in (CASE_DEMAND, CASE_FEED_IN):
        left = rule.months if rule.direction & direction else 0
        for other in asking:
            left &= ~(other.months if other.direction & direction else 0)
        if left:
            return True
    return False


def _name(outage: _Outage, project: str | None) -> str:
    """As the net has it; of what a project brings, the project and what it replaces."""
    if project is None:
        return outage.told_by.name
    return project if outage.told_by.name == branch_name(outage.element) else f"{project}: {outage.told_by.name}"


def _outages(union: UnionGrid) -> list[_Outage]:
    """Of which a branch is in service in some state; others never are."""
    arrays, ever = union.grid.arrays, union.ever_in_service
    branches = np.split(arrays.outage_branch, arrays.outage_start[1:-1])
    return [
        _Outage((str(outage[0]), int(outage[1])), float(arrays.nominal_kv[out].max()), told_by)
        for outage, out, told_by in zip(union.grid.outage_ids, branches, arrays.outage_elements, strict=True)
        if ever[out].any()
    ]


def _names_two(rule: SecurityRule, meant: Sequence[_Outage], every: Sequence[_Outage], replaced: Pairs) -> bool:
    """Of which one is meant, at the lower voltage of both."""
    return any(rule.names(min(one.kv, other.kv)) for one in meant for other in every if _are_two(one, other, replaced))


def _are_two(one: _Outage, other: _Outage, replaced: Pairs) -> bool:
    """What takes the place of an element is not there with it."""
    return one is not other and frozenset((one.element, other.element)) not in replaced
