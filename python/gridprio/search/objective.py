"""One number for an order: the user's weights over metrics, scenarios and delay draws (docs/theory/search.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import InputError, Problem
from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study
from gridprio.model.metrics import DEFINITIONS
from gridprio.outcome import METRICS, Evaluator
from gridprio.plan import plan_months
from gridprio.text import sentence

Floats = NDArray[np.float64]
Lists = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Objective:
    """Weighted sum in points, lower is better; waiting, overload and shortfall discounted like costs."""

    evaluator: Evaluator
    weight: Floats
    """[metric], points per unit"""
    scenario_share: Floats
    """[scenario], adds up to 1"""
    delay_months: NDArray[np.int32] | None
    """[draw, phase]; None = planned dates, without delays"""

    def __call__(self, lists: Lists) -> Floats:
        """[order] points of whole priority lists [order, place]."""
        return self.of(self.evaluator.evaluate(lists, self.delay_months, discounted=True))

    def keys(self, lists: Lists) -> list[bytes]:
        """[order], equal for lists of which the plans are the same to the grid in every draw that counts."""
        made = self.evaluator.schedule(lists, self.delay_months)
        months = plan_months(self.evaluator.problem, made.start, made.finish)
        columns = (months.in_service, months.out_of_service, months.work_start, months.work_end)
        return [blake2b(row.tobytes(), digest_size=16).digest() for row in np.hstack(columns).reshape(len(lists), -1)]

    def of(self, metric: Floats) -> Floats:
        """[order] points of metrics [order, scenario, draw, metric]."""
        return self.by_scenario(metric) @ self.scenario_share

    def by_scenario(self, metric: Floats) -> Floats:
        """[order, scenario] points, mean over draws."""
        points: Floats = (metric.mean(axis=2) * self.weight).sum(axis=-1)
        return points

    def with_evaluator(self, evaluator: Evaluator) -> Objective:
        return Objective(evaluator, self.weight, self.scenario_share, self.delay_months)


def study_objective(evaluator: Evaluator, search_draws: int | None = None) -> Objective:
    """The objective that the settings of a study name; InputError when every weight is 0.

    `search_draws`: the first draws of the study that count, 0 = none; None takes the setting.
    """
    study = evaluator.study
    weight = weights_of(study.settings)
    if not any(weight.values()):
        raise InputError(
            [
                Problem(
                    file="settings",
                    row=None,
                    column=None,
                    what=sentence("problem.search_weights_zero"),
                    expected=sentence("expected.one_above_zero"),
                    mend=sentence("remedy.set_one_of", names=", ".join(m.weight_setting for m in DEFINITIONS)),
                )
            ]
        )
    draws = study.settings.search_draws if search_draws is None else search_draws
    delays = evaluator.delay_months[:draws]
    return Objective(
        evaluator=evaluator,
        weight=np.array([weight[metric] for metric in METRICS]),
        scenario_share=scenario_shares(study, evaluator.scenarios),
        delay_months=delays if len(delays) and delays.any() else None,
    )


def weights_of(settings: Settings) -> Mapping[str, float]:
    """Metric -> points per unit."""
    return {metric.name: float(getattr(settings, metric.weight_setting)) for metric in DEFINITIONS}


def scenario_shares(study: Study, scenarios: tuple[str, ...]) -> Floats:
    """[scenario]: the setting `search_scenario` alone, else the user's weights, else equal shares."""
    chosen = study.settings.search_scenario
    if chosen:
        if chosen not in scenarios:
            what = sentence("problem.no_scenario_of_run")
            raise InputError([Problem("settings", None, "search_scenario", what, chosen, " ".join(scenarios))])
        return np.array([float(s == chosen) for s in scenarios])
    weight = {s.scenario_id: s.weight for s in study.scenarios}
    given = [weight[s] for s in scenarios]
    if all(w is not None for w in given) and sum(w or 0.0 for w in given) > 0:
        shares: Floats = np.array(given, dtype=np.float64) / sum(w or 0.0 for w in given)
        return shares
    return np.full(len(scenarios), 1.0 / len(scenarios))
