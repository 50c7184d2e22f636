"""Named orders of projects and what status does to them (docs/theory/orders.md)."""

from gridprio.orders.order import Order, need_year_order, operator_order, random_order, request_date_order
from gridprio.orders.rankings import per_cost, ranked_by, societal_scores
from gridprio.orders.status import apply_status, movable_projects, status_timeline

__all__ = [
    "Order",
    "apply_status",
    "movable_projects",
    "need_year_order",
    "operator_order",
    "per_cost",
    "random_order",
    "ranked_by",
    "request_date_order",
    "societal_scores",
    "status_timeline",
]
