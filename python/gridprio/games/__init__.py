"""Cooperative games, pure mathematics: who contributes what to a value that all make together."""

from gridprio.games.contributions import METHODS, contribution, interaction
from gridprio.games.sampled import Contributions, contributions

__all__ = ["METHODS", "Contributions", "contribution", "contributions", "interaction"]
