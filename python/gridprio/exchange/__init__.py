"""What is handed over: a study sealed without its grid."""

from gridprio.exchange.add import add_to_seal
from gridprio.exchange.held import Hold, random_lists
from gridprio.exchange.seal import Sealed, seal_study

__all__ = ["Hold", "Sealed", "add_to_seal", "random_lists", "seal_study"]
