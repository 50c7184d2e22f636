"""What status changes: in total, per project, per development and per group (docs/theory/effect.md)."""

from gridprio.effect.channels import CHANNELS, WITH, WITHOUT, StatusOrders, status_orders
from gridprio.effect.comparison import Comparison, Pair, Ranges
from gridprio.effect.connections import connections_table
from gridprio.effect.distribution import distribution_table
from gridprio.effect.judgement import Judgement, effect_table, judge_effects
from gridprio.effect.placebo import placebo_table, placebo_timelines
from gridprio.effect.reasons import Reason, Reasons, binding_code, not_assessable_reason
from gridprio.effect.status_effect import BY_LIST, IN_SERVICE, TOTAL, Effect, Effects, margins

__all__ = [
    "BY_LIST",
    "CHANNELS",
    "IN_SERVICE",
    "TOTAL",
    "WITH",
    "WITHOUT",
    "Comparison",
    "Effect",
    "Effects",
    "Judgement",
    "Pair",
    "Ranges",
    "Reason",
    "Reasons",
    "StatusOrders",
    "binding_code",
    "connections_table",
    "distribution_table",
    "effect_table",
    "judge_effects",
    "margins",
    "not_assessable_reason",
    "placebo_table",
    "placebo_timelines",
    "status_orders",
]
