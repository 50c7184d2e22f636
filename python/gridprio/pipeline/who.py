"""Tables of who gains and who pays: goal shift, inequality, and whose status helps or hurts whom."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gridprio.cells import is_sealed
from gridprio.effect import (
    Pair,
    externality_table,
    goal_shift_table,
    group_timelines,
    inequality_tables,
    status_groups,
)
from gridprio.outcome import Evaluator
from gridprio.pipeline.schedules import Schedules


def who_tables(
    evaluator: Evaluator, schedules: Schedules, pair: Pair, needed: pd.DataFrame | None
) -> dict[str, pd.DataFrame]:
    """Tables `lorenz`, `inequality`, `goal_shift` and `externality`, on the draws of the pair.

    The last two ask for plans of their own (`needed` is None where a seal lacks their cells), so a sealed study has
    them not.
    """
    study, name = evaluator.study, schedules.order_name
    found = inequality_tables(study, pair, name)
    if needed is not None:
        found["goal_shift"] = goal_shift_table(study, pair, needed, name)
    if not is_sealed(study):
        found["externality"] = _externality(evaluator, schedules, pair)
    return found


def _externality(evaluator: Evaluator, schedules: Schedules, pair: Pair) -> pd.DataFrame:
    study = evaluator.study
    groups = status_groups(study.projects)
    timelines = group_timelines(schedules.order, evaluator.project_ids, groups, study.settings)
    outcomes, rows = evaluator.outcomes(evaluator.plans(timelines, pair.row.shape[1]))
    with_all = pair.outcomes.waiting_mw_years[pair.row[1]]
    change = np.stack([(with_all - outcomes.waiting_mw_years[own]).mean(axis=0) for own in rows])
    return externality_table(study, evaluator.scenarios, list(groups), change, schedules.order_name)
