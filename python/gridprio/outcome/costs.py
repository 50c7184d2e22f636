"""Money: discounting, and what of an investment counts within the horizon (docs/theory/outcome.md)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.inputs.settings import Settings
from gridprio.inputs.study import Study
from gridprio.model.faults import check_finite

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


def capital_meur(study: Study, n_month: int) -> NDArray[np.float64]:
    """[project, month], discounted annuities of a project in service from that month to the end of the horizon.

    What a project costs after the horizon is left out, as is what it does then. A temporary solution leaves nothing
    behind, so it is charged in full when it comes into service.
    """
    settings = study.settings
    discount = discount_by_month(settings, n_month)
    after = np.cumsum(discount[::-1])[::-1]
    charge = annuity(settings.discount_rate, ASSET_LIFE_YEARS) / 12
    cost = np.array([project.cost_meur for project in study.projects])
    temporary = np.array([bool(p.until or p.until_projects) for p in study.projects], dtype=np.bool_)
    capital: NDArray[np.float64] = cost[:, None] * np.where(temporary[:, None], discount, charge * after)
    check_finite("capital_cost_meur", capital, lambda at: f"project {study.projects[at[0]].project_id}")
    return capital
