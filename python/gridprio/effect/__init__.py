"""What status changes: in total, per project, per development and per group (docs/theory/effect.md)."""

from gridprio.effect.binding_projects import binding_projects_table
from gridprio.effect.channels import WITH, WITHOUT, StatusOrders, status_orders
from gridprio.effect.comparison import Comparison, Pair, Ranges
from gridprio.effect.connections import connection_year, connections_table, earliest_year
from gridprio.effect.curves import CurveLists, CurveOutcomes, CurvePoint, curve_table
from gridprio.effect.distinct import DistinctTimelines
from gridprio.effect.distribution import distribution_table
from gridprio.effect.externality import externality_table, group_timelines, status_groups
from gridprio.effect.flips import Change, Flips, budget_years
from gridprio.effect.goal_shift import goal_shift_table
from gridprio.effect.inequality import gini, inequality_tables, lorenz
from gridprio.effect.judgement import Judgement, effect_table, judge_effects
from gridprio.effect.last_out import last_out_table, over_scenarios
from gridprio.effect.ledger import ledger_table, with_earlier_rounds
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
from gridprio.effect.relaxations import TOGETHER, Relaxations
from gridprio.effect.sensitivity import Variant, sensitivity_table, total_effects
from gridprio.effect.societal import rank_table, score_table, societal_ranks
from gridprio.effect.space import space_table
from gridprio.effect.status_effect import BY_LIST, IN_SERVICE, TOTAL, Effect, Effects, margins
from gridprio.effect.why_not import Replan, why_not_table

__all__ = [
    "BY_LIST",
    "IN_SERVICE",
    "SUPPORTS",
    "TOGETHER",
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
    "DistinctTimelines",
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
    "Variant",
    "binding_code",
    "binding_projects_table",
    "budget_years",
    "connection_year",
    "connections_table",
    "curve_table",
    "distribution_table",
    "earliest_year",
    "effect_table",
    "externality_table",
    "gini",
    "goal_shift_table",
    "group_timelines",
    "inequality_tables",
    "judge_effects",
    "last_out_table",
    "ledger_table",
    "lorenz",
    "margins",
    "mean_months",
    "not_assessable_reason",
    "over_scenarios",
    "placebo_table",
    "placebo_timelines",
    "rank_table",
    "reach_months_table",
    "reach_table",
    "score_table",
    "sensitivity_table",
    "societal_ranks",
    "space_table",
    "status_groups",
    "status_orders",
    "total_effects",
    "why_not_table",
    "with_earlier_rounds",
]
