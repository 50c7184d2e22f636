"""Drawing on until the verdicts are settled that the page speaks of (docs/theory/statistics.md, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
from gridprio.model.plan import NOT_PLANNED, PriorityTimeline
from gridprio.outcome import Evaluator, Sampled, asked_mw_years
from gridprio.pipeline.ranges import effect_ranges
from gridprio.pipeline.schedules import Schedules


@dataclass(frozen=True, eq=False)
class Drawn:
    """Everything compared on the draws after which nothing more is to be settled."""

    comparison: Comparison
    effects: list[Effect]
    judgement: Judgement
    metric: NDArray[np.float64]
    """[timeline, scenario, draw, metric], in rows of `Schedules.timelines`"""


def draw_until_settled(
    evaluator: Evaluator, schedules: Schedules, effects: Effects, progress: Progress | None = None
) -> Drawn:
    """Looks after `draws` and after every doubling; stops when nothing more would be settled before `max_draws`."""
    settings, most = evaluator.study.settings, len(evaluator.delay_months)
    timelines = [*schedules.timelines, *schedules.placebo]
    sample = _Sample(evaluator, timelines)
    n = min(settings.draws, most)
    while True:
        sample.draw_to(n, progress)
        comparison = _comparison(evaluator, schedules, sample)
        found = effects.of(comparison)
        judgement = judge_effects(found, settings.confidence)
        if n == most or not _settles_by(most, found, judgement):
            return Drawn(comparison, found, judgement, sample.metric[: len(schedules.timelines)])
        n = min(2 * n, most)


def detailed_pair(evaluator: Evaluator, schedules: Schedules, comparison: Comparison) -> Pair:
    """The plans without and with status, development by development, on the same draws."""
    orders = schedules.orders
    rows = (orders.without, orders.with_all["both"])
    plans = evaluator.plans([schedules.timelines[row] for row in rows], comparison.draws)
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
    parts: list[Sampled] = field(default_factory=list)

    def draw_to(self, n: int, progress: Progress | None) -> None:
        known = sum(part.in_service_month.shape[1] for part in self.parts)
        delays = self.evaluator.delay_months[known:n]
        self.parts.append(self.evaluator.sampled(self.timelines, delays, progress=progress))

    @property
    def metric(self) -> NDArray[np.float64]:
        """[timeline, scenario, draw, metric]"""
        return np.concatenate([part.metric for part in self.parts], axis=2)

    @property
    def in_service_month(self) -> NDArray[np.int32]:
        """[timeline, draw, project]"""
        return np.concatenate([part.in_service_month for part in self.parts], axis=1)


def _comparison(evaluator: Evaluator, schedules: Schedules, sample: _Sample) -> Comparison:
    n_month = evaluator.problem.arrays.n_month
    month = sample.in_service_month
    compared = len(schedules.timelines)
    return Comparison(
        orders=schedules.orders,
        scenarios=evaluator.scenarios,
        metric=sample.metric[:compared],
        in_service_month=np.where(month == NOT_PLANNED, n_month, month).astype(np.float64)[:compared],
        placebo=sample.metric[compared:],
        project_row={project_id: k for k, project_id in enumerate(evaluator.project_ids)},
        ranges=effect_ranges(evaluator, sample.timelines),
        drawn=schedules.drawn,
    )
