"""The same hours, wishes and outages as a cell of gridprio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

import gridprio
from gridprio.cells import contingencies_for
from gridprio.cells.executor import cell_batch
from gridprio.grid import split_areas
from gridprio.inputs.settings import Settings
from gridprio.kernels import get_kernels
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, CellResults, HourlyInjections, Queue, Requests
from gridprio.model.rules import CellRules, record_from
from tests.cross_check.brute_force import Hours, Wish
from tests.cross_check.many_cases import Element


@dataclass(frozen=True)
class Twin:
    """One area; `node[station]` is its node, `branches[branch]` its pandapower element."""

    net: Any
    buses: Sequence[int]
    symmetric: bool = False
    maintenance: bool = False
    interruption_max_mw: float = 0.0

    def __post_init__(self) -> None:
        grid = gridprio.read_grid(self.net)
        (area,) = split_areas(grid)
        here = [int(np.flatnonzero(grid.bus_ids == bus)[0]) for bus in self.buses]
        settings = Settings(
            security_min_kv=0.0, maintenance_outages=self.maintenance, interruption_max_mw=self.interruption_max_mw
        )
        rules = record_from(CellRules, vars(settings))
        contingencies = contingencies_for(area.arrays, rules.outages)
        if self.symmetric:
            asked = np.full_like(contingencies.required_direction, CASE_DEMAND | CASE_FEED_IN)
            contingencies = replace(contingencies, required_direction=asked)
        found = {
            "arrays": area.arrays,
            "rules": rules,
            "contingencies": contingencies,
            "node": [int(np.flatnonzero(area.nodes == grid.bus_node[row])[0]) for row in here],
            "branches": [grid.branch_ids[row] for row in area.branches],
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

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
        return HourlyInjections(hours.month.astype(np.int8), hours.weight_h, *parts)

    def cell(self, hours: Hours, wishes: Sequence[Wish], backend: str) -> CellResults:
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
