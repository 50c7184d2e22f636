"""Where the elements of each group of table `group_limits` meet, and what is wrong with the table and its changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from gridprio.errors import Problem
from gridprio.grid.changes import parse_element
from gridprio.grid.group_limits import Element, PlacedGroup
from gridprio.grid.net.rules import END_COLUMNS
from gridprio.inputs.enumerations import ChangeAction, Directions
from gridprio.inputs.ratings import GroupLimit
from gridprio.inputs.study import Study
from gridprio.text import sentence

TABLE, CHANGES = "group_limits", "project_changes"
OTHER_LEVEL = 1.1
"""Nominal voltages of two sides tell which is the higher one where they differ by this factor or more."""


def place_groups(net: Any, study: Study) -> tuple[list[PlacedGroup], list[Problem]]:
    """The groups of a study, outer ones first, and every problem of them and of the changes that name them.

    `net` is the one without projects. Where there are problems, the groups are not complete.
    """
    if not study.group_limits:
        return [], []
    places = places_of_buses(net, study)
    problems: list[Problem] = []
    at_bus: list[tuple[GroupLimit, frozenset[Element], int, int]] = []
    for at, row in enumerate(study.group_limits):
        wrong = list(_own_problems(net, study, at))
        elements = frozenset(element for element in map(parse_element, row.elements) if element is not None)
        bus = None if wrong else _meeting(net, study, at, elements, places, wrong)
        way = None if bus is None else _way(net, study, at, elements, bus, places, wrong)
        problems += wrong
        if bus is not None and way is not None:
            at_bus.append((row, elements, bus, way))
    # A group lies inside a larger one: those with most elements are first, of equal ones those that stand first.
    at_bus.sort(key=lambda group: -len(group[1]))
    holder: dict[tuple[Element, int], str] = {}
    placed = []
    for row, elements, bus, way in at_bus:
        around = {holder.get((element, bus), "") for element in elements}
        if len(around) > 1:
            problems.append(_overlap(study, row, sorted(around - {""})))
            continue
        holder.update({(element, bus): row.group_limit_id for element in elements})
        emergency = row.emergency_limit_mva
        placed.append(
            PlacedGroup(
                group_limit_id=row.group_limit_id,
                name=row.name,
                bus=bus,
                elements=elements,
                inside=around.pop(),
                way=way,
                emergency_percent=float("nan") if emergency is None else 100.0 * emergency / row.limit_mva,
                limits_mva={"": row.limit_mva, **_raised(study, row)},
            )
        )
    return placed, [*problems, *_beside(study, places, {group.group_limit_id: group.bus for group in placed})]


def places_of_buses(net: Any, study: Study) -> dict[int, int]:
    """Bus in service -> the lowest of those that it is one with, by closed bus-bus switches without impedance that no
    project opens and no action after an outage opens or closes."""
    import networkx

    changes = study.project_changes
    opened = {parse_element(c.element) for c in changes if c.action is ChangeAction.SWITCH_ELEMENT and not c.closed}
    # What an action closes becomes a branch, too.
    after_outage = [text for row in study.outage_actions for text in (*row.opens, *row.closes)]
    after_outage += [text for change in changes for text in (*change.opens, *change.closes)]
    opened |= set(map(parse_element, after_outage))
    graph: Any = networkx.Graph()
    graph.add_nodes_from(int(bus) for bus in net.bus.index[net.bus["in_service"]])
    table = net.switch
    joins = table[(table["et"] == "b") & table["closed"] & ~(table["z_ohm"] > 0)]
    for index, bus, other in zip(joins.index, joins["bus"], joins["element"], strict=True):
        if ("switch", index) not in opened and bus in graph and other in graph:
            graph.add_edge(int(bus), int(other))
    return {bus: min(part) for part in networkx.connected_components(graph) for bus in part}


def _own_problems(net: Any, study: Study, at: int) -> Iterator[Problem]:
    row = study.group_limits[at]
    seen = set[Element]()
    for text in row.elements:
        element = parse_element(text)
        if element in seen:
            yield study.problem(
                TABLE,
                at,
                "elements",
                sentence("problem.element_stands_twice"),
                found=repr(text),
                expected=sentence("expected.each_element_once"),
                mend=sentence("remedy.keep_one"),
            )
        seen |= {element} if element else set()
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


def _meeting(
    net: Any, study: Study, at: int, elements: Collection[Element], places: Mapping[int, int], problems: list[Problem]
) -> int | None:
    """The bus where all elements end; a problem where there is none or more than one and the row names none."""
    ends = {element: _ends(net, element) for element in sorted(elements)}
    met = [{places[bus] for bus in buses if bus in places} for buses in ends.values()]
    common = set.intersection(*met)
    named = study.group_limits[at].bus
    if named is not None and places.get(named) in common:
        return places[named]
    if named is None and len(common) == 1:
        return common.pop()
    found = ", ".join(f"{table}:{index}: {' '.join(map(str, buses))}" for (table, index), buses in ends.items())
    if common:
        what, mend = "problem.group_meets_twice", "remedy.name_bus_of_group"
    else:
        what, mend = "problem.group_does_not_meet", "remedy.split_group"
    expected = sentence("expected.bus_of_all_elements", buses=" / ".join(map(str, sorted(common))) or "-")
    column = "bus" if common else "elements"
    words = {"found": found, "expected": expected, "mend": sentence(mend)}
    problems.append(study.problem(TABLE, at, column, sentence(what), **words))
    return None


def _way(
    net: Any,
    study: Study,
    at: int,
    elements: Collection[Element],
    bus: int,
    places: Mapping[int, int],
    problems: list[Problem],
) -> int | None:
    """Of the active power that the limit is about: 1 from the bus into the elements, -1 out of them, 0 for both.

    Demand flows from the feeding side. That is the side of the higher voltage of transformers; where the elements do
    not tell it, the side from which the net as given reaches an external grid without them. A problem where neither
    tells it, and where both do and differ.
    """
    direction = study.group_limits[at].direction
    if direction is Directions.BOTH:
        return 0
    fed = _fed_without(net, elements)
    beyond = {end for element in elements for end in _ends(net, element) if places.get(end) != bus}
    here, there = bus in fed, not beyond.isdisjoint(fed)
    by_supply = None if here == there else here
    by_voltage = {_is_high(net, element, bus, places) for element in elements}
    feeds = by_voltage.pop() if len(by_voltage) == 1 else None
    if feeds is None:
        feeds = by_supply
    if feeds is None:
        what, expected = "problem.feeding_side_unknown", "expected.feeding_side_unknown"
        mend = "remedy.feeding_side_unknown"
    elif by_supply in (None, feeds):
        return 1 if feeds == (direction is Directions.DEMAND) else -1
    else:
        what, expected = "problem.feeding_side_differs", "expected.feeding_side_differs"
        mend = "remedy.feeding_side_differs"
    words = {"found": direction.value, "expected": sentence(expected), "mend": sentence(mend)}
    problems.append(study.problem(TABLE, at, "direction", sentence(what), **words))
    return None


def _is_high(net: Any, element: Element, bus: int, places: Mapping[int, int]) -> bool | None:
    """Whether the end at the bus is the one of higher voltage of a transformer; None where that cannot be told."""
    kv = net.bus["vn_kv"]
    ends = _ends(net, element)
    own = [kv.at[end] for end in ends if places.get(end) == bus]
    others = [kv.at[end] for end in ends if places.get(end) != bus]
    if element[0] not in ("trafo", "trafo3w") or not own or not others:
        return None
    low, high = sorted((max(own), max(others)))
    return None if high < OTHER_LEVEL * low else bool(max(own) > max(others))


def _fed_without(net: Any, elements: Collection[Element]) -> set[int]:
    """Buses that an external grid reaches without these elements."""
    import networkx
    from pandapower.topology import create_nxgraph

    graph: Any = create_nxgraph(net, calc_branch_impedances=False)
    graph.remove_edges_from([edge for edge in graph.edges(keys=True) if edge[2][:2] in elements])
    slack = [*net.ext_grid.loc[net.ext_grid["in_service"], "bus"]]
    slack += [*net.gen.loc[net.gen["in_service"] & net.gen["slack"], "bus"]] if "slack" in net.gen else []
    return {bus for start in slack if start in graph for bus in networkx.node_connected_component(graph, start)}


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


def _raised(study: Study, group: GroupLimit) -> dict[str, float]:
    """By project the highest limit that it gives; nothing for what is no more than the group has."""
    found: dict[str, float] = {}
    for change in study.project_changes:
        if change.action is ChangeAction.RAISE_GROUP_LIMIT and change.group_limit_id == group.group_limit_id:
            before = found.get(change.project_id, group.limit_mva)
            if change.limit_mva is not None and change.limit_mva > before:
                found[change.project_id] = change.limit_mva
    return found


def _beside(study: Study, places: Mapping[int, int], bus_of: Mapping[str, int]) -> Iterator[Problem]:
    """Lines and transformers that are added to a group and do not end at its bus."""
    for at, change in enumerate(study.project_changes):
        if change.group_limit_id not in bus_of or change.action is ChangeAction.RAISE_GROUP_LIMIT:
            continue
        bus = bus_of[change.group_limit_id]
        if not any(end is not None and places.get(end) == bus for end in (change.from_bus, change.to_bus)):
            yield study.problem(
                CHANGES,
                at,
                "group_limit_id",
                sentence("problem.added_beside_group"),
                found=f"{change.from_bus}, {change.to_bus}",
                expected=sentence("expected.bus_of_all_elements", buses=str(bus)),
                mend=sentence("remedy.end_at_group"),
            )
