"""Named orders of projects and what status does to them (docs/theory/orders.md)."""

from gridprio.orders.named import (
    BEST_FOUND,
    OPERATOR,
    given_orders,
    listed,
    listed_timeline,
    named_orders,
    own_order,
)
from gridprio.orders.order import Order, need_year_order, operator_order, random_order, request_date_order
from gridprio.orders.places import Lists, Places, place_matters, search_places
from gridprio.orders.rankings import per_cost, ranked_by, societal_scores
from gridprio.orders.status import CHANNELS, apply_status, movable_projects, status_timeline

__all__ = [
    "BEST_FOUND",
    "CHANNELS",
    "OPERATOR",
    "Lists",
    "Order",
    "Places",
    "apply_status",
    "given_orders",
    "listed",
    "listed_timeline",
    "movable_projects",
    "named_orders",
    "need_year_order",
    "operator_order",
    "own_order",
    "per_cost",
    "place_matters",
    "random_order",
    "ranked_by",
    "request_date_order",
    "search_places",
    "societal_scores",
    "status_timeline",
]
