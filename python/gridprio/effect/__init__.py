"""What status changes: in total, per project, per development and per group (docs/theory/effect.md)."""

from gridprio.effect.binding_projects import binding_projects_table
from gridprio.effect.channels import CHANNELS, WITH, WITHOUT, StatusOrders, status_orders
from gridprio.effect.connections import connections_table
from gridprio.effect.distribution import distribution_table
from gridprio.effect.flips import Change, Flips, budget_years
from gridprio.effect.ledger import ledger_table
from gridprio.effect.months import Cause, CauseKind, ProjectMonths
from gridprio.effect.reach import (
    SUPPORTS,
    ChannelMonths,
    PlannedOrder,
    mean_months,
    reach_months_table,
    reach_table,
    support_timelines,
)
from gridprio.effect.reasons import Reason, Reasons, binding_code, not_assessable_reason
from gridprio.effect.relaxations import Relaxations
from gridprio.effect.status_effect import (
    TOTAL,
    Comparison,
    margins,
    not_established_table,
    status_effect_table,
)
from gridprio.effect.why_not import Replan, why_not_table

__all__ = [
    "CHANNELS",
    "SUPPORTS",
    "TOTAL",
    "WITH",
    "WITHOUT",
    "Cause",
    "CauseKind",
    "Change",
    "ChannelMonths",
    "Comparison",
    "Flips",
    "PlannedOrder",
    "ProjectMonths",
    "Reason",
    "Reasons",
    "Relaxations",
    "Replan",
    "StatusOrders",
    "binding_code",
    "binding_projects_table",
    "budget_years",
    "connections_table",
    "distribution_table",
    "ledger_table",
    "margins",
    "mean_months",
    "not_assessable_reason",
    "not_established_table",
    "reach_months_table",
    "reach_table",
    "status_effect_table",
    "status_orders",
    "support_timelines",
    "why_not_table",
]
