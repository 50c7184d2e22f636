"""Builds what projects add, out of service, into a copy of the base net."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gridprio.grid.changes import parse_element
from gridprio.grid.convert import LIMIT_COLUMNS
from gridprio.grid.group_limits import PlacedGroup
from gridprio.grid.net.rules import END_COLUMNS
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.schema import ProjectChange

ElementId = tuple[str, int]
SWITCH_KIND = {"line": "l", "trafo": "t"}

KEPT_COLUMNS = {
    "line": ("df", "geo", *LIMIT_COLUMNS, "temperature_degree_celsius"),
    "trafo": ("df", *LIMIT_COLUMNS, "shift_degree"),
}
"""What a replacement takes over from the old element: it belongs to the place, not to the type."""


@dataclass
class ProjectElements:
    """What one project does to the net."""

    added: list[ElementId] = field(default_factory=list)
    removed: list[ElementId] = field(default_factory=list)
    works: list[ElementId] = field(default_factory=list)
    switches: dict[int, bool] = field(default_factory=dict)
    """pandapower index of the switch -> closed"""


@dataclass
class Candidates:
    """Collects the elements of all projects; `net` grows, nothing that was there changes."""

    net: Any
    by_project: dict[str, ProjectElements] = field(default_factory=dict)
    replacements: dict[ElementId, list[ElementId]] = field(default_factory=dict)
    switch_copies: dict[int, list[int]] = field(default_factory=dict)
    station_buses: dict[str, tuple[int, ...]] = field(default_factory=dict)
    of_group: dict[str, list[ElementId]] = field(default_factory=dict)
    """group -> lines and transformers that are added to it"""

    def apply(self, change: ProjectChange) -> None:
        mine = self.by_project.setdefault(change.project_id, ProjectElements())
        element = parse_element(change.element) if change.element else None
        match change.action:
            case ChangeAction.ADD_BUS:
                self._add_bus(change)
            case ChangeAction.ADD_LINE | ChangeAction.ADD_TRAFO:
                is_line = change.action is ChangeAction.ADD_LINE
                new = [
                    self._line(change, change.length_km) if is_line else self._trafo(change)
                    for _ in range(change.parallel)
                ]
                mine.added += new
                if change.group_limit_id:
                    self.of_group.setdefault(change.group_limit_id, []).extend(new)
            case ChangeAction.REPLACE_LINE | ChangeAction.REPLACE_TRAFO:
                assert element is not None
                new = [self._replacement(change, element) for _ in range(change.parallel)]
                self.replacements.setdefault(element, []).extend(new)
                mine.added += new
                mine.removed.append(element)
            case ChangeAction.SWITCH_ELEMENT:
                assert element is not None and change.closed is not None
                mine.switches[element[1]] = change.closed
            case ChangeAction.OUT_FOR_WORKS:
                assert element is not None
                mine.works.append(element)
            case _:
                pass  # changes of load and feed-in are data for the demand room, not part of the net

    def come_to(self, group: PlacedGroup, groups: Sequence[PlacedGroup]) -> frozenset[ElementId]:
        """What is added to a group, or to one of `groups` with the same elements, and what replaces its elements."""
        alike = [other.group_limit_id for other in groups if other.elements == group.elements]
        added = (new for name in alike for new in self.of_group.get(name, ()))
        replacing = (new for element in group.elements for new in self.replacements.get(element, ()))
        return frozenset([*added, *replacing])

    def _add_bus(self, change: ProjectChange) -> None:
        import pandapower

        assert change.bus is not None and change.vn_kv is not None
        if change.bus not in self.net.bus.index:
            pandapower.create_bus(self.net, change.vn_kv, name=change.project_id, index=change.bus)
        if change.station_id:
            buses = self.station_buses.get(change.station_id, ())
            if change.bus not in buses:
                self.station_buses[change.station_id] = (*buses, change.bus)

    def _line(self, change: ProjectChange, length_km: float | None) -> ElementId:
        import pandapower

        assert change.from_bus is not None and change.to_bus is not None and length_km is not None
        index = pandapower.create_line(
            self.net,
            change.from_bus,
            change.to_bus,
            length_km,
            change.std_type,
            name=change.project_id,
            in_service=False,
        )
        return "line", int(index)

    def _trafo(self, change: ProjectChange, old: int | None = None) -> ElementId:
        """In the place of `old`, or beside what has the same buses."""
        import pandapower

        assert change.from_bus is not None and change.to_bus is not None
        hv, lv = change.from_bus, change.to_bus
        table = self.net.trafo
        alike = (table["hv_bus"] == hv) & (table["lv_bus"] == lv) & table["in_service"]
        beside = table.index[alike].tolist() if old is None else [old]
        index = pandapower.create_transformer(
            self.net, hv, lv, change.std_type, name=change.project_id, in_service=False
        )
        if len(beside):
            self.net.trafo.at[index, "shift_degree"] = self.net.trafo.at[beside[0], "shift_degree"]
            if self._has_taps(int(index)):
                self._match_tap(int(index), beside[0])
                self._control_like(int(index), beside)
        return "trafo", int(index)

    def _replacement(self, change: ProjectChange, old: ElementId) -> ElementId:
        import pandapower

        table, index = old
        row = self.net[table].loc[index]
        ends = END_COLUMNS[table]
        ended = change.model_copy(update={"from_bus": int(row[ends[0]]), "to_bus": int(row[ends[1]])})
        new = self._line(ended, float(row["length_km"])) if table == "line" else self._trafo(ended, index)
        for column in KEPT_COLUMNS[table]:
            if column in self.net[table]:
                self.net[table].at[new[1], column] = row[column]
        switch = self.net.switch
        for at in switch.index[(switch["et"] == SWITCH_KIND[table]) & (switch["element"] == index)]:
            copy = pandapower.create_switch(
                self.net,
                int(switch.at[at, "bus"]),
                new[1],
                SWITCH_KIND[table],
                closed=bool(switch.at[at, "closed"]),
            )
            self.switch_copies.setdefault(int(at), []).append(int(copy))
        return new

    def _has_taps(self, index: int) -> bool:
        trafo = self.net.trafo
        step = trafo.at[index, "tap_step_percent"]
        return bool(np.isfinite(step) and step > 0 and trafo.at[index, "tap_side"] in ("hv", "lv"))

    def _match_tap(self, index: int, reference: int) -> None:
        """Set the tap so that the ratio is nearest to that of the transformer beside or in place of which it works."""
        trafo = self.net.trafo
        positions = np.arange(trafo.at[index, "tap_min"], trafo.at[index, "tap_max"] + 1)
        ratios = np.array([_ratio(trafo.loc[index], position) for position in positions])
        wanted = _ratio(trafo.loc[reference], trafo.at[reference, "tap_pos"])
        trafo.at[index, "tap_pos"] = positions[np.abs(ratios - wanted).argmin()]

    def _control_like(self, index: int, beside: Sequence[int]) -> None:
        """Copy the tap controllers of the first of `beside` that has any; a tap that stays sends current round."""
        from pandapower.control import DiscreteTapControl

        table = self.net.get("controller")
        found: dict[int, list[int]] = {}
        for at in () if table is None else table.index[table["in_service"].astype(bool)]:
            controller = table.at[at, "object"]
            if type(controller) is DiscreteTapControl and vars(controller).get("element") == "trafo":
                for element in np.ravel(vars(controller).get("element_index")).tolist():
                    found.setdefault(element, []).append(at)
        like = next((old for old in beside if old in found), None)
        for at in found.get(like, ()) if like is not None else ():
            mine, new = copy.copy(table.at[at, "object"]), max(table.index) + 1
            elements = np.ravel(mine.element_index)
            for name in ("vm_lower_pu", "vm_upper_pu"):
                limits = np.resize(vars(mine).get(name), len(elements))
                setattr(mine, name, limits[elements.tolist().index(like)])
            mine.element_index = index
            table.loc[new] = table.loc[at]
            table.at[new, "object"] = mine


def _ratio(row: Any, position: float) -> float:
    """High over low voltage at no load with the tap changer at `position`."""
    ratio = float(row["vn_hv_kv"] / row["vn_lv_kv"])
    step = (position - row["tap_neutral"]) * row["tap_step_percent"] / 100
    if not np.isfinite(step) or row["tap_side"] not in ("hv", "lv"):
        return ratio
    return float(ratio * (1 + step) if row["tap_side"] == "hv" else ratio / (1 + step))
