"""Changes that projects make: columns that an action needs, and contracts that cannot be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from gridprio.errors import Problem
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.known import Known
from gridprio.inputs.schema import ProjectChange
from gridprio.inputs.study import Study
from gridprio.inputs.table_rules import CHANGE_COLUMNS
from gridprio.text import sentence

Complaint = tuple[str, str, str, str, str]
"""column, what, found, expected, mend"""
MEMBERS_MIN = 2
UNUSED_COLUMNS: Mapping[ChangeAction, Mapping[str, str]] = MappingProxyType(
    {
        ChangeAction.GROUP_CONTRACT: {
            "hours_percent": "remedy.add_flexible_contract",
            "hours_of_day": "remedy.add_flexible_contract",
            "development_id": "remedy.move_to_members",
            "station_id": "remedy.leave_blank",
        },
        ChangeAction.FLEXIBLE_CONTRACT: {"members": "remedy.flexible_contract_each"},
    }
)
"""Columns that a reader may take for a part of the contract, and how to say what they mean."""


def change_problems(study: Study, known: Known) -> Iterator[Problem]:
    """Every problem of project changes, row by row."""
    station_of = {row.development_id: row.station_id for row in study.developments}
    contracts = [row for row in study.project_changes if row.action in UNUSED_COLUMNS]
    checks: tuple[Callable[[ProjectChange], Iterator[Complaint]], ...] = (
        _needed,
        _unused,
        _hours,
        lambda change: _group(change, station_of),
        lambda change: _storage(change, contracts),
        _element,
    )
    for at, change in enumerate(study.project_changes):
        for check in checks:
            for column, what, found, expected, mend in check(change):
                yield study.problem("project_changes", at, column, what, found=found, expected=expected, mend=mend)
    yield from _in_two_groups(study)
    yield from _twice(study)


def _needed(change: ProjectChange) -> Iterator[Complaint]:
    for column in CHANGE_COLUMNS[change.action]:
        if getattr(change, column) in (None, "", ()):
            what = sentence("problem.change_needs_column", action=change.action.value)
            yield column, what, sentence("found.nothing"), sentence("expected.value"), sentence("remedy.fill_cell")


def _unused(change: ProjectChange) -> Iterator[Complaint]:
    for column, mend in UNUSED_COLUMNS.get(change.action, {}).items():
        value = getattr(change, column)
        if value not in (None, "", ()):
            what = sentence("problem.change_without_column", action=change.action.value)
            found = " ".join(map(str, value)) if isinstance(value, tuple) else f"{value}"
            yield column, what, found, sentence("expected.blank"), sentence(mend)


def _hours(change: ProjectChange) -> Iterator[Complaint]:
    if change.action is ChangeAction.FLEXIBLE_CONTRACT and (change.hours_percent is None) == (not change.hours_of_day):
        yield (
            "hours_percent",
            sentence("problem.one_kind_of_hours"),
            sentence("found.both" if change.hours_of_day else "found.nothing"),
            sentence("expected.one_kind_of_hours"),
            sentence("remedy.one_kind_of_hours"),
        )


def _group(change: ProjectChange, station_of: dict[str, str]) -> Iterator[Complaint]:
    """A right of at least nothing, for at least two requests, each once, at one station."""
    if change.action is not ChangeAction.GROUP_CONTRACT:
        return
    if change.p_mw is not None and change.p_mw < 0:
        expected, mend = sentence("expected.at_least", limit=0), sentence("remedy.right_without_sign")
        yield "p_mw", sentence("problem.negative_right"), f"{change.p_mw:g}", expected, mend
    different = list(dict.fromkeys(change.members))
    if change.members and len(different) < MEMBERS_MIN:
        expected, mend = sentence("expected.members"), sentence("remedy.add_members")
        yield "members", sentence("problem.group_of_one"), repr(different[0]), expected, mend
    for member, count in Counter(change.members).items():
        if count > 1:
            what, expected = sentence("problem.member_twice"), sentence("expected.once")
            yield "members", what, repr(member), expected, sentence("remedy.keep_one")
    stations = [(member, station_of[member]) for member in different if member in station_of]
    for member, station in stations:
        if station != stations[0][1]:
            what = sentence("problem.member_elsewhere", station=repr(stations[0][1]), member=repr(stations[0][0]))
            found = sentence("found.member_at", member=repr(member), station=repr(station))
            yield "members", what, found, sentence("expected.one_station"), sentence("remedy.group_per_station")


def _storage(change: ProjectChange, contracts: Sequence[ProjectChange]) -> Iterator[Complaint]:
    """With power, at a station or in a group that has a contract, and whose members have no other."""
    if change.action is not ChangeAction.STORAGE:
        return
    if bool(change.station_id) == bool(change.members):
        what, found = sentence("problem.storage_somewhere"), "found.both" if change.members else "found.nothing"
        yield "station_id", what, sentence(found), sentence("expected.one_place"), sentence("remedy.one_place")
    elif change.members:
        groups = [set(row.members) for row in contracts if row.action is ChangeAction.GROUP_CONTRACT]
        held = Counter(name for row in contracts for name in {row.development_id, *row.members})
        more = [name for name in change.members if held[name] > 1]
        if set(change.members) not in groups:
            what, found = sentence("problem.storage_of_no_group"), " ".join(change.members)
            yield "members", what, found, sentence("expected.members_of_group"), sentence("remedy.members_of_group")
        elif more:
            what, found = sentence("problem.storage_beside_contract"), " ".join(map(repr, more))
            yield "members", what, found, sentence("expected.one_contract"), sentence("remedy.storage_at_station")
    if change.p_mw is not None and change.p_mw <= 0:
        expected, mend = sentence("expected.more_than", limit=0), sentence("remedy.power_without_sign")
        yield "p_mw", sentence("problem.storage_without_power"), f"{change.p_mw:g}", expected, mend


def _in_two_groups(study: Study) -> Iterator[Problem]:
    """Of two contracts that one project brings, one would say nothing of a request that has both."""
    first_at: dict[tuple[str, str], int] = {}
    for at, change in enumerate(study.project_changes):
        if change.action is not ChangeAction.GROUP_CONTRACT:
            continue
        first = {name: first_at.setdefault((change.project_id, name), at) for name in change.members}
        again = {name: row for name, row in first.items() if row != at}
        if again:
            row = study.problem("project_changes", min(again.values()), None, "").row
            yield study.problem(
                "project_changes",
                at,
                "members",
                sentence("problem.member_of_two_groups", project=repr(change.project_id)),
                found=" ".join(map(repr, again)),
                expected=sentence("expected.one_group"),
                mend=sentence("remedy.same_in_row", row=row) if row else sentence("remedy.leave_out"),
            )


def _element(change: ProjectChange) -> Iterator[Complaint]:
    if change.element and not _is_element(change.element):
        what, found = sentence("problem.no_element"), repr(change.element)
        yield "element", what, found, sentence("expected.element"), sentence("remedy.write_element")


def _is_element(text: str) -> bool:
    table, colon, index = text.partition(":")
    return bool(table and colon and index.isdecimal())


def _twice(study: Study) -> Iterator[Problem]:
    for change, count in Counter(study.project_changes).items():
        if count > 1:
            yield study.problem(
                "project_changes",
                study.project_changes.index(change),
                None,
                sentence("problem.change_twice", project=repr(change.project_id), n=count),
                found=change.action.value,
                expected=sentence("expected.once"),
                mend=sentence("remedy.add_up" if change.action is ChangeAction.STORAGE else "remedy.keep_one"),
            )
