"""Tables of what status changes, from the outcomes of the compared plans."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from gridprio.cells import CellSource
from gridprio.effect import (
    Effects,
    Pair,
    Reason,
    Reasons,
    connections_table,
    distribution_table,
    effect_table,
    judge_effects,
    not_assessable_reason,
    placebo_table,
)
from gridprio.inputs.study import Study
from gridprio.outcome import Evaluator
from gridprio.pipeline.draws import Drawn
from gridprio.pipeline.schedules import Schedules


def study_effects(evaluator: Evaluator, schedules: Schedules) -> Effects:
    """The effects of which a run tells: of projects with status, and of listed ones that have nothing to move."""
    study, orders = evaluator.study, schedules.orders
    silent = {
        p.project_id: not_assessable_reason(p)
        for p in study.projects
        if (p.status or p.listed) and p.project_id not in evaluator.cells.changing_projects
    }
    reasons = Reasons(study, schedules.problem)
    return Effects(
        study.settings,
        [p.project_id for p in study.projects if p.status],
        scenario_weights(study, evaluator.scenarios),
        lambda channel, project: reasons.binding(project, schedules.plans[orders.with_all[channel]], channel),
        silent,
        schedules.prefix,
    )


def effect_tables(
    evaluator: Evaluator, schedules: Schedules, effects: Effects, drawn: Drawn, pair: Pair
) -> dict[str, pd.DataFrame]:
    """Tables `status_effect`, `placebo`, `connections` and `distribution`, all on the same draws."""
    study, cells = evaluator.study, evaluator.cells
    confidence, n_month = study.settings.confidence, schedules.problem.arrays.n_month
    table = effect_table(drawn.effects, drawn.judgement, confidence)
    if not schedules.established:
        unknown = effects.not_established(drawn.comparison, Reason(schedules.unknown_because))
        table = pd.concat(
            [effect_table(unknown, judge_effects(unknown, confidence), confidence), table], ignore_index=True
        )
    return {
        "status_effect": table,
        "placebo": placebo_table(drawn.comparison, study.settings, schedules.prefix),
        "connections": connections_table(
            study, pair, cells.limit_name, _projects_near(cells), n_month, schedules.order_name
        ),
        "distribution": distribution_table(study, pair, schedules.order_name),
    }


def scenario_weights(study: Study, scenarios: tuple[str, ...]) -> list[float] | None:
    """The user's weights of the scenarios that are run; None unless every one has a weight."""
    weight = {s.scenario_id: s.weight for s in study.scenarios}
    given = [w for s in scenarios if (w := weight[s]) is not None]
    return given if len(given) == len(scenarios) and sum(given) > 0 else None


def _projects_near(source: CellSource) -> Callable[[int], Sequence[int]]:
    near = {development: area.serving for area in source.areas for development in area.development_rows}
    return near.__getitem__
