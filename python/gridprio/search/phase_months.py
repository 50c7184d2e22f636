"""Months of work of a phase by the month of its start, for the enumeration of schedules."""

from __future__ import annotations

import copy
import graphlib

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED, Binding, PlanArrays
from gridprio.plan import may_run


class PhaseMonths:
    """One phase, started in each month of the horizon (and at its end)."""

    def __init__(self, arrays: PlanArrays, phase: int, length: int | None = None) -> None:
        """`length`: months of work, where support makes them fewer."""
        n_month = arrays.n_month
        duration = int(arrays.duration[phase]) if length is None else length
        self.length = duration
        is_open = np.array([may_run(arrays, phase, month) for month in range(n_month)], dtype=bool)
        before = np.concatenate([[0], np.cumsum(is_open)])
        worked = before[None, 1:] - before[: n_month + 1, None]
        inside = np.arange(n_month)[None] >= np.arange(n_month + 1)[:, None]
        self.works: NDArray[np.int64] = (inside & is_open & (worked <= duration)).astype(np.int64)
        """[start, month], 1 in months of work"""
        self.by_year: NDArray[np.int64] = self.works.reshape(n_month + 1, -1, 12).sum(axis=2)
        """[start, year], months of work"""
        ends = self.works.sum(axis=1) == duration
        last = n_month - 1 - self.works[:, ::-1].argmax(axis=1)
        finish = np.where(duration > 0, last + 1, np.arange(n_month + 1))
        self.finish: NDArray[np.int32] = np.where(ends, finish, NOT_PLANNED).astype(np.int32)
        """[start], NOT_PLANNED when it runs on after the horizon"""
        self.possible: NDArray[np.bool_] = ends & (np.append(is_open, False) if duration else True)
        """[start], whether it can begin to work there and ends in time"""
        self.rate = int(arrays.cost[phase]) // duration if duration else 0
        """EUR per month of work"""
        rows = slice(arrays.predecessor_start[phase], arrays.predecessor_start[phase + 1])
        self.lags = np.where(arrays.predecessor_binding[rows] == Binding.REQUIRES, 0, arrays.lag[phase]).tolist()
        """[predecessor], months"""
        self._open_month = np.flatnonzero(is_open)
        self._worked_before = before
        self._soonest = _soonest(self.possible)

    def where(self, fits: NDArray[np.bool_]) -> PhaseMonths:
        """The same when it may only start where `fits` [start] says so."""
        other = copy.copy(self)
        other.possible = self.possible & fits
        other._soonest = _soonest(other.possible)
        return other

    def after(self, finish: NDArray[np.int32], delay: NDArray[np.int32]) -> NDArray[np.int32]:
        """The finish after a delay that goes on in the next months in which the phase may run; NOT_PLANNED when these
        are not all within the horizon, or the phase is not."""
        last = self._worked_before[finish] + delay - 1
        within = (finish != NOT_PLANNED) & (last < len(self._open_month))
        late = np.append(self._open_month, 0)[np.where(within, last, -1)] + 1
        return np.where(within, np.where(delay > 0, late, finish), NOT_PLANNED).astype(np.int32)

    def soonest(self, ready: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """First possible start at `ready` or later, and the finish; NOT_PLANNED where there is none."""
        start = self._soonest[np.clip(ready, 0, len(self._soonest) - 1)]
        return start, np.where(start == NOT_PLANNED, NOT_PLANNED, self.finish[start]).astype(np.int32)


def _soonest(possible: NDArray[np.bool_]) -> NDArray[np.int32]:
    """[start], the first possible start from there on; NOT_PLANNED where there is none, as in the extra last row."""
    n = len(possible)
    months = np.where(possible, np.arange(n), n)
    first = np.minimum.accumulate(months[::-1])[::-1]
    return np.append(np.where(first == n, NOT_PLANNED, first), NOT_PLANNED).astype(np.int32)


def scarce_phases(arrays: PlanArrays) -> list[int]:
    """Phases of which the months hang on others."""
    takes = (np.diff(arrays.need_start) > 0) | (np.diff(arrays.material_start) > 0) | (arrays.phase_budget >= 0)
    scarce: list[int] = np.flatnonzero(takes & (arrays.duration > 0) & (arrays.fixed_start < 0)).tolist()
    return scarce


def topological_phases(arrays: PlanArrays) -> list[int]:
    """All phases, each after those that it waits for."""
    graph = {
        phase: arrays.predecessor[arrays.predecessor_start[phase] : arrays.predecessor_start[phase + 1]].tolist()
        for phase in range(arrays.n_phase)
    }
    return list(graphlib.TopologicalSorter(graph).static_order())
