"""The table of project changes against the net: every problem at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gridprio.errors import Problem
from gridprio.grid.net.rules import END_COLUMNS
from gridprio.grid.net.words import did_you_mean
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.schema import Project, ProjectChange, Station
from gridprio.inputs.table_rules import CHANGE_COLUMNS
from gridprio.text import sentence

FILE = "project_changes"
SAME_KV = 0.01
"""Relative difference up to which the ends of a line count as one voltage."""
TYPE_KV = 0.15
"""Relative difference up to which the voltage of a type fits a bus."""

TABLES_OF_ACTION = {
    ChangeAction.REPLACE_LINE: ("line",),
    ChangeAction.REPLACE_TRAFO: ("trafo",),
    ChangeAction.SWITCH_ELEMENT: ("switch",),
    ChangeAction.OUT_FOR_WORKS: ("line", "trafo", "trafo3w", "impedance"),
}


@dataclass(frozen=True, eq=False)
class Context:
    """What the changes are checked against."""

    net: Any
    """the base net, with all types that may be used in its std_types"""
    stations: Collection[str]
    bus_kv: Mapping[int, float]
    """of the net and of all buses that projects add"""
    rows: Sequence[int]
    """[change], row as a person sees it"""


def change_problems(
    net: Any,
    stations: Sequence[Station],
    changes: Sequence[ProjectChange],
    projects: Sequence[Project],
    rows: Sequence[int] | None = None,
) -> list[Problem]:
    """Problems in the order of the table; `net.std_types` holds all types that may be used."""
    bus_kv = {int(i): float(kv) for i, kv in net.bus["vn_kv"].items()}
    for change in changes:
        if change.action is ChangeAction.ADD_BUS and change.bus is not None and change.vn_kv is not None:
            bus_kv.setdefault(change.bus, change.vn_kv)
    numbers = rows if rows is not None else range(2, len(changes) + 2)
    context = Context(net, {s.station_id for s in stations}, bus_kv, numbers)
    found: list[Problem] = []
    for at, change in enumerate(changes):
        missing = [c for c in CHANGE_COLUMNS[change.action] if getattr(change, c) in (None, "")]
        for column in missing:
            what = sentence("problem.change_needs_column", action=change.action.value)
            found.append(
                Problem(FILE, context.rows[at], column, what, sentence("found.nothing"), sentence("expected.value"))
            )
        found += [
            Problem(FILE, context.rows[at], column, *rest)
            for column, *rest in _of_one(context, change)
            if column not in missing
        ]
    return [*found, *_between(context, changes, projects)]


Complaint = tuple[str, str, str, str, str]
"""column, what, found, expected, mend"""


def _of_one(context: Context, change: ProjectChange) -> Iterator[Complaint]:
    yield from _stations(context, change)
    yield from _element(context, change)
    yield from _buses(context, change)
    yield from _std_type(context, change)


def _stations(context: Context, change: ProjectChange) -> Iterator[Complaint]:
    for column in ("station_id", "to_station_id"):
        station = getattr(change, column)
        if station and station not in context.stations:
            yield column, sentence("problem.no_station"), repr(station), sentence("expected.station_of_stations"), ""
    if change.action is ChangeAction.TRANSFER_LOAD and change.station_id == change.to_station_id:
        yield (
            "to_station_id",
            sentence("problem.transferred_to_itself"),
            repr(change.to_station_id),
            sentence("expected.other_station"),
            "",
        )


def _element(context: Context, change: ProjectChange) -> Iterator[Complaint]:
    tables = TABLES_OF_ACTION.get(change.action)
    if tables is None or not change.element:
        return
    expected = " or ".join(f"{table}:index" for table in tables)
    element = parse_element(change.element)
    if element is None or element[0] not in tables:
        yield "element", sentence("problem.not_for_action"), repr(change.element), expected, ""
    elif element[1] not in context.net[element[0]].index:
        mend = sentence("remedy.index_of_table", table=element[0])
        yield "element", sentence("problem.not_in_grid"), repr(change.element), expected, mend


def _buses(context: Context, change: ProjectChange) -> Iterator[Complaint]:
    if change.action is ChangeAction.ADD_BUS and change.bus is not None:
        if change.bus in context.net.bus.index:
            yield "bus", sentence("problem.bus_exists"), str(change.bus), sentence("expected.new_index"), ""
        elif change.vn_kv is not None and change.vn_kv != context.bus_kv[change.bus]:
            expected = sentence("expected.kv_as_earlier", kv=context.bus_kv[change.bus])
            yield "vn_kv", sentence("problem.bus_of_two_voltages"), f"{change.vn_kv:g} kV", expected, ""
    if change.action not in (ChangeAction.ADD_LINE, ChangeAction.ADD_TRAFO):
        return
    ends = [change.from_bus, change.to_bus]
    for column, bus in zip(("from_bus", "to_bus"), ends, strict=True):
        if bus is not None and bus not in context.bus_kv:
            yield column, sentence("problem.no_bus_to_connect"), str(bus), sentence("expected.bus_or_added"), ""
    if None in ends or any(bus not in context.bus_kv for bus in ends):
        return
    if ends[0] == ends[1]:
        yield "to_bus", sentence("problem.ends_at_one_bus"), str(ends[1]), sentence("expected.other_bus"), ""
    kv = [context.bus_kv[bus] for bus in ends if bus is not None]
    found = f"{kv[0]:g} and {kv[1]:g} kV"
    if change.action is ChangeAction.ADD_LINE and abs(kv[0] / kv[1] - 1) > SAME_KV:
        yield (
            "to_bus",
            sentence("problem.line_between_voltages"),
            found,
            sentence("expected.one_voltage"),
            sentence("remedy.use_add_trafo"),
        )
    if change.action is ChangeAction.ADD_TRAFO and kv[0] < kv[1]:
        yield (
            "from_bus",
            sentence("problem.low_side_first"),
            found,
            sentence("expected.high_side_first"),
            sentence("remedy.swap_ends"),
        )


def _std_type(context: Context, change: ProjectChange) -> Iterator[Complaint]:
    table = type_table(change.action)
    if table is None or not change.std_type:
        return
    types = context.net.std_types[table]
    if change.std_type not in types:
        near = did_you_mean(change.std_type, types, 0.6) or sentence("remedy.add_std_type")
        yield "std_type", sentence("problem.no_such_type", table=table), repr(change.std_type), "", near
        return
    record = types[change.std_type]
    buses = _terminals(context, change)
    columns = ("vn_kv", "vn_kv") if table == "line" else ("vn_hv_kv", "vn_lv_kv")
    for bus, column in zip(buses, columns, strict=False):
        kv = context.bus_kv.get(bus)
        if kv is not None and column in record and abs(record[column] / kv - 1) > TYPE_KV:
            of_type, at_bus = f"{record[column]:g}", f"{kv:g}"
            found = sentence("found.type_at_bus", type=repr(change.std_type), kv=of_type, bus=str(bus), bus_kv=at_bus)
            yield "std_type", sentence("problem.type_of_other_voltage"), found, sentence("expected.type_of_voltage"), ""
            return


def _terminals(context: Context, change: ProjectChange) -> list[int]:
    element = parse_element(change.element) if change.element else None
    if element is not None and element[0] in ("line", "trafo") and element[1] in context.net[element[0]].index:
        return [int(bus) for bus in context.net[element[0]].loc[element[1], list(END_COLUMNS[element[0]])]]
    return [bus for bus in (change.from_bus, change.to_bus) if bus is not None]


def _between(context: Context, changes: Sequence[ProjectChange], projects: Sequence[Project]) -> Iterator[Problem]:
    """Two projects that want the same element without excluding each other."""
    excluded = {frozenset((p.project_id, other)) for p in projects for other in p.excludes}
    replacing = (ChangeAction.REPLACE_LINE, ChangeAction.REPLACE_TRAFO)
    for at, change in enumerate(changes):
        for earlier in changes[:at]:
            if earlier.element != change.element or not change.element or earlier.action is not change.action:
                continue
            same = earlier.project_id == change.project_id
            if not same and frozenset((earlier.project_id, change.project_id)) in excluded:
                continue
            other = sentence("problem.by_another_project", project=repr(earlier.project_id))
            by = sentence("problem.by_this_project") if same else other
            mend = sentence("remedy.remove_one_row" if same else "remedy.exclude_the_other")
            if change.action in replacing:
                what = sentence("problem.replaced", element=change.element, by=by)
                yield Problem(
                    FILE,
                    context.rows[at],
                    "element",
                    what,
                    repr(change.project_id),
                    sentence("expected.one_replacement"),
                    mend,
                )
            elif change.action is ChangeAction.SWITCH_ELEMENT and change.closed != earlier.closed:
                what = sentence("problem.switched", element=change.element, by=by)
                yield Problem(
                    FILE, context.rows[at], "closed", what, str(change.closed), sentence("expected.one_position"), mend
                )


def parse_element(text: str) -> tuple[str, int] | None:
    """`line:12` as ("line", 12); None where it is not written so."""
    table, _, index = text.partition(":")
    return (table, int(index)) if table and index.isdecimal() else None


def type_table(action: ChangeAction) -> str | None:
    """Table of the standard types that an action takes its type from."""
    if action in (ChangeAction.ADD_LINE, ChangeAction.REPLACE_LINE):
        return "line"
    return "trafo" if action in (ChangeAction.ADD_TRAFO, ChangeAction.REPLACE_TRAFO) else None
