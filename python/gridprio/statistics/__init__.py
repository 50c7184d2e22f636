"""Pure mathematics on samples: intervals, verdicts, confidence sequences, scenarios, rank acceptability."""

from gridprio.statistics.confidence_sequence import confidence_sequence, tuned_prior_variance
from gridprio.statistics.intervals import Interval, interval, paired_interval, probability_better
from gridprio.statistics.rank_acceptability import RankAcceptability, rank_acceptability
from gridprio.statistics.scenarios import Regret, cvar, normalised_weights, pooled_differences, regret
from gridprio.statistics.verdicts import Verdict, further_draws, verdict

__all__ = [
    "Interval",
    "RankAcceptability",
    "Regret",
    "Verdict",
    "confidence_sequence",
    "cvar",
    "further_draws",
    "interval",
    "normalised_weights",
    "paired_interval",
    "pooled_differences",
    "probability_better",
    "rank_acceptability",
    "regret",
    "tuned_prior_variance",
    "verdict",
]
