"""Pure mathematics on samples: intervals, verdicts, scenarios, rank acceptability."""

from gridprio.statistics.bands import exchangeable_band, knee
from gridprio.statistics.intervals import Interval, exact, mean_interval, probability_better
from gridprio.statistics.rank_acceptability import RankAcceptability, rank_acceptability
from gridprio.statistics.scenarios import Regret, cvar, normalised_weights, pooled_differences, regret
from gridprio.statistics.verdicts import Evidence, Judged, Verdict, evidence, further_draws, judge, verdict

__all__ = [
    "Evidence",
    "Interval",
    "Judged",
    "RankAcceptability",
    "Regret",
    "Verdict",
    "cvar",
    "evidence",
    "exact",
    "exchangeable_band",
    "further_draws",
    "judge",
    "knee",
    "mean_interval",
    "normalised_weights",
    "pooled_differences",
    "probability_better",
    "rank_acceptability",
    "regret",
    "verdict",
]
