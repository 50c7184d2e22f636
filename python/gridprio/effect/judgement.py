"""Effects with their verdicts, all of them together, as the rows of table `status_effect` (docs/theory/effect.md)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from gridprio.effect.reasons import Reason
from gridprio.effect.status_effect import Effect
from gridprio.statistics import (
    Evidence,
    Interval,
    Verdict,
    evidence,
    exact,
    further_draws,
    judge,
    mean_interval,
    probability_better,
    verdict,
)

COLUMNS = (
    "scenario", "channel", "project_id", "metric", "mean", "low95", "high95", "probability_better", "margin",
    "verdict", "reason", "lever", "without_status", "with_status", "draws", "further_draws",
)  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """Verdicts on effects, and how many more draws each would take."""

    verdicts: tuple[Verdict, ...]
    further_draws: tuple[int | None, ...]
    """0 where there is a verdict; None where no number can be named"""


def judge_effects(effects: Sequence[Effect], confidence: float) -> Judgement:
    """What chance can decide is judged together, so that the claims that are made hold together; the rest is exact."""
    seen: dict[tuple[bytes, float, float], Evidence] = {}

    def of(effect: Effect) -> Evidence:
        """Many effects are alike, for instance those on dates in all scenarios."""
        differences = effect.differences
        key = (differences.tobytes(), effect.range, effect.margin)
        if key not in seen:
            seen[key] = evidence(differences, *_limits(effect), effect.margin)
        return seen[key]

    by_chance = [effect for effect in effects if effect.by_chance and effect.range > effect.margin]
    found = [of(effect) for effect in by_chance]
    judged = judge(found, 1 - confidence)
    chance = {id(effect): row for row, effect in enumerate(by_chance)}
    verdicts: list[Verdict] = []
    more: list[int | None] = []
    for effect in effects:
        row = chance.get(id(effect))
        if row is None:
            value = float(effect.differences[0]) if effect.is_assessable else math.nan
            verdicts.append(verdict(value, effect.margin))
            more.append(0)
        else:
            verdicts.append(judged.verdicts[row])
            more.append(further_draws(found[row], len(effect.with_status), judged.log_threshold))
    return Judgement(tuple(verdicts), tuple(more))


def effect_table(effects: Sequence[Effect], judgement: Judgement, confidence: float) -> pd.DataFrame:
    """Rows of `status_effect`."""
    seen: dict[tuple[bytes, float], Interval] = {}
    rows = []
    for effect, says, more in zip(effects, judgement.verdicts, judgement.further_draws, strict=True):
        differences = effect.differences
        key = (differences.tobytes(), effect.range if effect.by_chance else math.nan)
        if key not in seen:
            seen[key] = _interval(effect, confidence)
        found = seen[key]
        reason = _reason(effect, says)
        better = probability_better(differences, effect.margin) if effect.is_assessable else math.nan
        sides = [float(x.mean()) if len(x) else math.nan for x in (effect.without_status, effect.with_status)]
        rows.append(
            (
                effect.scenario, effect.channel, effect.project_id, effect.metric, found.mean, found.low, found.high,
                better, effect.margin, says, reason.code, reason.lever, *sides, len(effect.with_status),
                math.nan if more is None else float(more),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _limits(effect: Effect) -> tuple[float, float]:
    """The range of the differences; sums in another order may pass it in the last digit."""
    differences = effect.differences
    return min(0.0 - effect.range, float(differences.min())), max(effect.range, float(differences.max()))


def _interval(effect: Effect, confidence: float) -> Interval:
    if not effect.is_assessable:
        return exact(math.nan, 0)
    if not effect.by_chance:
        return exact(float(effect.differences[0]), len(effect.with_status))
    return mean_interval(effect.differences, *_limits(effect), confidence=confidence)


def _reason(effect: Effect, says: Verdict) -> Reason:
    """Why nothing moves: where that is the verdict, or what every draw so far says."""
    if not effect.is_assessable or says == Verdict.NONE:
        return effect.reason
    still = says == Verdict.UNDECIDED and (abs(effect.differences) <= effect.margin).all()
    return effect.reason if still else Reason()
