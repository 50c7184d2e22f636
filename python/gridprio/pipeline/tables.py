"""Rows of tables `plan` and `outcomes`, by order name (docs/run-folder.md)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect import binding_code
from gridprio.model.plan import PlanProblem, Plans
from gridprio.outcome import METRICS


def plan_table(problem: PlanProblem, named: Mapping[str, Plans], scenarios: tuple[str, ...]) -> pd.DataFrame:
    """Table `plan`; plans do not depend on the scenario, so every scenario has the same rows."""
    frames = []
    for name, plans in named.items():
        n_draw, n_phase = plans.start_month.shape
        binding = [binding_code(plans, draw, phase) for draw in range(n_draw) for phase in range(n_phase)]
        frame = pd.DataFrame(
            {
                "order_name": name,
                "scenario": "",
                "draw": np.repeat(np.arange(n_draw), n_phase),
                "project_id": np.tile([problem.project_ids[p] for p in plans.phase_project], n_draw),
                "phase": np.tile(plans.phase_name, n_draw),
                "start_month": plans.start_month.ravel(),
                "finish_month": plans.finish_month.ravel(),
                "binding_constraint": binding,
            }
        )
        frames += [frame.assign(scenario=scenario) for scenario in scenarios]
    return pd.concat(frames, ignore_index=True)


def outcomes_table(
    named: Mapping[str, NDArray[np.float64]], scenarios: tuple[str, ...], draw_rows: NDArray[np.intp] | None = None
) -> pd.DataFrame:
    """Table `outcomes` of metrics [scenario, draw, metric] by order name.

    `draw_rows` [draw]: which of the study's delay draws they are; None = the first ones. An order may have the first of
    them alone.
    """
    frames = [
        pd.DataFrame(
            {
                "order_name": name,
                "scenario": scenario,
                "draw": np.arange(metric.shape[1]) if draw_rows is None else draw_rows[: metric.shape[1]],
                **dict(zip(METRICS, metric[at].T, strict=True)),
            }
        )
        for name, metric in named.items()
        for at, scenario in enumerate(scenarios)
    ]
    return pd.concat(frames, ignore_index=True)
