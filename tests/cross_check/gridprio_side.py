"""The same hours, wishes and outages as a cell of gridprio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

import gridprio
from gridprio.cells import contingencies_for
from gridprio.cells.cache import CellArea
from gridprio.cells.executor import LocalExecutor, cell_batch
from gridprio.cells.headroom import Headroom, HeadroomPoint, headroom_rows
from gridprio.grid import Area, split_areas
from gridprio.inputs.settings import Settings
from gridprio.kernels import get_kernels
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, CellResults, Contingencies, HourlyInjections, Queue, Requests
from gridprio.model.grid import BranchId, Grid, GridArrays
from gridprio.model.rules import CellRules, SecurityRule, record_from
from tests.cross_check.brute_force import Hours, Wish
from tests.cross_check.many_cases import Element


@dataclass(frozen=True)
class Twin:
    """One area of a grid; `buses` are pandapower's, one for each of `node`."""

    arrays: GridArrays
    contingencies: Contingencies
    rules: CellRules
    branches: Sequence[BranchId]
    buses: Sequence[int]
    node: Sequence[int]

    @classmethod
    def of_net(
        cls,
        net: Any,
        buses: Sequence[int],
        symmetric: bool,
        maintenance: bool,
        interrupted_mw: float,
        security: tuple[SecurityRule, ...] | None = None,
    ) -> Twin:
        """The only area of a net, by the settings or by the rules of `security`."""
        grid = gridprio.read_grid(net)
        (area,) = split_areas(grid)
        settings = Settings(security_min_kv=0.0, maintenance_outages=maintenance, interruption_max_mw=interrupted_mw)
        rules = record_from(CellRules, vars(settings))
        if symmetric:
            both = CASE_DEMAND | CASE_FEED_IN
            security = tuple(replace(rule, direction=both) for rule in rules.outages.in_force)
        rules = replace(rules, outages=replace(rules.outages, security_rules=security))
        return cls.of_area(grid, area, contingencies_for(area.arrays, rules.outages), rules, buses)

    @classmethod
    def of_area(
        cls, grid: Grid, area: Area, contingencies: Contingencies, rules: CellRules, buses: Sequence[int]
    ) -> Twin:
        at = [int(np.flatnonzero(grid.bus_ids == bus)[0]) for bus in buses]
        node = [int(np.flatnonzero(area.nodes == grid.bus_node[row])[0]) for row in at]
        return cls(area.arrays, contingencies, rules, [grid.branch_ids[row] for row in area.branches], buses, node)

    def outages(self) -> list[list[Element]]:
        """What is out in each contingency, as pandapower's elements."""
        start, branch = self.contingencies.start, self.contingencies.branch
        rows = [branch[a:b] for a, b in pairwise(start)]
        return [sorted({self.branches[b][:2] for b in row}) for row in rows]

    def hourly(self, hours: Hours) -> HourlyInjections:
        def by_node(values: np.ndarray) -> np.ndarray:
            spread = np.zeros((len(values), self.arrays.n_node))
            spread[:, self.node] = values
            return spread

        parts = (by_node(x) for x in (hours.p_mw, hours.q_mvar, hours.exempt_mw))
        return HourlyInjections(hours.month.astype(np.int8), hours.month.astype(np.int16), hours.weight_h, *parts)

    def cell(self, hours: Hours, wishes: Sequence[Wish], backend: str) -> CellResults:
        """The wishes in the order in which they are given."""
        queue = Queue(
            node=np.array([self.node[w.bus] for w in wishes], dtype=np.int32),
            sign=np.array([w.sign for w in wishes], dtype=np.int8),
            q_per_p=np.array([w.q_per_p for w in wishes]),
            profile=np.array([w.profile for w in wishes]).reshape(len(wishes), len(hours.month)),
            firm=np.array([w.firm for w in wishes], dtype=np.bool_),
            exempt=np.array([w.exempt for w in wishes], dtype=np.bool_),
        )
        requests = Requests.in_given_order(queue, np.array([w.mw for w in wishes]))
        cells = cell_batch([self.arrays.branch_in_service], [self.hourly(hours)], [requests])
        kernels = get_kernels(backend)
        return kernels.evaluate_cells(self.arrays, self.contingencies, queue, cells, rules=self.rules, threads=1)


def headroom_of(twin: Twin, hours: Hours, asked: Sequence[HeadroomPoint], backend: str) -> list[Headroom]:
    area, executor = CellArea("1", twin.arrays), LocalExecutor(get_kernels(backend))
    return headroom_rows(area, twin.arrays.branch_in_service, twin.hourly(hours), asked, executor, twin.rules)
