"""Orders that every run plans beside the operator's, each under its own name in the run folder."""

from __future__ import annotations

from collections.abc import Sequence

from gridprio.inputs.study import Study
from gridprio.model.plan import PriorityTimeline
from gridprio.orders import Order, need_year_order, request_date_order, status_timeline
from gridprio.outcome import Evaluator


def named_orders(study: Study, evaluator: Evaluator) -> list[PriorityTimeline]:
    """Whole orders without status, to hold the operator's against; names are unique.

    `evaluator` is for orders that follow from outcomes.
    """
    orders: Sequence[Order] = (request_date_order(study.projects), need_year_order(study.projects))
    return [status_timeline(order, evaluator.project_ids, (), study.settings) for order in orders]
