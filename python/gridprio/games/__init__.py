"""Cooperative games, pure mathematics: who contributes what to a value that all make together."""

from gridprio.games.contributions import METHODS, contribution, interaction

__all__ = ["METHODS", "contribution", "interaction"]
