"""What draws say about effects, all claims together (docs/theory/statistics.md, section 2)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from gridprio.statistics.betting import Bet, bet_above, bet_below
from gridprio.statistics.intervals import as_differences


class Verdict(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    NONE = "none"
    UNDECIDED = "undecided"
    NOT_ASSESSABLE = "not_assessable"


@dataclass(frozen=True)
class Evidence:
    """Bets for the claims on one effect; each bet of a claim must win."""

    bets: Mapping[Verdict, tuple[Bet, ...]]

    def log_e(self, claim: Verdict) -> float:
        """Logarithm of the e-value of a claim: of its weakest bet."""
        return min(bet.log_e for bet in self.bets[claim])

    @property
    def strongest(self) -> Verdict:
        return max(self.bets, key=self.log_e)


@dataclass(frozen=True)
class Judged:
    """Verdicts that hold together."""

    verdicts: tuple[Verdict, ...]
    log_threshold: float
    """logarithm of the e-value that a claim needs"""


def verdict(value: float, margin: float) -> Verdict:
    """Verdict on an effect that is known exactly; NaN (there was nothing to move) is `not_assessable`."""
    _check_margin(margin)
    if math.isnan(value):
        return Verdict.NOT_ASSESSABLE
    return Verdict.BETTER if value < -margin else Verdict.WORSE if value > margin else Verdict.NONE


def evidence(differences: ArrayLike, low: float, high: float, margin: float) -> Evidence:
    """What differences[draw] within [low, high] say for each claim, whenever one stops drawing.

    `better`: the mean lies below -margin; `worse`: above the margin; `none`: between.
    """
    _check_margin(margin)
    d = as_differences(differences)
    return Evidence(
        {
            Verdict.BETTER: (bet_below(d, high, -margin),),
            Verdict.WORSE: (bet_above(d, low, margin),),
            Verdict.NONE: (bet_above(d, low, -margin), bet_below(d, high, margin)),
        }
    )


def judge(found: Sequence[Evidence], alpha: float) -> Judged:
    """Claims of which, on average, a share of at most `alpha` is false, whatever hangs together.

    e-BH over three claims per effect (Wang and Ramdas, JRSS B 84, 2022): with K claims the k strongest are made when
    the weakest of them has an e-value of at least K / (k alpha). An effect gets one claim at most: of two capitals at
    one candidate mean one is below 1.
    """
    if not found:
        return Judged((), math.inf)
    log_e = np.sort([e.log_e(claim) for e in found for claim in e.bets])[::-1]
    needed = np.log(len(log_e) / (alpha * np.arange(1, len(log_e) + 1)))
    made = np.flatnonzero(log_e >= needed)
    threshold = float(needed[made[-1]] if len(made) else needed[0])
    verdicts = [e.strongest if e.log_e(e.strongest) >= threshold else Verdict.UNDECIDED for e in found]
    return Judged(tuple(verdicts), threshold)


def further_draws(found: Evidence, n: int, log_threshold: float) -> int | None:
    """Draws beyond the `n` made until a claim is made, were draws to stay as they are; None where never."""
    if found.log_e(found.strongest) >= log_threshold:
        return 0
    needed = min(max(bet.draws_to(log_threshold) for bet in bets) for bets in found.bets.values())
    return max(1, math.ceil(needed - n)) if math.isfinite(needed) else None


def _check_margin(margin: float) -> None:
    if not (margin > 0 and math.isfinite(margin)):
        raise ValueError(f"the margin that counts as negligible must be above zero; found {margin}")
