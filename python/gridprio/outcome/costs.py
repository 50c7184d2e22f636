"""Money: discounting, and what of an investment counts within the horizon (docs/theory/outcome.md)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED
from gridprio.outcome.states import DistinctPlans

ASSET_LIFE_YEARS = 40
"""Years over which an investment is charged (assumption, usual for grid assets)"""


def discount_by_month(settings: Settings, n_month: int) -> NDArray[np.float64]:
    """[month], value in `price_year` of one euro in that month; months of a year count alike."""
    year = settings.start_year + np.arange(n_month) // 12
    discount: NDArray[np.float64] = (1.0 + settings.discount_rate) ** -(year - settings.price_year).astype(float)
    return discount


def annuity(rate: float, years: int) -> float:
    """Yearly charge per euro invested."""
    return 1.0 / years if rate == 0 else rate / (1.0 - (1.0 + rate) ** -years)


def capital_meur(study: Study, plans: DistinctPlans) -> NDArray[np.float64]:
    """[plan], discounted annuities of every project over the months in which it is in service within the horizon.

    What a project costs after the horizon is left out, as is what it does then.
    """
    settings = study.settings
    discount = discount_by_month(settings, plans.n_month)
    after = np.append(np.cumsum(discount[::-1])[::-1], 0.0)
    since = np.where(plans.in_service_month == NOT_PLANNED, plans.n_month, plans.in_service_month)
    charge = annuity(settings.discount_rate, ASSET_LIFE_YEARS) / 12
    cost = np.array([project.cost_meur for project in study.projects])
    charged: NDArray[np.float64] = (after[np.minimum(since, plans.n_month)] * cost * charge).sum(axis=1)
    return charged
