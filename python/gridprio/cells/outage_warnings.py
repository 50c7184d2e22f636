"""Actions after an outage that can hardly be meant since they change nothing, or whose worth is seen askew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gridprio.cells.contingencies import contingencies_for
from gridprio.demand.loading import live_nodes
from gridprio.errors import Problem
from gridprio.grid.areas import Area
from gridprio.grid.changes import parse_element
from gridprio.grid.union import UnionGrid
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.outage_actions import OutageAction
from gridprio.inputs.schema import ProjectChange
from gridprio.inputs.study import Study
from gridprio.model.grid import NEEDED
from gridprio.model.rules import OutageRules
from gridprio.text import sentence


def outage_action_warnings(
    union: UnionGrid, areas: Sequence[Area], study: Study, rules: OutageRules
) -> Iterator[Problem]:
    """In the order of the tables; `areas` are those of the union grid."""
    if not union.actions:
        return
    every = contingencies_for(union.grid.arrays, rules)
    required = set(every.switchings[every.required_direction[every.switchings[:, 0]] > 0, 1].tolist())
    ids = [project.project_id for project in study.projects]
    in_service = {ids[at]: [ids[at], *(ids[row] for row in rows)] for at, rows in enumerate(study.required_rows)}
    of_projects = [at for at, c in enumerate(study.project_changes) if c.action is ChangeAction.AFTER_OUTAGE]
    places = [("outage_actions", at) for at in range(len(study.outage_actions))]
    places += [("project_changes", at) for at in of_projects]
    for (table, at), action in zip(places, union.actions, strict=True):
        row, markers = getattr(study, table)[at], {marker for marker, _ in action.markers}
        if not markers & required:
            words = sentence("expected.outage_of_security"), sentence("remedy.required_outage")
            yield _problem(study, table, at, "outage", sentence("warning.outage_not_required"), row.outage, *words)
        if table == "project_changes" and row.taps:
            words = sentence("expected.overload_once"), sentence("remedy.look_beside_overload")
            yield _problem(study, table, at, "taps", sentence("warning.tap_counts_apart"), " ".join(row.taps), *words)
        for text in _never_open(union, row):
            words = sentence("expected.open_in_some_state"), sentence("remedy.open_before")
            yield _problem(study, table, at, "closes", sentence("warning.closes_what_is_closed"), text, *words)
        if _is_elsewhere(union, areas, markers):
            words = sentence("expected.area_of_outage"), sentence("remedy.same_area")
            yield _problem(study, table, at, "outage", sentence("warning.switches_elsewhere"), row.outage, *words)
        elif _closes_onto_dead(union, in_service.get(action.project, ()), markers):
            words, found = (
                (sentence("expected.supply_after_outage"), sentence("remedy.supplied_side")),
                " ".join(row.closes),
            )
            yield _problem(study, table, at, "closes", sentence("warning.closes_onto_dead_part"), found, *words)


def _problem(
    study: Study, table: str, at: int, column: str, what: str, found: str, expected: str, mend: str
) -> Problem:
    return study.problem(table, at, column, what, found=found, expected=expected, mend=mend)


def _never_open(union: UnionGrid, row: OutageAction | ProjectChange) -> Iterator[str]:
    for text in row.closes:
        element = parse_element(text)
        assert element is not None
        if union.is_closed(element):
            yield text


def _rows(union: UnionGrid, markers: set[int]) -> np.ndarray:
    switchings = union.grid.arrays.switchings
    chosen: np.ndarray = switchings[np.isin(switchings[:, 1], sorted(markers)) & (switchings[:, 3] != NEEDED)]
    return chosen


def _is_elsewhere(union: UnionGrid, areas: Sequence[Area], markers: set[int]) -> bool:
    """Some branch that is switched lies in another electrical area than the outage."""
    arrays, rows = union.grid.arrays, _rows(union, markers)
    out = [int(arrays.outage_branch[arrays.outage_start[outage]]) for outage in rows[:, 0]]
    of_branch = {int(branch): number for number, area in enumerate(areas) for branch in area.branches}
    return not len(rows) or any(
        of_branch.get(lost) != of_branch.get(int(branch)) for lost, branch in zip(out, rows[:, 2], strict=True)
    )


def _closes_onto_dead(union: UnionGrid, installed: Sequence[str], markers: set[int]) -> bool:
    """A branch that is closed has no voltage at either end, although all that the action closes is closed."""
    arrays, rows = union.grid.arrays, _rows(union, markers)
    for outage in np.unique(rows[:, 0]):
        mask = union.in_service(installed)
        mine = rows[rows[:, 0] == outage]
        mine = mine[mask[mine[:, 1]]]
        mask[mine[:, 2]] = mine[:, 3] == 1
        mask[arrays.outage_branch[arrays.outage_start[outage] : arrays.outage_start[outage + 1]]] = False
        live = live_nodes(arrays, mask)
        closed = mine[mine[:, 3] == 1, 2]
        if not (live[arrays.from_node[closed]] | live[arrays.to_node[closed]]).all():
            return True
    return False
