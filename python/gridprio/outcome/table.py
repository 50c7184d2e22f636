"""Cells that are known, in the arrays that the walk kernel reads; they grow as states are met."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.cells import CellSource, PlanArea, Progress, StateKey, StateYear
from gridprio.demand import may_connect
from gridprio.errors import Problem
from gridprio.inputs.study import Study
from gridprio.model.walk import WORD, WalkArea

Key = tuple[int, ...]


class _Rows:
    """An array whose first axis grows by doubling; `array` is what is filled."""

    def __init__(self, shape: tuple[int, ...], dtype: type) -> None:
        self._room: NDArray[Any] = np.empty((64, *shape), dtype=dtype)
        self._count = 0

    def append(self, rows: NDArray[Any]) -> None:
        end = self._count + len(rows)
        if end > len(self._room):
            grown = np.empty((max(end, 2 * len(self._room)), *self._room.shape[1:]), dtype=self._room.dtype)
            grown[: self._count] = self._room[: self._count]
            self._room = grown
        self._room[self._count : end] = rows
        self._count = end

    @property
    def array(self) -> NDArray[Any]:
        return self._room[: self._count]

    def __len__(self) -> int:
        return self._count


class AreaTable:
    """States and cells of one area that are known."""

    def __init__(self, study: Study, area: PlanArea, number: int, n_scenario: int) -> None:
        self.area, self.number, self.n_scenario = area, number, n_scenario
        settings = study.settings
        self.n_year = settings.end_year - settings.start_year + 1
        rows = [study.developments[row] for row in area.development_rows]
        first = [(d.requested_year - settings.start_year) * 12 + d.connection_lead_months for d in rows]
        self._first_month = np.array(first, dtype=np.int32)
        years = range(settings.start_year, settings.end_year + 1)
        offered = [may_connect(d, study.queue_rules, year) for d in rows for year in years]
        self._offered = np.array(offered, dtype=np.bool_).reshape(len(rows), self.n_year)
        n = len(rows)
        self._overload_mvah, self._insecure_hours = _Rows((13,), np.float64), _Rows((13,), np.float64)
        self._allocated_mw, self._requested_mw = _Rows((n,), np.float64), _Rows((n,), np.float64)
        self._limit = _Rows((n, 2), np.int32)
        self._first_cell: dict[Key, NDArray[np.int32]] = {}
        self._cell_of: dict[StateKey, int] = {}
        self._walk: WalkArea | None = None

    @property
    def limit(self) -> NDArray[np.int32]:
        """[cell, request, 2], branch and contingency"""
        return self._limit.array

    def walk(self) -> WalkArea:
        """The arrays of today; those handed out before stay as they were."""
        if self._walk is None:
            keys = sorted(self._first_cell)
            serving, working = (np.array(rows, dtype=np.int32) for rows in (self.area.serving, self.area.working))
            n_word = max(1, -(-(len(serving) + len(working)) // WORD))
            self._walk = WalkArea(
                serving=serving,
                working=working,
                key=np.array(keys, dtype=np.uint64).reshape(len(keys), n_word),
                first_cell=np.array([self._first_cell[key] for key in keys], np.int32).reshape(len(keys), self.n_year),
                overload_mvah=self._overload_mvah.array,
                insecure_hours=self._insecure_hours.array,
                allocated_mw=self._allocated_mw.array,
                requested_mw=self._requested_mw.array,
                development=np.array(self.area.development_rows, dtype=np.int32),
                first_month=self._first_month,
                offered=self._offered,
                energy_h=running_sums(self.area.energy_h),
            )
        return self._walk

    def fetch(
        self, source: CellSource, keys: Sequence[Key], years: Sequence[int], progress: Progress | None
    ) -> list[Problem]:
        """Learn these states in these years; what the source finds equal to a known one costs nothing.

        Gives back what cannot be had.
        """
        new: dict[StateKey, StateYear] = {}
        names: list[tuple[Key, int, StateKey]] = []
        problems = []
        for key, year in zip(keys, years, strict=True):
            state = self.state(key, year)
            problem = source.problem(state)
            if problem is not None:
                problems.append(problem)
                continue
            name = source.key(state)
            names.append((key, year, name))
            if name not in self._cell_of:
                new.setdefault(name, state)
        if new:
            self._learn(source, new, progress)
        for key, year, name in names:
            if key not in self._first_cell:
                self._first_cell[key] = np.full(self.n_year, -1, dtype=np.int32)
            self._first_cell[key][year] = self._cell_of[name]
        self._walk = None
        return problems

    def key(self, in_service: Sequence[int], in_works: Sequence[int]) -> Key:
        """Of the state with these projects (rows) in service and under construction, as far as they matter here."""
        n = len(self.area.serving)
        words = [0] * self.walk().n_word
        for bit, project in enumerate((*self.area.serving, *self.area.working)):
            if project in (in_service if bit < n else in_works):
                words[bit // WORD] |= 1 << (bit % WORD)
        return tuple(words)

    def insecure_hours(self, key: Key) -> NDArray[np.float64]:
        """[year, scenario, calendar month] of a state that is known in every year."""
        cells = self._first_cell[key][:, None] + np.arange(self.n_scenario)
        hours: NDArray[np.float64] = np.diff(self._insecure_hours.array[cells], axis=-1)
        return hours

    def state(self, key: Key, year: int) -> StateYear:
        n = len(self.area.serving)
        bits = [bit for bit in range(n + len(self.area.working)) if key[bit // WORD] >> (bit % WORD) & 1]
        return StateYear(
            area=self.number,
            in_service=tuple(self.area.serving[bit] for bit in bits if bit < n),
            in_works=tuple(self.area.working[bit - n] for bit in bits if bit >= n),
            year=year,
        )

    def states(self) -> list[tuple[StateYear, int]]:
        """Every state-year that is known, by key and year, with its first cell."""
        return [
            (self.state(key, year), int(self._first_cell[key][year]))
            for key in sorted(self._first_cell)
            for year in range(self.n_year)
            if self._first_cell[key][year] >= 0
        ]

    def _learn(self, source: CellSource, new: dict[StateKey, StateYear], progress: Progress | None) -> None:
        found = source.values(list(new.values()), progress)
        for row, name in enumerate(new):
            self._cell_of[name] = len(self._allocated_mw) + row * self.n_scenario
        flat = len(new) * self.n_scenario
        self._overload_mvah.append(running_sums(found.overload_mvah.reshape(flat, 12)))
        self._insecure_hours.append(running_sums(found.insecure_hours.reshape(flat, 12)))
        self._allocated_mw.append(found.allocated_mw.reshape(flat, -1))
        self._requested_mw.append(found.requested_mw.reshape(flat, -1))
        self._limit.append(found.limit.reshape(flat, -1, 2))


def running_sums(by_month: NDArray[np.float64]) -> NDArray[np.float64]:
    """[..., 13], sum over the calendar months before."""
    sums = np.zeros((*by_month.shape[:-1], 13))
    np.cumsum(by_month, axis=-1, out=sums[..., 1:])
    return sums
