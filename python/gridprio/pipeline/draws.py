"""Drawing on until the verdicts are settled that the page speaks of (docs/theory/statistics.md, section 3)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gridprio.cells import Progress
from gridprio.effect import (
    BY_LIST,
    IN_SERVICE,
    TOTAL,
    Comparison,
    Effect,
    Effects,
    Judgement,
    Pair,
    judge_effects,
)
from gridprio.errors import MissingCellsError
from gridprio.model.plan import NOT_PLANNED, PriorityTimeline
from gridprio.outcome import Evaluator, Sampled, asked_mw_years
from gridprio.pipeline.ranges import effect_ranges
from gridprio.pipeline.schedules import Schedules

PLACEBO_DRAWS = 40
"""Draws on which the real list is ranked among random ones; the rank is valid on any number of them."""
ORDER_DRAWS = 160
"""Draws on which whole orders stand beside each other; the effect of status has all draws of a run."""


@dataclass(frozen=True)
class LeftOut:
    """What a seal lacks the cells for; nothing where cells are simulated."""

    draws: int = 0
    """draws of the first look in which the plan without status or with all of it lacks a cell"""
    orders: tuple[str, ...] = ()
    """other compared orders that lack a cell in a draw that is told of"""
    lists: int = 0
    """random lists of statuses: all of them, where one lacks a cell"""
    more_draws: bool = False
    """draws after these, which could settle verdicts"""


@dataclass(frozen=True, eq=False)
class Drawn:
    """Everything compared on the draws after which nothing more is to be settled."""

    comparison: Comparison
    effects: list[Effect]
    judgement: Judgement
    named: NDArray[np.float64]
    """[order, scenario, draw, metric] of the named orders, on the first draws; NaN for those that are left out"""
    draw_rows: NDArray[np.intp]
    """[draw], which of the study's delay draws they are"""
    left_out: LeftOut

    def metric(self, timeline: int) -> NDArray[np.float64]:
        """[scenario, draw, metric] of a row of `Schedules.timelines`, on its draws of the run."""
        compared = self.comparison.metric
        found: NDArray[np.float64] = [*compared, *self.named][timeline]
        return found


def draw_until_settled(
    evaluator: Evaluator,
    schedules: Schedules,
    effects: Effects,
    progress: Progress | None = None,
    *,
    skip_missing: bool = False,
) -> Drawn:
    """Looks after `draws` and after every doubling; stops when nothing more would be settled before `max_draws`, or
    where a seal lacks cells for the next look.

    MissingCellsError where a seal lacks cells for the first look; with `skip_missing` only where nothing is left of it.
    Random lists alone may lack cells: they are left out.
    """
    settings, most = evaluator.study.settings, len(evaluator.delay_months)
    n = min(settings.draws, most)
    n_compared = len(schedules.timelines) - len(schedules.named)
    sample = _Sample(evaluator, schedules.timelines[:n_compared])
    named = _Sample(evaluator, schedules.timelines[n_compared:], ORDER_DRAWS)
    lists = _Sample(evaluator, schedules.placebo, PLACEBO_DRAWS)
    sample.draw_to(n, progress, skip_missing=skip_missing)  # nearly every cell is of these
    named.draw_to(n, skip_missing=skip_missing)
    try:
        lists.draw_to(n)
    except MissingCellsError:
        lists = _Sample(evaluator, ())
    rows = _told_draws(evaluator, schedules, sample, n)
    while True:
        comparison = _comparison(evaluator, schedules, sample, lists, rows)
        found = effects.of(comparison)
        judgement = judge_effects(found, settings.confidence)
        beside = named.on(rows)
        left_out = _left_out(schedules, comparison, beside, n - len(rows))
        drawn = Drawn(comparison, found, judgement, beside, rows, left_out)
        if n == most or not _settles_by(most, found, judgement):
            return drawn
        more = min(2 * n, most)
        try:
            sample.draw_to(more, progress)
            for one in (named, lists):
                one.draw_to(more)
        except MissingCellsError:
            return replace(drawn, left_out=replace(drawn.left_out, more_draws=True))
        rows, n = np.append(rows, np.arange(n, more)), more


