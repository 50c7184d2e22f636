"""Months of work of a phase by the month of its start, for the enumeration of schedules."""

from __future__ import annotations

import graphlib

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import NOT_PLANNED, Binding, PlanArrays
from gridprio.search.relaxation import may_run


class PhaseMonths:
    """One phase, started in each month of the horizon (and at its end)."""

    def __init__(self, arrays: PlanArrays, phase: int) -> None:
        n_month, duration = arrays.n_month, int(arrays.duration[phase])
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
        months = np.where(self.possible, np.arange(n_month + 1), n_month + 1)
        soonest = np.minimum.accumulate(months[::-1])[::-1]
        self._soonest = np.append(np.where(soonest > n_month, NOT_PLANNED, soonest), NOT_PLANNED).astype(np.int32)

    def soonest(self, ready: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """First possible start at `ready` or later, and the finish; NOT_PLANNED where there is none."""
        start = self._soonest[np.clip(ready, 0, len(self._soonest) - 1)]
        return start, np.where(start == NOT_PLANNED, NOT_PLANNED, self.finish[start]).astype(np.int32)


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
