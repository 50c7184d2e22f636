"""Coalition games: who contributes what to a value that all make together."""

from gridprio.games.contributions import METHODS, contribution, interaction
from gridprio.games.sampled import (
    Contributions,
    Sampling,
    Surrogate,
    every_coalition,
    exact_contributions,
    sampled_contributions,
)
from gridprio.games.table import pair_interactions

__all__ = [
    "METHODS",
    "Contributions",
    "Sampling",
    "Surrogate",
    "contribution",
    "every_coalition",
    "exact_contributions",
    "interaction",
    "pair_interactions",
    "sampled_contributions",
]