def detailed_pair(evaluator: Evaluator, schedules: Schedules, drawn: Drawn) -> Pair:
    """The plans without and with status, development by development, on the same draws."""
    orders, comparison = schedules.orders, drawn.comparison
    rows = (orders.without, orders.with_all["both"])
    plans = evaluator.plans([schedules.timelines[row] for row in rows], drawn.draw_rows)
    outcomes, row = evaluator.outcomes(plans)
    return Pair(
        outcomes=outcomes,
        row=row,
        in_service_month=comparison.in_service_month[list(rows)],
        project_ids=evaluator.project_ids,
        asked_mw_years=asked_mw_years(evaluator.walk_rules, [table.walk() for table in evaluator.tables]),
        connected_range_months=comparison.ranges.connected_months,
        by_chance=comparison.drawn and rows[0] != rows[1],
    )


def _told_draws(evaluator: Evaluator, schedules: Schedules, sample: _Sample, n: int) -> NDArray[np.intp]:
    """Draws of the first look that have the plan without status and the one with all of it."""
    basis = [schedules.orders.without, schedules.orders.with_all["both"]]
    complete = ~np.isnan(sample.metric[basis]).any(axis=(0, 1, 3))
    if not complete.any():  # says which cells are missing
        evaluator.sampled([schedules.timelines[row] for row in basis], evaluator.delay_months[:n])
    return np.flatnonzero(complete)


def _left_out(schedules: Schedules, comparison: Comparison, named: NDArray[np.float64], draws: int) -> LeftOut:
    lacks = np.concatenate([np.isnan(metric).any(axis=(1, 2, 3)) for metric in (comparison.metric, named)])
    names = tuple(schedules.timelines[row].name for row in np.flatnonzero(lacks))
    return LeftOut(draws, names, len(schedules.placebo) - len(comparison.placebo))


def _settles_by(most: int, effects: Sequence[Effect], judgement: Judgement) -> bool:
    """Whether a verdict of the page would still fall before `most` draws, were draws to stay as they are."""
    return any(
        more and len(effect.with_status) + more <= most
        for effect, more in zip(effects, judgement.further_draws, strict=True)
        if effect.channel.endswith("both") and (effect.project_id == TOTAL or effect.metric in (IN_SERVICE, BY_LIST))
    )


@dataclass(eq=False)
class _Sample:
    """Outcomes of timelines on the first draws of a study; more draws are added to what is there."""

    evaluator: Evaluator
    timelines: Sequence[PriorityTimeline]
    most: int = sys.maxsize
    """draws, beyond which nothing is added"""
    parts: list[Sampled] = field(default_factory=list)

    def draw_to(self, n: int, progress: Progress | None = None, *, skip_missing: bool = False) -> None:
        n, known = min(n, self.most), sum(part.in_service_month.shape[1] for part in self.parts)
        if n > known and self.timelines:
            delays = self.evaluator.delay_months[known:n]
            found = self.evaluator.sampled(self.timelines, delays, skip_missing=skip_missing, progress=progress)
            self.parts.append(found)

    @property
    def metric(self) -> NDArray[np.float64]:
        """[timeline, scenario, draw, metric]"""
        return np.concatenate([part.metric for part in self.parts], axis=2)

    def on(self, draw_rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """[timeline, scenario, draw, metric] on those of these draws that it has; no rows without timelines."""
        if not self.parts:
            return np.empty((0, len(self.evaluator.scenarios), 0, len(self.evaluator.metrics)))
        return self.metric[:, :, draw_rows[draw_rows < self.most]]

    @property
    def in_service_month(self) -> NDArray[np.int32]:
        """[timeline, draw, project]"""
        return np.concatenate([part.in_service_month for part in self.parts], axis=1)


def _comparison(
    evaluator: Evaluator, schedules: Schedules, sample: _Sample, lists: _Sample, draw_rows: NDArray[np.intp]
) -> Comparison:
    n_month = evaluator.problem.arrays.n_month
    month = sample.in_service_month[:, draw_rows]
    return Comparison(
        orders=schedules.orders,
        scenarios=evaluator.scenarios,
        metric=sample.on(draw_rows),
        in_service_month=np.where(month == NOT_PLANNED, n_month, month).astype(np.float64),
        placebo=lists.on(draw_rows),
        project_row={project_id: k for k, project_id in enumerate(evaluator.project_ids)},
        ranges=effect_ranges(evaluator, sample.timelines),
        drawn=schedules.drawn,
    )
