"""What is handed over: a study sealed without its grid."""

from gridprio.exchange.seal import Hold, Sealed, random_lists, seal_study

__all__ = ["Hold", "Sealed", "random_lists", "seal_study"]
