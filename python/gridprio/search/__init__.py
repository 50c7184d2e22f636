"""Better orders for given weights, exact where a study is small, with a bound; and what more of something brings."""

from gridprio.search.compare import MOST_EXACT, Compared, budget_of, compare_orders, weights_in_words
from gridprio.search.explore import Budget, Found, SearchResult, explore
from gridprio.search.messages import distance_messages, points_message
from gridprio.search.named import BEST_FOUND, OPERATOR, contribution_orders, given_orders
from gridprio.search.objective import Objective, study_objective, weights_of
from gridprio.search.places import Places, search_places
from gridprio.search.shadow import shadow_prices

__all__ = [
    "BEST_FOUND",
    "MOST_EXACT",
    "OPERATOR",
    "Budget",
    "Compared",
    "Found",
    "Objective",
    "Places",
    "SearchResult",
    "budget_of",
    "compare_orders",
    "contribution_orders",
    "distance_messages",
    "explore",
    "given_orders",
    "points_message",
    "search_places",
    "shadow_prices",
    "study_objective",
    "weights_in_words",
    "weights_of",
]
