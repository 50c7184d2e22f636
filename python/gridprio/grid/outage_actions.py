"""Actions after an outage in the union net: what is switched, and how a mask tells that it can be.

Whatever is switched is a branch, so that a case stays a mask: a switch becomes a branch of negligible impedance, and a
transformer whose tap is set has a twin at that tap, out of service, which takes its place. A marker branch without
admittance is in service while the action can be carried out (docs/theory/cells.md, Actions after an outage).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.grid.candidates import Candidates, ElementId
from gridprio.grid.changes import parse_element
from gridprio.grid.group_limits import PlacedGroup
from gridprio.grid.net.rules import END_COLUMNS
from gridprio.grid.outage_checks import SWITCHED_TABLE, outage_of, stands_at, tap_of, tap_range
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.outage_actions import OutageAction
from gridprio.inputs.schema import ProjectChange
from gridprio.inputs.study import Study
from gridprio.model.grid import MARKER, NEEDED, NODE_SLACK, BranchId, Grid, branch_name
from gridprio.model.limits import MONTHS
from gridprio.text import sentence

SWITCH_PU = 1e-5
"""Impedance of a switch that an action turns and that has none, per unit on 100 MVA: then it is a branch."""


@dataclass(frozen=True)
class _Step:
    """What an action does with one element, and with what has replaced it."""

    closes: bool
    """it is needed for the action, which is not carried out without it"""
    elements: tuple[ElementId, ...]
    twins: tuple[ElementId, ...] = ()
    """[element], which takes its place after the outage"""
    stands_at: tuple[ElementId, ...] = ()
    """what a switch stands at, and what has replaced it"""


@dataclass(frozen=True)
class PlacedAction:
    """An action in the union net."""

    action_id: str
    project: str
    """that makes it possible; empty: it can be done already"""
    outage: BranchId
    outages: frozenset[ElementId]
    """what it comes after: an element or what has replaced it"""
    steps: tuple[_Step, ...]

    def is_after(self, outage: BranchId) -> bool:
        """All systems of a row are meant where none is named."""
        return outage[:2] in self.outages and (len(self.outage) == 2 or outage[2:] == self.outage[2:])


@dataclass(frozen=True, eq=False)
class PlacedActions:
    """All of a study, those of the operator first."""

    actions: Sequence[PlacedAction] = ()
    inner_buses: frozenset[int] = frozenset()
    """between a switch that became a branch and what it stands at"""
    twins: Mapping[ElementId, tuple[ElementId, str]] = field(default_factory=dict)
    """twin -> its element, and how the branch is told from it"""


class _Placer:
    """Puts actions into the net of the candidates."""

    def __init__(self, candidates: Candidates) -> None:
        self.candidates, self.net = candidates, candidates.net
        self.inner_buses = set[int]()
        self.twins: dict[ElementId, tuple[ElementId, str]] = {}
        self._twin_at: dict[tuple[ElementId, int], ElementId] = {}
        self._stands_at: dict[ElementId, tuple[ElementId, ...]] = {}

    def elements(self, element: ElementId) -> tuple[ElementId, ...]:
        """With what replaces it."""
        return (element, *self.candidates.replacements.get(element, ()))

    def placed(self, name: str, project: str, row: OutageAction | ProjectChange) -> PlacedAction:
        outage, steps = outage_of(row.outage), list[_Step]()
        assert outage is not None
        for texts, closes in ((row.closes, True), (row.opens, False)):
            for element in filter(None, map(parse_element, texts)):
                steps.append(_Step(closes, self.elements(element), stands_at=self._stands_at.get(element, ())))
        for table, index, position in filter(None, map(tap_of, row.taps)):
            elements = self.elements((table, index))
            steps.append(_Step(True, elements, tuple(self._twin(one, position) for one in elements)))
        outages = frozenset(self.elements((outage[0], int(outage[1]))))
        return PlacedAction(name, project, outage, outages, tuple(steps))

    def make_branch(self, switch: int) -> None:
        """A bus-bus switch with an impedance; one at an element comes to stand before an inner bus, at which the
        element and what replaces it end, with the other switches at that end."""
        import pandas as pd

        net, row = self.net, self.net.switch.loc[switch]
        bus = int(row["bus"])
        if row["et"] in SWITCHED_TABLE:
            inner = int(net.bus.index.max()) + 1
            net.bus = pd.concat([net.bus, net.bus.loc[[bus]].rename(index={bus: inner})])
            net.bus.loc[inner, [c for c in ("min_vm_pu", "max_vm_pu") if c in net.bus]] = np.nan
            self._stands_at["switch", switch] = self.elements(stands_at(net, ("switch", switch)))
            for table, index in self._stands_at["switch", switch]:
                column = next(c for c in END_COLUMNS[table] if net[table].at[index, c] == bus)
                net[table].at[index, column] = inner
            for copy in self.candidates.switch_copies.pop(switch, ()):
                net.switch.at[copy, "closed"] = True
            for other in net.switch.index[net.switch["bus"] == bus]:  # those at this end stand behind it
                if stands_at(net, ("switch", int(other))) in self._stands_at["switch", switch]:
                    net.switch.at[other, "bus"] = inner
            net.switch.loc[switch, ["et", "element", "bus"]] = ["b", inner, bus]
            self.inner_buses.add(inner)
        if not net.switch.at[switch, "z_ohm"] > 0:
            net.switch.at[switch, "z_ohm"] = SWITCH_PU * float(net.bus.at[bus, "vn_kv"]) ** 2 / 100.0

    def _twin(self, element: ElementId, position: int) -> ElementId:
        """A transformer with its switches at another tap, out of service; the same for all actions."""
        import pandas as pd

        if (element, position) in self._twin_at:
            return self._twin_at[element, position]
        net, (table, index) = self.net, element
        twin = table, int(net[table].index.max()) + 1
        net[table] = pd.concat([net[table], net[table].loc[[index]].rename(index={index: twin[1]})])
        net[table].at[twin[1], "in_service"] = False
        net[table].at[twin[1], "tap_pos"] = net[table]["tap_pos"].dtype.type(position)
        for at in net.switch.index:
            if stands_at(net, ("switch", int(at))) == element:
                copy = int(net.switch.index.max()) + 1
                net.switch = pd.concat([net.switch, net.switch.loc[[at]].rename(index={at: copy})])
                net.switch.at[copy, "element"] = twin[1]
                copies = self.candidates.switch_copies
                origin = next((switch for switch, of in copies.items() if at in of), int(at))
                copies[origin] = [*copies.get(origin, ()), copy]
        self.twins[twin] = element, f"tap={position}"
        self._twin_at[element, position] = twin
        return twin


def place_actions(
    candidates: Candidates, actions: Sequence[OutageAction], changes: Sequence[ProjectChange]
) -> PlacedActions:
    """Actions of the operator, then those of projects. The net of the candidates gets what they switch."""
    of_projects = [change for change in changes if change.action is ChangeAction.AFTER_OUTAGE]
    if not (actions or of_projects):
        return PlacedActions()
    placer = _Placer(candidates)
    texts = [text for row in actions for text in (*row.closes, *row.opens)]
    texts += [text for change in of_projects for text in (*change.closes, *change.opens)]
    named = map(parse_element, texts)
    for element in dict.fromkeys(named):
        if element is not None and element[0] == "switch":
            placer.make_branch(element[1])
    placed = [placer.placed(row.action_id, "", row) for row in actions]
    placed += [placer.placed(f"{c.project_id}:{n}", c.project_id, c) for n, c in enumerate(of_projects)]
    return PlacedActions(placed, frozenset(placer.inner_buses), placer.twins)


def replacement_problems(net: Any, study: Study, placed: PlacedActions) -> Iterator[Problem]:
    """Taps that an action sets and a transformer that replaces the one it names has not. `net` is that of the union."""
    of_projects = [at for at, c in enumerate(study.project_changes) if c.action is ChangeAction.AFTER_OUTAGE]
    places = [("outage_actions", at) for at in range(len(study.outage_actions))]
    places += [("project_changes", at) for at in of_projects]
    for (table, at), action in zip(places, placed.actions, strict=True):
        for step in action.steps:
            for (of, index), (_, twin) in zip(step.elements[1:], step.twins[1:], strict=False):
                low, high = (float(net[of].at[index, column]) for column in ("tap_min", "tap_max"))
                position = float(net[of].at[twin, "tap_pos"])
                if not low <= position <= high:
                    yield study.problem(
                        table,
                        at,
                        "taps",
                        sentence("problem.replacement_without_tap"),
                        found=f"'{of}:{step.elements[0][1]}={position:g}'",
                        expected=tap_range(low, high),
                        mend=sentence("remedy.tap_of_both"),
                    )


def with_switches(group: PlacedGroup, net: Any, actions: Sequence[OutageAction | ProjectChange]) -> PlacedGroup:
    """A group with the switches of its elements that become branches: these end at its bus then."""
    named = [parse_element(text) for action in actions for text in (*action.closes, *action.opens)]
    switches = {element for element in named if element and stands_at(net, element) in group.elements}
    return replace(group, elements=group.elements | switches)


def with_branches(grid: Grid, placed: PlacedActions) -> Grid:
    """Twins under the name of their element with its tap; they are no outages. Inner buses are nodes alone."""
    if not placed.actions:
        return grid
    branch_ids, twin_of = list(grid.branch_ids), dict[BranchId, BranchId]()
    for row, branch in enumerate(grid.branch_ids):
        if branch[:2] in placed.twins:
            element, told = placed.twins[branch[0], int(branch[1])]
            branch_ids[row] = (*element, ":".join([*map(str, branch[2:]), told]))
            twin_of[branch_ids[row]] = (*element, branch[2]) if len(branch) == 3 else element
    a = grid.arrays
    kept = [at for at, outage in enumerate(grid.outage_ids) if outage[:2] not in placed.twins]
    sets = [a.outage_branch[a.outage_start[at] : a.outage_start[at + 1]] for at in kept]
    outage_branch = np.concatenate([np.zeros(0, np.int32), *sets]).astype(np.int32)
    outage_elements = tuple(a.outage_elements[at] for at in kept)
    start = np.cumsum([0, *map(len, sets)], dtype=np.int32)
    own = ~np.isin(grid.bus_ids, sorted(placed.inner_buses))
    of_bus: dict[str, Any] = {
        name: getattr(grid, name)[own] for name in ("bus_ids", "bus_node", "p_mw", "q_mvar", "bus_kv", "bus_xy")
    }
    return replace(
        grid,
        arrays=replace(a, outage_start=start, outage_branch=outage_branch, outage_elements=outage_elements),
        branch_ids=tuple(branch_ids),
        outage_ids=tuple(grid.outage_ids[at] for at in kept),
        bus_name=tuple(name for name, is_own in zip(grid.bus_name, own, strict=True) if is_own),
        element_name={element: name for element, name in grid.element_name.items() if element not in placed.twins},
        twin_of=twin_of,
        **of_bus,
    )


@dataclass(frozen=True, eq=False)
class ActionRows:
    """An action as rows of the branches of the union grid."""

    project: str
    needed: Sequence[NDArray[np.intp]]
    """for each element that it closes, the rows of which some have to be there"""
    markers: Sequence[tuple[int, int | None]]
    """marker, and the row that has to be there for it"""
    twins: NDArray[np.intp]
    """in service after the outage alone"""
    tapped: NDArray[np.intp]
    """set at another tap: they have to be in service"""


def with_markers(
    grid: Grid, placed: PlacedActions, rows_of: Mapping[BranchId, Sequence[int]]
) -> tuple[Grid, list[ActionRows]]:
    """The grid with a marker for each branch that an action switches, and what is switched after which outage.

    `rows_of`: branches by element, a twin by its own index.
    """
    if not placed.actions:
        return grid, []
    a = grid.arrays
    ids, nodes, switchings, found = list[BranchId](), list[int](), list[tuple[int, int, int, int]](), []
    twins_of: dict[ElementId, list[ElementId]] = {}
    for twin, (element, _) in placed.twins.items():
        twins_of.setdefault(element, []).append(twin)
    for action in placed.actions:
        outages = [at for at, outage in enumerate(grid.outage_ids) if action.is_after(outage)]
        out = a.outage_branch[[a.outage_start[at] for at in outages]]
        ends = np.concatenate([a.from_node[out], a.to_node[out]])
        inner = ends[a.node_kind[ends] != NODE_SLACK]
        steps = action.steps if len(inner) else ()
        needed, whole = _needed(steps, rows_of)
        markers, twins, tapped = list[tuple[int, int | None]](), list[int](), list[int]()
        for step in steps:
            for at, element in enumerate(step.elements):
                rows, mine = list(rows_of.get(element, ())), twins_of.get(element, [])
                opened = [] if step.closes else [rows, *(list(rows_of[twin]) for twin in mine)]
                closed = [rows] if step.closes else []
                if step.twins:  # of several the one that is named first
                    own = step.twins[at]
                    opened = [rows, *(list(rows_of[twin]) for twin in mine[mine.index(own) + 1 :])]
                    closed = [list(rows_of[own])]
                    twins += rows_of[own]
                    tapped += rows
                size = max(len(rows), 1) if element[0] == "trafo3w" else 1  # its windings are one
                for first in range(0, len(rows), size):
                    marker, part = a.n_branch + len(ids), slice(first, first + size)
                    ids.append((MARKER, action.action_id, branch_name(grid.branch_ids[rows[first]])))
                    nodes.append(int(inner[0]))
                    for position, parts in ((NEEDED, [whole]), (1, closed), (0, opened)):
                        chosen = [row for each in parts for row in (each if position == NEEDED else each[part])]
                        switchings += [(outage, marker, row, position) for outage in outages for row in chosen]
                    markers.append((marker, rows[first] if step.closes else None))
        indices = (np.array(rows, dtype=np.intp) for rows in (twins, tapped))
        found.append(ActionRows(action.project, needed, markers, *indices))
    return _extended(grid, ids, nodes, switchings), found


def _needed(
    steps: Sequence[_Step], rows_of: Mapping[BranchId, Sequence[int]]
) -> tuple[list[NDArray[np.intp]], list[int]]:
    """Of each element that has to be there the rows, of which some have to be; and those that go out as a whole."""
    groups = [group for step in steps if step.closes for group in (step.elements, step.stands_at) if group]
    of_group = [[list(rows_of.get(element, ())) for element in group] for group in groups]
    needed = [np.array([row for rows in each for row in rows], dtype=np.intp) for each in of_group]
    whole = [
        row
        for group, each in zip(groups, of_group, strict=True)
        for element, rows in zip(group, each, strict=True)
        if len(rows) == 1 or element[0] == "trafo3w"
        for row in rows
    ]
    return needed, whole


def _extended(
    grid: Grid, ids: Sequence[BranchId], nodes: Sequence[int], switchings: Sequence[tuple[int, int, int, int]]
) -> Grid:
    a, n = grid.arrays, len(ids)
    nothing, unknown = np.zeros(n, dtype=np.complex128), np.full(n, np.nan)
    own: Mapping[str, NDArray[Any]] = {
        "from_node": np.array(nodes, dtype=np.int32),
        "to_node": np.array(nodes, dtype=np.int32),
        **dict.fromkeys(("y_ff", "y_ft", "y_tf", "y_tt"), nothing),
        "branch_in_service": np.zeros(n, dtype=np.bool_),
        **dict.fromkeys(("from_percent_per_pu", "to_percent_per_pu", "rating_mva", "outage_limit_percent"), unknown),
        "limit_percent": np.full(n, 100.0),
        "rating_percent": np.full((n, MONTHS), 100.0),
        "nominal_kv": np.zeros(n),
    }
    arrays: dict[str, Any] = {name: np.concatenate([getattr(a, name), values]) for name, values in own.items()}
    arrays["switchings"] = np.array(sorted(switchings, key=lambda row: -row[3]), dtype=np.int32).reshape(-1, 4)
    return replace(grid, arrays=replace(a, **arrays), branch_ids=(*grid.branch_ids, *ids))


def mark(
    mask: NDArray[np.bool_], there: NDArray[np.bool_], actions: Sequence[ActionRows], installed: Collection[str]
) -> None:
    """Set the markers of a state: an action can be carried out where its project is in service, if it has one, and all
    that it closes is `there[branch]`: built, not removed and not out for works, and in service where it sets a tap."""
    for action in actions:
        mask[action.twins] = False
    for action in actions:
        here = there.copy()
        here[action.tapped] = mask[action.tapped]
        possible = not action.project or action.project in installed
        possible = possible and all(here[rows].any() for rows in action.needed)
        for marker, row in action.markers:
            mask[marker] = possible and (row is None or bool(here[row]))
