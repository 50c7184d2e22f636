"""Better orders for given weights, exact where a study is small, with a bound; and what more of something brings."""

from gridprio.search.bound import tabulated_areas
from gridprio.search.compare import MOST_EXACT, Compared, budget_of, compare_orders, judged_on, weights_in_words
from gridprio.search.contribution_orders import contribution_orders
from gridprio.search.earliest import NEVER, earliest_months
from gridprio.search.explore import Budget, Found, SearchResult, explore
from gridprio.search.levers import Step, steps
from gridprio.search.messages import distance_messages, points_message
from gridprio.search.near_best import search_room_table
from gridprio.search.objective import Objective, study_objective, weights_of
from gridprio.search.shadow import shadow_prices

__all__ = [
    "MOST_EXACT",
    "NEVER",
    "Budget",
    "Compared",
    "Found",
    "Objective",
    "SearchResult",
    "Step",
    "budget_of",
    "compare_orders",
    "contribution_orders",
    "distance_messages",
    "earliest_months",
    "explore",
    "judged_on",
    "points_message",
    "search_room_table",
    "shadow_prices",
    "steps",
    "study_objective",
    "tabulated_areas",
    "weights_in_words",
    "weights_of",
]
