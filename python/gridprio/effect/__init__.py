"""What status changes: in total, per project, per development and per group (docs/theory/effect.md)."""

from gridprio.effect.binding_projects import binding_projects_table
from gridprio.effect.channels import WITH, WITHOUT, StatusOrders, status_orders
from gridprio.effect.comparison import Comparison, Pair, Ranges
from gridprio.effect.connections import connections_table
from gridprio.effect.curves import CurveLists, CurveOutcomes, CurvePoint, curve_table
from gridprio.effect.distribution import distribution_table
from gridprio.effect.flips import Change, Flips, budget_years
from gridprio.effect.judgement import Judgement, effect_table, judge_effects
from gridprio.effect.ledger import ledger_table
from gridprio.effect.months import Cause, CauseKind, ProjectMonths
from gridprio.effect.placebo import placebo_table, placebo_timelines
from gridprio.effect.reach import (
    SUPPORTS,
    ChannelMonths,
    PlannedOrder,
    mean_months,
    reach_months_table,
    reach_table,
)
from gridprio.effect.reasons import Reason, Reasons, binding_code, not_assessable_reason
from gridprio.effect.relaxations import Relaxations
from gridprio.effect.status_effect import BY_LIST, IN_SERVICE, TOTAL, Effect, Effects, margins
from gridprio.effect.why_not import Replan, why_not_table

__all__ = [
    "BY_LIST",
    "IN_SERVICE",
    "SUPPORTS",
    "TOTAL",
    "WITH",
    "WITHOUT",
    "Cause",
    "CauseKind",
    "Change",
    "ChannelMonths",
    "Comparison",
    "CurveLists",
    "CurveOutcomes",
    "CurvePoint",
    "Effect",
    "Effects",
    "Flips",
    "Judgement",
    "Pair",
    "PlannedOrder",
    "ProjectMonths",
    "Ranges",
    "Reason",
    "Reasons",
    "Relaxations",
    "Replan",
    "StatusOrders",
    "binding_code",
    "binding_projects_table",
    "budget_years",
    "connections_table",
    "curve_table",
    "distribution_table",
    "effect_table",
    "judge_effects",
    "ledger_table",
    "margins",
    "mean_months",
    "not_assessable_reason",
    "placebo_table",
    "placebo_timelines",
    "reach_months_table",
    "reach_table",
    "status_orders",
    "why_not_table",
]
