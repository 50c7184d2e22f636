"""Actions after an outage against the net: every problem at once, of table outage_actions and of project changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gridprio.errors import Problem
from gridprio.grid.changes import FILE as CHANGES
from gridprio.grid.changes import SAME_KV, Complaint, parse_element
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.outage_actions import OutageAction
from gridprio.inputs.schema import Project, ProjectChange
from gridprio.inputs.study import Study
from gridprio.model.grid import BranchId
from gridprio.text import sentence

TABLE = "outage_actions"
OUTAGES = ("line", "trafo", "trafo3w")
SWITCHED = ("switch", "line", "trafo", "trafo3w", "impedance")
SWITCHED_TABLE = {"l": "line", "t": "trafo", "t3": "trafo3w"}
"""Kind of switch of pandapower -> table of what it stands at."""
TAPPED = ("trafo", "trafo3w")
_OUTAGE = re.compile(r"(\w+):(\d+)(?::([1-9]\d*))?")
_TAP = re.compile(r"(\w+):(\d+)=([+-]?\d+)")


def outage_of(text: str) -> BranchId | None:
    """`line:12`, or `line:12:1` for one system; None where it is not written so."""
    found = _OUTAGE.fullmatch(text)
    if found is None:
        return None
    table, index, system = found.groups()
    return (table, int(index), system) if system else (table, int(index))


def tap_of(text: str) -> tuple[str, int, int] | None:
    """`trafo:3=-4`; None where it is not written so."""
    found = _TAP.fullmatch(text)
    return (found[1], int(found[2]), int(found[3])) if found else None


def outage_action_problems(net: Any, study: Study) -> Iterator[Problem]:
    """Of the table, and of actions that switch the same element after the same outage in two ways."""
    for at, row in enumerate(study.outage_actions):
        for column, what, found, expected, mend in _complaints(net, row):
            yield study.problem(TABLE, at, column, what, found=found, expected=expected, mend=mend)
    yield from _between(study)


def outage_change_problems(
    net: Any, changes: Sequence[ProjectChange], rows: Sequence[int] | None = None
) -> Iterator[Problem]:
    """Of the changes of projects; `rows`: the row of each in its file."""
    for at, change in enumerate(changes):
        if change.action is ChangeAction.AFTER_OUTAGE:
            for complaint in _complaints(net, change):
                yield Problem(CHANGES, rows[at] if rows is not None else at + 2, *complaint)


def outage_rule_problems(net: Any, study: Study) -> Iterator[Problem]:
    """Elements that rules of security name and that are not there, or go out in no outage."""
    for at, rule in enumerate(study.security_rules):
        for text in rule.elements:
            element = parse_element(text)
            if not _is_outage(net, element):
                what, found, expected, mend = _not_in_grid(text, element, OUTAGES)
                yield study.problem("security_rules", at, "elements", what, found=found, expected=expected, mend=mend)


def _complaints(net: Any, row: OutageAction | ProjectChange) -> Iterator[Complaint]:
    outage = outage_of(row.outage)
    if row.outage and not _is_outage(net, outage):
        yield "outage", *_not_in_grid(row.outage, outage, OUTAGES)
    if not (row.closes or row.opens or row.taps):
        expected, mend = sentence("expected.closes_opens_or_taps"), sentence("remedy.say_what_is_switched")
        yield "closes", sentence("problem.action_switches_nothing"), sentence("found.nothing"), expected, mend
    seen = set[tuple[str, int]]()
    for column in ("closes", "opens"):
        for text in getattr(row, column):
            element = parse_element(text)
            if element is None or element[0] not in SWITCHED or element[1] not in net[element[0]].index:
                yield column, *_not_in_grid(text, element, SWITCHED)
                continue
            if element in seen:
                expected, mend = sentence("expected.each_element_once"), sentence("remedy.keep_one")
                yield column, sentence("problem.element_stands_twice"), repr(text), expected, mend
            seen.add(element)
            if outage is not None and stands_at(net, element) == outage[:2]:
                expected, mend = sentence("expected.other_than_outage"), sentence("remedy.name_other_element")
                yield column, sentence("problem.switches_what_is_out"), repr(text), expected, mend
            if column == "closes" and element[0] == "switch":
                yield from _across(net, text, element[1])
    for text in row.taps:
        yield from _tap(net, text, outage)
        tap = tap_of(text)
        if tap is not None:
            if tap[:2] in seen:
                expected, mend = sentence("expected.each_element_once"), sentence("remedy.keep_one")
                yield "taps", sentence("problem.element_stands_twice"), repr(text), expected, mend
            seen.add(tap[:2])


def _not_in_grid(text: str, element: BranchId | None, tables: Sequence[str]) -> tuple[str, str, str, str]:
    """What, found, expected, mend."""
    expected = " / ".join(f"{table}:index" for table in tables)
    mend = sentence("remedy.index_of_table", table=element[0] if element and element[0] in tables else "line")
    return sentence("problem.not_in_grid"), repr(text), expected, mend


def _is_outage(net: Any, outage: BranchId | None) -> bool:
    if outage is None or outage[0] not in OUTAGES or outage[1] not in net[outage[0]].index:
        return False
    systems = int(net[outage[0]]["parallel"].get(outage[1], 1)) if "parallel" in net[outage[0]] else 1
    return len(outage) == 2 or 1 < systems >= int(outage[2])


def stands_at(net: Any, element: tuple[str, int]) -> tuple[str, int]:
    """The element that a switch stands at, where it stands at one; another element is itself."""
    if element[0] != "switch" or net.switch.at[element[1], "et"] not in SWITCHED_TABLE:
        return element
    return SWITCHED_TABLE[net.switch.at[element[1], "et"]], int(net.switch.at[element[1], "element"])


def _across(net: Any, text: str, switch: int) -> Iterator[Complaint]:
    if net.switch.at[switch, "et"] != "b":
        return
    kv = [float(net.bus.at[int(net.switch.at[switch, end]), "vn_kv"]) for end in ("bus", "element")]
    if abs(kv[0] / kv[1] - 1) > SAME_KV:
        found = f"{text}: {kv[0]:g} / {kv[1]:g} kV"
        yield (
            "closes",
            sentence("problem.closed_across_voltages"),
            found,
            sentence("expected.one_voltage"),
            sentence("remedy.name_other_element"),
        )


def _tap(net: Any, text: str, outage: BranchId | None) -> Iterator[Complaint]:
    tap = tap_of(text)
    if tap is None or tap[0] not in TAPPED or tap[1] not in net[tap[0]].index:
        expected = " / ".join(f"{table}:index=position" for table in TAPPED)
        mend = sentence("remedy.tap_of_transformer_in_net")
        yield "taps", sentence("problem.not_in_grid"), repr(text), expected, mend
        return
    if outage is not None and outage[:2] == tap[:2]:
        expected, mend = sentence("expected.other_than_outage"), sentence("remedy.name_other_element")
        yield "taps", sentence("problem.switches_what_is_out"), repr(text), expected, mend
    low, high = (net[tap[0]].at[tap[1], column] for column in ("tap_min", "tap_max"))
    if not low <= tap[2] <= high:
        mend = sentence("remedy.tap_of_transformer")
        yield "taps", sentence("problem.no_such_tap"), repr(text), tap_range(low, high), mend


def tap_range(low: float, high: float) -> str:
    """What is expected of a position; NaN where there is no tap changer."""
    if low == low and high == high:
        return sentence("expected.tap_between", low=f"{low:g}", high=f"{high:g}")
    return sentence("expected.tap_changer")


@dataclass(frozen=True)
class _Row:
    """An action of either table, with its place."""

    table: str
    at: int
    project: str
    outage: BranchId
    turned: dict[tuple[str, int], tuple[str, str]]
    """element -> what is done with it, and the column that says so"""


def _between(study: Study) -> Iterator[Problem]:
    """An element has one position after an outage: two actions that can be carried out both may not differ."""
    rows = [_row(TABLE, at, "", row) for at, row in enumerate(study.outage_actions)]
    of_projects = [(at, c) for at, c in enumerate(study.project_changes) if c.action is ChangeAction.AFTER_OUTAGE]
    rows += [_row("project_changes", at, change.project_id, change) for at, change in of_projects]
    known = [row for row in rows if row is not None]
    excluded = _excluded(study.projects)
    for at, row in enumerate(known):
        for earlier in known[:at]:
            same = row.outage[:2] == earlier.outage[:2] and (row.outage[2:] or earlier.outage[2:]) == (
                earlier.outage[2:] or row.outage[2:]
            )
            if not same or frozenset((row.project, earlier.project)) in excluded:
                continue
            for element in sorted(row.turned.keys() & earlier.turned.keys()):
                if row.turned[element] == earlier.turned[element]:
                    continue
                what, column = row.turned[element]
                of_earlier, there = earlier.turned[element]
                place = study.problem(earlier.table, earlier.at, there, "")
                yield study.problem(
                    row.table,
                    row.at,
                    column,
                    sentence("problem.turned_twice_after_outage"),
                    found=sentence(
                        "found.turned_twice",
                        element=f"{element[0]}:{element[1]}",
                        what=what,
                        file=place.file,
                        row=place.row,
                        column=there,
                        earlier=of_earlier,
                    ),
                    expected=sentence("expected.one_position"),
                    mend=sentence("remedy.one_action_for_element"),
                )


def _excluded(projects: Sequence[Project]) -> set[frozenset[str]]:
    return {frozenset((p.project_id, other)) for p in projects for other in p.excludes}


def _row(table: str, at: int, project: str, row: OutageAction | ProjectChange) -> _Row | None:
    outage = outage_of(row.outage)
    if outage is None:
        return None
    turned: dict[tuple[str, int], tuple[str, str]] = {}
    for column, what in (("closes", sentence("found.closed")), ("opens", sentence("found.opened"))):
        turned |= dict.fromkeys(filter(None, map(parse_element, getattr(row, column))), (what, column))
    for of, index, position in filter(None, map(tap_of, row.taps)):
        turned[of, index] = sentence("found.tap", position=f"{position}"), "taps"
    return _Row(table, at, project, outage, turned)
