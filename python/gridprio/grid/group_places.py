"""Where the elements of each group of table `group_limits` meet, and what is wrong with the table and its changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from scipy.cluster.hierarchy import DisjointSet

from gridprio.errors import Problem
from gridprio.grid.changes import parse_element
from gridprio.grid.group_limits import Element, PlacedGroup
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.ratings import GroupLimit
from gridprio.inputs.study import Study
from gridprio.text import sentence

TABLE, CHANGES = "group_limits", "project_changes"
END_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "line": ("from_bus", "to_bus"),
    "trafo": ("hv_bus", "lv_bus"),
    "trafo3w": ("hv_bus", "mv_bus", "lv_bus"),
    "impedance": ("from_bus", "to_bus"),
}
"""Tables whose elements may be in a group."""


def place_groups(net: Any, study: Study) -> tuple[list[PlacedGroup], list[Problem]]:
    """The groups of a study, outer ones first, and every problem of them and of the changes that name them.

    `net` is the one without projects. Where there are problems, the groups are not complete.
    """
    places = _places(net, study)
    problems: list[Problem] = []
    at_bus: list[tuple[GroupLimit, frozenset[Element], int]] = []
    for at, row in enumerate(study.group_limits):
        wrong = list(_own_problems(net, study, at))
        elements = frozenset(element for element in map(parse_element, row.elements) if element is not None)
        bus = None if wrong else _meeting(net, study, at, elements, places, wrong)
        problems += wrong
        if bus is not None:
            at_bus.append((row, elements, bus))
    # A group lies inside a larger one: those with most elements are first, of equal ones those that stand first.
    at_bus.sort(key=lambda group: -len(group[1]))
    holder: dict[tuple[Element, int], str] = {}
    placed = []
    for row, elements, bus in at_bus:
        around = {holder.get((element, bus), "") for element in elements}
        if len(around) > 1:
            problems.append(_overlap(study, row, sorted(around - {""})))
            continue
        holder.update({(element, bus): row.group_limit_id for element in elements})
        emergency = row.emergency_limit_mva
        placed.append(
            PlacedGroup(
                group_limit_id=row.group_limit_id,
                name=row.name or row.group_limit_id,
                bus=bus,
                elements=elements,
                inside=around.pop(),
                emergency_percent=float("nan") if emergency is None else 100.0 * emergency / row.limit_mva,
                limits_mva={"": row.limit_mva, **_raised(study, row.group_limit_id)},
            )
        )
    return placed, [*problems, *_change_problems(study, places, {group.group_limit_id: group for group in placed})]


def _places(net: Any, study: Study) -> DisjointSet:
    """Buses in service, joined by what no project opens: closed bus-bus switches without impedance."""
    turned = {c.element for c in study.project_changes if c.action is ChangeAction.SWITCH_ELEMENT and not c.closed}
    places = DisjointSet(int(bus) for bus in net.bus.index[net.bus["in_service"]])
    table = net.switch
    joins = table[(table["et"] == "b") & table["closed"] & ~(table["z_ohm"] > 0)]
    for index, bus, other in zip(joins.index, joins["bus"], joins["element"], strict=True):
        if f"switch:{index}" not in turned and bus in places and other in places:
            places.merge(int(bus), int(other))
    return places


def _own_problems(net: Any, study: Study, at: int) -> Iterator[Problem]:
    row = study.group_limits[at]
    for text in row.elements:
        element = parse_element(text)
        if element is None or element[0] not in END_COLUMNS or element[1] not in net[element[0]].index:
            table = element[0] if element and element[0] in END_COLUMNS else "line"
            yield study.problem(
                TABLE,
                at,
                "elements",
                sentence("problem.not_in_grid"),
                found=repr(text),
                expected=" / ".join(f"{table}:index" for table in END_COLUMNS),
                mend=sentence("remedy.index_of_table", table=table),
            )
    if row.bus is not None and row.bus not in net.bus.index:
        yield study.problem(
            TABLE,
            at,
            "bus",
            sentence("problem.no_bus"),
            found=str(row.bus),
            expected=sentence("expected.bus"),
            mend=sentence("remedy.mend_bus"),
        )
    if row.emergency_limit_mva is not None and row.emergency_limit_mva < row.limit_mva:
        yield study.problem(
            TABLE,
            at,
            "emergency_limit_mva",
            sentence("problem.emergency_below_limit"),
            found=f"{row.emergency_limit_mva:g}",
            expected=sentence("expected.at_least_mva", mva=row.limit_mva),
            mend=sentence("remedy.emergency_limit"),
        )


def _meeting(
    net: Any, study: Study, at: int, elements: Collection[Element], places: DisjointSet, problems: list[Problem]
) -> int | None:
    """The bus where all elements end; a problem where there is none or more than one and the row names none."""
    ends = {element: _ends(net, element) for element in sorted(elements)}
    met = [{places[bus] for bus in buses if bus in places} for buses in ends.values()]
    common = set.intersection(*met)
    named = study.group_limits[at].bus
    if named is not None and named in places and places[named] in common:
        return int(places[named])
    if named is None and len(common) == 1:
        return int(common.pop())
    found = ", ".join(f"{table}:{index}: {' '.join(map(str, buses))}" for (table, index), buses in ends.items())
    if common:
        what, mend = "problem.group_meets_twice", "remedy.name_bus_of_group"
    else:
        what, mend = "problem.group_does_not_meet", "remedy.split_group"
    expected = sentence("expected.bus_of_all_elements", buses=" / ".join(map(str, sorted(common))) or "-")
    problems.append(
        study.problem(TABLE, at, "bus" if common else "elements", sentence(what), found=found, expected=expected,
                      mend=sentence(mend))
    )  # fmt: skip
    return None


def _ends(net: Any, element: Element) -> list[int]:
    table, index = element
    return [int(net[table].at[index, column]) for column in END_COLUMNS[table]]


def _overlap(study: Study, row: GroupLimit, around: Sequence[str]) -> Problem:
    return study.problem(
        TABLE,
        study.group_limits.index(row),
        "elements",
        sentence("problem.groups_overlap"),
        found=" ".join([row.group_limit_id, *around]),
        expected=sentence("expected.nested_groups"),
        mend=sentence("remedy.nest_groups"),
    )


def _raised(study: Study, group_limit_id: str) -> dict[str, float]:
    """The highest limit by project."""
    found: dict[str, float] = {}
    for change in study.project_changes:
        if change.action is ChangeAction.RAISE_GROUP_LIMIT and change.group_limit_id == group_limit_id:
            assert change.limit_mva is not None
            found[change.project_id] = max(change.limit_mva, found.get(change.project_id, 0.0))
    return found


def _change_problems(study: Study, places: DisjointSet, placed: Mapping[str, PlacedGroup]) -> Iterator[Problem]:
    """Of changes whose group is known and has a place: the others have a problem already."""
    for at, change in enumerate(study.project_changes):
        if change.group_limit_id not in placed:
            continue
        group = placed[change.group_limit_id]
        if change.action is ChangeAction.RAISE_GROUP_LIMIT:
            if change.limit_mva is not None and change.limit_mva <= group.limits_mva[""]:
                yield study.problem(
                    CHANGES,
                    at,
                    "limit_mva",
                    sentence("problem.limit_not_raised"),
                    found=f"{change.limit_mva:g}",
                    expected=sentence("expected.above_mva", mva=group.limits_mva[""]),
                    mend=sentence("remedy.limit_from_then_on"),
                )
        elif change.action not in (ChangeAction.ADD_LINE, ChangeAction.ADD_TRAFO):
            yield study.problem(
                CHANGES,
                at,
                "group_limit_id",
                sentence("problem.action_without_group"),
                found=repr(change.group_limit_id),
                expected="raise_group_limit / add_line / add_trafo",
                mend=sentence("remedy.leave_out"),
            )
        elif not any(bus in places and places[bus] == group.bus for bus in (change.from_bus, change.to_bus)):
            yield study.problem(
                CHANGES,
                at,
                "group_limit_id",
                sentence("problem.added_beside_group"),
                found=f"{change.from_bus}, {change.to_bus}",
                expected=sentence("expected.bus_of_all_elements", buses=str(group.bus)),
                mend=sentence("remedy.end_at_group"),
            )
