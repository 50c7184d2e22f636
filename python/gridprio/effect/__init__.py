"""What status changes: in total, per project, per development and per group (docs/theory/effect.md)."""

from gridprio.effect.channels import CHANNELS, WITH, WITHOUT, StatusOrders, status_orders
from gridprio.effect.connections import connections_table
from gridprio.effect.distribution import distribution_table
from gridprio.effect.reasons import Reason, Reasons, binding_code, not_assessable_reason
from gridprio.effect.status_effect import (
    TOTAL,
    Comparison,
    margins,
    not_established_table,
    status_effect_table,
)

__all__ = [
    "CHANNELS",
    "TOTAL",
    "WITH",
    "WITHOUT",
    "Comparison",
    "Reason",
    "Reasons",
    "StatusOrders",
    "binding_code",
    "connections_table",
    "distribution_table",
    "margins",
    "not_assessable_reason",
    "not_established_table",
    "status_effect_table",
    "status_orders",
]
