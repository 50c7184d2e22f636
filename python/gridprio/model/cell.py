"""Cells: one electrical state of one electrical area in one year of one scenario.

Kernels see a cell as hours x nodes of injection, contingencies and a queue of requests (docs/theory/cells.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.model.grid import NO_SWITCHINGS

CASE_DEMAND, CASE_FEED_IN = 1, 2
"""Bits of `Contingencies.required_direction`."""
DIRECTION_MW = 1e-6
"""An area imports when its net injection is below minus this."""
SECURE_PERCENT = 1e-7
"""A limit is passed when the loading is above it by more than this."""
TIE_PERCENT = 1e-6
"""Differences below this do not change which one is worst."""
INFLUENCE_SHARE = 0.05
"""MVA on a branch per MW of a request from which the branch holds the request back."""
NO_INFLUENCE_SHARE = 1e-6
"""MVA per MW below which a request adds nothing to a branch."""
TIE_MW = 1e-9
"""Smaller changes of what is allocated, or of an injection, are none."""
TURNED_MW = 1e-5
"""Where a limit of one direction is met by turning active power, so much is to flow the other way."""
FIRM_MW = 1e-6
"""A firm request that gets all but this is connected."""
LEAST_MW = 1e-6
"""Less than this is not allocated, and of cuts that leave as much within this the first limits a request."""
MAX_ROUNDS = 60
"""Fills of one direction of a queue before it is scaled back by bisection."""
SLACK_PERCENT = 1e-5
"""A cut that holds a request back is taken anew where its branch is further below its limit than this."""
RELINEARISED_ROUNDS = 30
"""Rounds in which a cut takes the place of the one before of its case and branch; later ones keep all cuts."""
HUNTING_CUTS = 6
"""So many cuts of one case and branch are taken at what is allocated; the next time a tap steps in between."""
MAX_REFILLS, SETTLED_PERCENT = 1000, 1e-8
"""A fill is repeated until what a cut gets from requests that it does not hold back changes by no more than this."""
STEP_BACK, STEP_ON = 0.5, 1.2
"""Of a change that goes to and fro less is counted in the next repetition, of one that goes on more, up to all."""
BISECTIONS_UNSOLVED, BISECTIONS_REQUEST = 12, 24
"""Halvings in search of a solvable point, and of the largest secure allocation of a request."""
BISECTED_ANEW_SHARE = 1e-3
"""What bisection has found is taken anew where so much more, at least of 1 MW, passes no limit."""
LEFT_SHARE, LEFT_MW, LEFT_PASSES = 0.01, 0.01, 10
"""A request that its named case does not hold back at so much more, and at least at that, is tried in all cases; and
how often the requests are gone through, while one of them got more."""


@dataclass(frozen=True, eq=False)
class Contingencies:
    """Sets of branches that may be out together, and when security asks for them. Row 0 is the intact grid."""

    start: NDArray[np.int32]
    """[contingency + 1], row pointers into `branch`"""
    branch: NDArray[np.int32]
    """branches out"""
    required_direction: NDArray[np.uint8]
    """[contingency], CASE_DEMAND | CASE_FEED_IN"""
    required_months: NDArray[np.uint16]
    """[contingency], bit m set = required in calendar month m (0 = January)"""
    interruption_max_mw: NDArray[np.float64]
    """[contingency], demand that it may interrupt without counting as insecure"""
    second: NDArray[np.int32]
    """[contingency], place in `branch` where the second of two outages begins; the end of the row where there is one"""
    switchings: NDArray[np.int32] = field(default_factory=NO_SWITCHINGS.copy)
    """[switching, 4]: contingency (ascending), marker and branch as in `GridArrays.switchings`, 1 closed or 0 opened"""

    def __post_init__(self) -> None:
        """ValueError for what kernels would read as something else."""
        if self.switchings.ndim != 2 or self.switchings.shape[1] != 4:
            raise ValueError(f"contingencies.switchings has shape {self.switchings.shape}, expected [switching, 4]")
        contingency, _, _, position = self.switchings.T
        if (np.diff(contingency) < 0).any() or not np.isin(position, (0, 1)).all():
            raise ValueError("contingencies.switchings: expected ascending contingencies, and 1 closed or 0 opened")
        if np.isnan(self.interruption_max_mw).any():
            raise ValueError("contingencies.interruption_max_mw has a NaN; expected MW, infinity where none is judged")

    def outages(self, k: int) -> list[NDArray[np.int32]]:
        """Branches of each outage of contingency k; of the second those that are not of the first."""
        begin, second, end = int(self.start[k]), int(self.second[k]), int(self.start[k + 1])
        return [part for part in (self.branch[begin:second], self.branch[second:end]) if len(part)]

    @property
    def of_two(self) -> NDArray[np.bool_]:
        """[contingency], whether two outages make it up."""
        return self.second < self.start[1:]

    def switched(self, k: int) -> NDArray[np.int32]:
        """Rows of `switchings` of contingency k."""
        begin, end = np.searchsorted(self.switchings[:, 0], [k, k + 1])
        return self.switchings[begin:end]

    def out(self, k: int) -> NDArray[np.int32]:
        """Branches out in contingency k."""
        return self.branch[self.start[k] : self.start[k + 1]]

    def is_present(self, k: int, branch_in_service: NDArray[np.bool_]) -> bool:
        """Each of its outages takes something out of service; the intact grid is always there."""
        return all(branch_in_service[part].any() for part in self.outages(k))

    def in_service(self, k: int, branch_in_service: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """`[branch]`, what is left of a mask in contingency k once its actions are carried out."""
        mask = branch_in_service.copy()
        for _, marker, branch, closed in self.switched(k):
            if branch_in_service[marker]:
                mask[branch] = closed == 1
        mask[self.out(k)] = False
        return mask

    def intact_and(self, *others: int) -> Contingencies:
        """The intact grid and these contingencies alone."""
        rows = [0, *others]
        branches = [self.out(k) for k in rows]
        switchings = [self.switched(k) for k in rows]
        place = np.repeat(np.arange(len(rows), dtype=np.int32), [len(part) for part in switchings])
        start = np.cumsum([0, *map(len, branches)], dtype=np.int32)
        return Contingencies(
            start=start,
            branch=np.concatenate(branches),
            required_direction=self.required_direction[rows],
            required_months=self.required_months[rows],
            interruption_max_mw=self.interruption_max_mw[rows],
            second=start[:-1] + self.second[rows] - self.start[rows],
            switchings=np.column_stack([place, np.concatenate(switchings)[:, 1:]]),
        )


@dataclass(frozen=True, eq=False)
class Queue:
    """Requests that can be refused; the order in which they are allocated is that of the cell."""

    node: NDArray[np.int32]
    """[request]"""
    sign: NDArray[np.int8]
    """[request], -1 demand, +1 feed-in"""
    q_per_p: NDArray[np.float64]
    """[request], MVAr per MW, same sign convention as p"""
    profile: NDArray[np.float64]
    """[request, hour], per unit of the requested MW, 0..1"""
    firm: NDArray[np.bool_]
    """[request], all or nothing"""
    exempt: NDArray[np.bool_]
    """[request], feed-in that may be taken off after a fault"""

    @classmethod
    def empty(cls, n_hour: int) -> Queue:
        """Nobody waits."""
        none = np.zeros(0)
        no, sign, node = none.astype(np.bool_), none.astype(np.int8), none.astype(np.int32)
        return cls(node=node, sign=sign, q_per_p=none, profile=np.zeros((0, n_hour)), firm=no, exempt=no)


@dataclass(frozen=True, eq=False)
class CellBatch:
    """Cells of one area that share contingencies and requests; order, amounts, injections and branches differ.

    Arrays may have one row, which stands for all cells; `requested_mw` and `order` have one for each.
    """

    month: NDArray[np.int8]
    """[cell, hour], calendar month 0..11"""
    limit_class: NDArray[np.int16]
    """[cell, hour], column of `GridArrays.rating_percent` that holds in the hour"""
    weight_h: NDArray[np.float64]
    """[cell, hour], hours of the year that each hour stands for; sums to 8760 or 8784"""
    p_mw: NDArray[np.float64]
    """[cell, hour, node], injection without the queue, feed-in positive"""
    q_mvar: NDArray[np.float64]
    """[cell, hour, node]"""
    exempt_feed_in_mw: NDArray[np.float64]
    """[cell, hour, node], part of the feed-in in `p_mw` that may be taken off after a fault"""
    branch_in_service: NDArray[np.bool_]
    """[cell, branch]"""
    queue_profile: NDArray[np.float64]
    """[cell, request, hour], replaces `Queue.profile` (hours differ between cells)"""
    requested_mw: NDArray[np.float64]
    """[cell, request]"""
    order: NDArray[np.int32]
    """[cell, place], requests in the order in which capacity is allocated, each once; the two directions apart"""

    def __len__(self) -> int:
        return len(self.requested_mw)

    def cells(self, rows: slice) -> CellBatch:
        """Some of the cells."""
        arrays = {name: values if self._is_shared(name) else values[rows] for name, values in vars(self).items()}
        return CellBatch(**arrays)

    def of(self, name: str, cell: int) -> NDArray[Any]:
        """The row of an array that holds for this cell."""
        row: NDArray[Any] = getattr(self, name)[0 if self._is_shared(name) else cell]
        return row

    def _is_shared(self, name: str) -> bool:
        return len(getattr(self, name)) == 1 < len(self)


@dataclass(frozen=True, eq=False)
class CellResults:
    """Folded results; no case x branch matrix is kept."""

    overload_mvah: NDArray[np.float64]
    """[cell, month], sum over branches and hours of the largest exceedance over the required cases (without queue)"""
    branch_overload_mvah: NDArray[np.float64]
    """[cell, branch], the same per branch over the year"""
    insecure_hours: NDArray[np.float64]
    """[cell, month]"""
    worst_loading_percent: NDArray[np.float64]
    """[cell]"""
    worst_branch: NDArray[np.int32]
    """[cell], -1 when nothing is rated"""
    worst_contingency: NDArray[np.int32]
    worst_hour: NDArray[np.int32]
    interrupted_mw: NDArray[np.float64]
    """[cell], largest gross demand without supply in a required case"""
    not_converged: NDArray[np.int32]
    """[cell], cases that ended without a solution; each counts as an insecure hour"""
    allocated_mw: NDArray[np.float64]
    """[cell, request]"""
    limit_branch: NDArray[np.int32]
    """[cell, request], what stopped the request; -1 when allocated in full, or (with contingency 0) without supply or
    by an intact grid without a solution"""
    limit_contingency: NDArray[np.int32]
    """[cell, request], -1 when allocated in full"""
    limit_hour: NDArray[np.int32]
    """[cell, request], -1 when allocated in full or without supply"""


@dataclass(frozen=True, eq=False)
class HourlyInjections:
    """What one area draws and feeds in, without the queue, in the hours that stand for a year."""

    month: NDArray[np.int8]
    """[hour], calendar month 0..11"""
    limit_class: NDArray[np.int16]
    """[hour], column of `GridArrays.rating_percent` that holds in it; the month, unless ratings go by temperature"""
    weight_h: NDArray[np.float64]
    """[hour], sums to the hours of the year"""
    p_mw: NDArray[np.float64]
    """[hour, node], feed-in positive"""
    q_mvar: NDArray[np.float64]
    """[hour, node]"""
    exempt_feed_in_mw: NDArray[np.float64]
    """[hour, node]"""

    def at(self, hours: slice | NDArray[np.intp]) -> HourlyInjections:
        """These hours alone."""
        return HourlyInjections(**{each.name: getattr(self, each.name)[hours] for each in fields(self)})


@dataclass(frozen=True, eq=False)
class Requests:
    """The queue of one area in one year; rows are the area's developments, the same every year."""

    queue: Queue
    """its profile is per hour of the area's injections in that year and scenario"""
    requested_mw: NDArray[np.float64]
    """[request], 0 before the requested year"""
    claimed_mw: NDArray[np.float64]
    """[request], what it is given room for: more than it requests where it holds room for later years"""
    order: NDArray[np.int32]
    """[place], requests in the order of that year"""

    @classmethod
    def none(cls, n_hour: int) -> Requests:
        """Nobody waits."""
        return cls.in_given_order(Queue.empty(n_hour), np.zeros(0))

    @classmethod
    def in_given_order(cls, queue: Queue, requested_mw: NDArray[np.float64]) -> Requests:
        """Requests that hold no room ahead, in the order of their rows."""
        return cls(queue, requested_mw, requested_mw, np.arange(len(requested_mw), dtype=np.int32))
