"""Projects as reversible diffs: one union grid holds the base and every candidate, a state is a mask over it (C8).

A project that turns a switch changes which nodes there are. Such a switch position is a variant: the union net
converted again with those switches, with the same buses, branches and outages in the same order, so the masks are the
same. Grids without such projects have one variant.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import InputError, Problem
from gridprio.grid.candidates import Candidates, ElementId, ProjectElements
from gridprio.grid.changes import FILE as CHANGES_FILE
from gridprio.grid.changes import change_problems
from gridprio.grid.convert import grid_from_net
from gridprio.grid.group_limits import PlacedGroup, with_group_limits
from gridprio.grid.group_places import place_groups
from gridprio.grid.kinds import with_replacements
from gridprio.grid.net.findings import ASSUMED_KV_CODE
from gridprio.grid.outage_actions import (
    ActionRows,
    PlacedActions,
    mark,
    place_actions,
    replacement_problems,
    with_branches,
    with_markers,
    with_switches,
)
from gridprio.grid.outage_checks import outage_action_problems, outage_change_problems, outage_rule_problems
from gridprio.grid.ratings import (
    MONTHLY,
    LimitClasses,
    Rating,
    limit_classes,
    rating_percent,
    rating_problems,
    unused_ratings,
)
from gridprio.grid.std_types import StdType, add_std_types
from gridprio.inputs.enumerations import ChangeAction, Direction
from gridprio.inputs.outage_actions import OutageAction
from gridprio.inputs.schema import Project, ProjectChange, Station
from gridprio.inputs.study import Study
from gridprio.model.grid import GROUP, BranchId, Grid, OutageElement
from gridprio.text import sentence

Switches = frozenset[tuple[int, bool]]
"""Switches that stand otherwise than in the base: pandapower index, closed."""


@dataclass(frozen=True)
class InjectionChange:
    """Load or feed-in that a project brings (or, when negative, takes away) at a station."""

    project_id: str
    station_id: str
    direction: Direction
    p_mw: float
    profile: str


@dataclass(frozen=True)
class LoadTransfer:
    """Share of the load of a station that a project moves to another one."""

    project_id: str
    station_id: str
    to_station_id: str
    share: float


@dataclass(frozen=True, eq=False)
class UnionGrid:
    """The base grid with every candidate element; candidates are out of service in `grid`."""

    grid: Grid
    project_ids: tuple[str, ...]
    """projects that change the grid or its loads, in the order of the table"""
    injection_changes: tuple[InjectionChange, ...]
    transfers: tuple[LoadTransfer, ...]
    station_buses: Mapping[str, tuple[int, ...]]
    """station -> buses, with those that projects add"""
    elements: Mapping[str, ProjectElements] = field(repr=False)
    """project -> what it adds, removes, takes out for works and switches, as pandapower elements of the union net"""
    classes: LimitClasses = field(repr=False)
    """hours with the same limits: columns of `rating_percent`"""
    _added: Mapping[str, NDArray[np.bool_]] = field(repr=False)
    _removed: Mapping[str, NDArray[np.bool_]] = field(repr=False)
    _works: Mapping[str, NDArray[np.bool_]] = field(repr=False)
    _switch_copies: Mapping[int, Sequence[int]] = field(repr=False)
    _net: Any = field(repr=False)
    """the union net"""
    _groups: Sequence[PlacedGroup] = field(repr=False)
    """with what projects add to them"""
    _variants: dict[Switches, Grid] = field(repr=False)
    _placed_actions: PlacedActions = field(repr=False)
    actions: Sequence[ActionRows] = field(repr=False)
    """after an outage: of the operator, then of projects"""
    _candidate: NDArray[np.bool_] = field(repr=False)
    """[branch], a project adds it"""
    _switch: NDArray[np.bool_] = field(repr=False)
    """[branch], it is a switch"""

    def in_service(self, installed: Collection[str] = (), in_works: Collection[str] = ()) -> NDArray[np.bool_]:
        """`[branch]` mask with these projects in service and the elements out that the running works need out.

        What an installed project removes stays out whatever others add; nothing depends on the order of projects.
        """
        self._known(installed)
        self._known(in_works)
        mask = self.grid.arrays.branch_in_service.copy()
        for project in installed:
            mask |= self._added[project]
        for project in installed:
            mask &= ~self._removed[project]
        for project in in_works:
            mask &= ~self._works[project]
        if self.actions:
            there = ~self._candidate
            for project in installed:
                there |= self._added[project]
            for project in installed:
                there &= ~self._removed[project]
            for project in in_works:
                there &= ~self._works[project]
            there |= self._switch  # one that a project opens can be closed
            mark(mask, there, self.actions, installed)
        return mask

    @property
    def ever_in_service(self) -> NDArray[np.bool_]:
        """`[branch]`, in some state."""
        mask = self.grid.arrays.branch_in_service.copy()
        for added in self._added.values():
            mask |= added
        return mask

    def variant(self, installed: Collection[str] = ()) -> Grid:
        """The grid with the switches as these projects leave them; `grid` itself when they turn none."""
        self._known(installed)
        key = self.switches(installed)
        if key not in self._variants:
            net = copy.deepcopy(self._net)
            for switch, closed in sorted(key):
                for index in (switch, *self._switch_copies.get(switch, ())):
                    net.switch.at[index, "closed"] = closed
            grid, _ = _converted(net, self.grid.name, self._groups, self._placed_actions)
            like = self.grid.arrays
            self._variants[key] = _of_study(grid, like.rating_percent, like.outage_elements)
        return self._variants[key]

    def switches(self, installed: Collection[str] = ()) -> Switches:
        """Switches that stand otherwise than in the base; states with the same ones share a variant.

        A switch with impedance is a branch of the mask and makes no variant.
        """
        table = self._net.switch
        return frozenset(
            (switch, closed)
            for project in installed
            for switch, closed in self.elements[project].switches.items()
            if bool(table.at[switch, "closed"]) != closed and ("switch", switch) not in self.grid.branch_ids
        )

    def is_closed(self, element: ElementId) -> bool:
        """A switch is closed, another element in service, and no project opens it or takes it out."""
        table, index = element
        if table == "switch":
            opened = any(mine.switches.get(index) is False for mine in self.elements.values())
            return bool(self._net.switch.at[index, "closed"]) and not opened
        out = any(element in (*mine.removed, *mine.works) for mine in self.elements.values())
        return bool(self._net[table].at[index, "in_service"]) and not out

    def _known(self, projects: Collection[str]) -> None:
        unknown = sorted(set(projects) - set(self.project_ids))
        if unknown:
            found, expected = ", ".join(unknown), sentence("expected.projects_of_changes")
            raise InputError([Problem(CHANGES_FILE, None, None, sentence("problem.no_project"), found, expected)])


def build_union(  # noqa: PLR0913 - what a union may hold
    net: Any,
    stations: Sequence[Station],
    changes: Sequence[ProjectChange],
    *,
    projects: Sequence[Project] = (),
    ratings: Sequence[Rating] = (),
    classes: LimitClasses = MONTHLY,
    groups: Sequence[PlacedGroup] = (),
    actions: Sequence[OutageAction] = (),
    std_types: Mapping[str, Mapping[str, StdType]] | None = None,
    rows: Sequence[int] | None = None,
) -> UnionGrid:
    """Build the union grid of a pandapower net and the changes of all projects.

    `projects`: which of them exclude each other, and those that change nothing. `ratings` hold for what
    projects add too, in hours of each of `classes`. `groups` hold elements of the net; what takes their place, or names
    them, comes to them here.
    `actions` are carried out after an outage in every state in which they can be; they are not checked here.
    `std_types`: "line" and "trafo" types
    that overrule those of the net, which overrule the library. `rows`: row of each change in its file, for messages.
    Raises InputError with every problem of the table at once. `net` is not changed.
    """
    net = copy.deepcopy(net)
    add_std_types(net)
    for table, types in (std_types or {}).items():
        net.std_types[table].update({name: dict(record) for name, record in types.items()})
    problems = [*change_problems(net, stations, changes, projects, rows), *outage_change_problems(net, changes, rows)]
    if problems:
        raise InputError(problems)
    candidates = Candidates(net, station_buses={s.station_id: tuple(s.buses) for s in stations})
    for project in projects:
        candidates.by_project[project.project_id] = ProjectElements()
    # Buses first: a line may lead to a bus that a later row adds.
    for change in sorted(changes, key=lambda c: c.action is not ChangeAction.ADD_BUS):
        candidates.apply(change)
    groups = [replace(group, elements=group.elements | candidates.come_to(group, groups)) for group in groups]
    groups = [with_switches(group, net, [*actions, *changes]) for group in groups]
    placed = place_actions(candidates, actions, changes)
    grid, action_rows = _converted(net, "", groups, placed)
    percent = rating_percent(net, grid.branch_ids, ratings, classes)
    grid = _of_study(grid, percent, with_replacements(grid.arrays.outage_elements, candidates.replacements))
    rows_of = _rows_of(grid)

    def masks(kind: str) -> dict[str, NDArray[np.bool_]]:
        return {
            project: _mask(grid, rows_of, [*_chosen(candidates, elements, kind), *_couplings(groups, project, kind)])
            for project, elements in candidates.by_project.items()
        }

    order = dict.fromkeys([*(p.project_id for p in projects), *(c.project_id for c in changes)])
    return UnionGrid(
        grid=grid,
        project_ids=tuple(order),
        injection_changes=tuple(
            InjectionChange(
                c.project_id,
                c.station_id,
                Direction.DEMAND if c.action is ChangeAction.CHANGE_DEMAND else Direction.FEED_IN,
                float(c.p_mw or 0.0),
                c.profile,
            )
            for c in changes
            if c.action in (ChangeAction.CHANGE_DEMAND, ChangeAction.CHANGE_FEED_IN)
        ),
        transfers=tuple(
            LoadTransfer(c.project_id, c.station_id, c.to_station_id, float(c.share or 0.0))
            for c in changes
            if c.action is ChangeAction.TRANSFER_LOAD
        ),
        station_buses=candidates.station_buses,
        elements=candidates.by_project,
        classes=classes,
        _added=masks("added"),
        _removed=masks("removed"),
        _works=masks("works"),
        _switch_copies=candidates.switch_copies,
        _net=net,
        _groups=groups,
        _variants={frozenset(): grid},
        _placed_actions=placed,
        actions=action_rows,
        _candidate=_mask(grid, rows_of, [new for mine in candidates.by_project.values() for new in mine.added]),
        _switch=np.array([branch[0] == "switch" for branch in grid.branch_ids], dtype=bool),
    )


def _converted(
    net: Any, name: str, groups: Sequence[PlacedGroup], actions: PlacedActions
) -> tuple[Grid, Sequence[ActionRows]]:
    """The union net as a grid, with the limits of groups and the actions after an outage."""
    grid = grid_from_net(net, name)
    rows_of = _rows_of(grid)
    return with_markers(with_group_limits(with_branches(grid, actions), groups), actions, rows_of)


def study_union(net: Any, study: Study) -> UnionGrid:
    """The union grid of a study; problems name the file and row of its project changes."""
    if any(getattr(note, "code", "") == ASSUMED_KV_CODE for note in net.get("reading_notes", ())):
        what, expected = sentence("problem.no_nominal_voltage"), sentence("expected.nominal_voltage")
        remedy = sentence("remedy.give_base_kv")
        raise InputError([Problem(study.head.grid, None, "bus BASE_KV", what, "0", expected, remedy)])
    position = study.positions.get("project_changes")
    # A study whose rows were replaced in memory no longer has those of the file.
    known = position is not None and len(position.row_numbers) == len(study.project_changes)
    rows = position.row_numbers if position is not None and known else None
    groups, of_groups = place_groups(net, study)
    of_actions = list(outage_action_problems(net, study))
    classes, of_classes = limit_classes(study)
    of_rules = outage_rule_problems(net, study)
    problems = [*rating_problems(net, study), *of_classes, *of_groups, *of_actions, *of_rules]
    try:
        union = build_union(
            net,
            study.stations,
            study.project_changes,
            projects=study.projects,
            ratings=(*study.seasonal_ratings, *(study.temperature_ratings if classes.of_step is not None else ())),
            classes=classes,
            groups=() if of_groups else groups,
            actions=() if of_actions else study.outage_actions,
            rows=rows,
        )
    except InputError as error:
        file = CHANGES_FILE if position is None else position.file
        found = [replace(p, file=file) if p.file == CHANGES_FILE else p for p in error.problems]
        raise InputError([*found, *problems]) from error
    problems += unused_ratings(union._net, study)
    if not of_actions:
        problems += replacement_problems(union._net, study, union._placed_actions)
    if problems:
        raise InputError(problems)
    return union


def _of_study(grid: Grid, percent: NDArray[np.float64], outage_elements: tuple[OutageElement, ...]) -> Grid:
    return replace(grid, arrays=replace(grid.arrays, rating_percent=percent, outage_elements=outage_elements))


def _rows_of(grid: Grid) -> dict[BranchId, list[int]]:
    """Rows by element; each coupling branch of a group is one of its own."""
    rows: dict[BranchId, list[int]] = {}
    for row, branch in enumerate(grid.branch_ids):
        rows.setdefault(branch if branch[0] == GROUP else (branch[0], branch[1]), []).append(row)
    return rows


def _couplings(groups: Sequence[PlacedGroup], project: str, kind: str) -> list[BranchId]:
    """Limits of groups that a project brings or replaces."""
    mine = [group for group in groups if project in group.limits_mva]
    if kind == "added":
        return [group.coupling_id(project) for group in mine]
    return [coupling for group in mine for coupling in group.replaced_by(project)] if kind == "removed" else []


def _chosen(candidates: Candidates, elements: ProjectElements, kind: str) -> list[ElementId]:
    """Elements of one kind. A switch with impedance is a branch, so turning it is a mask; works on an element also take
    out what has replaced it."""
    match kind:
        case "added":
            return [*elements.added, *(("switch", s) for s, closed in elements.switches.items() if closed)]
        case "removed":
            return [*elements.removed, *(("switch", s) for s, closed in elements.switches.items() if not closed)]
        case _:
            return [e for work in elements.works for e in (work, *candidates.replacements.get(work, ()))]


def _mask(grid: Grid, rows_of: Mapping[BranchId, Sequence[int]], elements: Sequence[BranchId]) -> NDArray[np.bool_]:
    mask = np.zeros(grid.arrays.n_branch, dtype=bool)
    for element in elements:
        # A switch without impedance is no branch: it makes a variant.
        mask[list(rows_of.get(element, ()))] = True
    return mask
