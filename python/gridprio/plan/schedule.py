"""Many orders x delay draws in one call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.protocol import Kernels
from gridprio.model.plan import (
    OrderArrays,
    PlanProblem,
    Plans,
    PriorityTimeline,
)
from gridprio.plan.months import plan_months


def schedule_plans(
    problem: PlanProblem,
    timelines: Sequence[PriorityTimeline],
    delay_months: NDArray[np.int32] | None,
    kernels: Kernels,
    *,
    threads: int = 1,
) -> list[Plans]:
    """One `Plans` per timeline, with a row per draw of `delay_months[draw, phase]`; None is one draw without delay.

    Every timeline names the projects of the problem in the same order. Results do not depend on `threads`.
    """
    if delay_months is None:
        delay_months = np.zeros((1, problem.arrays.n_phase), dtype=np.int32)
    delay_months = np.ascontiguousarray(delay_months, dtype=np.int32)
    if not timelines:
        return []
    result = kernels.schedule(problem.arrays, join_timelines(problem, timelines), delay_months, threads=threads)
    months = plan_months(problem, result.start, result.finish)
    draws = len(delay_months)
    return [
        Plans(
            order_name=timeline.name,
            project_ids=problem.project_ids,
            phase_project=problem.phase_project,
            phase_name=problem.phase_name,
            start_month=result.start[rows],
            finish_month=result.finish[rows],
            binding=result.binding[rows].astype(np.int8),
            binding_resource=result.binding_resource[rows],
            resource_names=problem.resource_names,
            in_service_month=months.in_service[rows],
            out_of_service_month=months.out_of_service[rows],
            build_start_month=months.work_start[rows],
        )
        for timeline, rows in ((timeline, slice(k * draws, (k + 1) * draws)) for k, timeline in enumerate(timelines))
    ]


def join_timelines(problem: PlanProblem, timelines: Sequence[PriorityTimeline]) -> OrderArrays:
    """All timelines on the union of their epochs; running works (tier 0) come first in every list."""
    for timeline in timelines:
        if timeline.project_ids != problem.project_ids:
            raise ValueError(f"order {timeline.name!r} does not name the projects of the problem in the same order")
    epochs = np.unique(np.concatenate([t.epoch_month for t in timelines])).astype(np.int32)
    rows = [np.searchsorted(t.epoch_month, epochs, side="right") - 1 for t in timelines]
    lists = np.stack([t.project_order[r] for t, r in zip(timelines, rows, strict=True)])
    later = np.argsort(~problem.running[lists], axis=-1, kind="stable")
    saved = np.stack([_saved(problem, t)[r] for t, r in zip(timelines, rows, strict=True)])
    return OrderArrays(
        epoch_month=epochs,
        project_order=np.ascontiguousarray(np.take_along_axis(lists, later, axis=-1), dtype=np.int32),
        claim=np.ascontiguousarray(
            np.stack([t.claim[r] for t, r in zip(timelines, rows, strict=True)]), dtype=np.int32
        ),
        saved=np.ascontiguousarray(saved, dtype=np.int32),
    )


def _saved(problem: PlanProblem, timeline: PriorityTimeline) -> NDArray[np.int32]:
    """Months saved per [epoch, phase]."""
    name = np.array(problem.phase_name)
    permit = timeline.permit_months_saved[:, problem.phase_project] * (name == "permit")
    land = timeline.land_months_saved[:, problem.phase_project] * (name == "land")
    saved: NDArray[np.int32] = (permit + land).astype(np.int32)
    return saved
