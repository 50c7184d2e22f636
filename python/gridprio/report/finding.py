"""The answer in one line, from the verdicts on the effects in total."""

from __future__ import annotations

from collections.abc import Sequence

from gridprio.model.metrics import WAITING
from gridprio.report.effects import EffectRow, ProjectRow, of_main_channel
from gridprio.report.scenarios import in_number
from gridprio.text import Text, lower, same, say, word


def finding(rows: Sequence[EffectRow], projects: Sequence[ProjectRow]) -> Text:
    """The answer in one line, from the verdicts on waiting; what it costs elsewhere stands beside it."""
    main = [r for r in of_main_channel(rows) if r.metric in WAITING]
    found = {r.verdict for r in main}
    if not found or found == {"not_assessable"}:
        return say("answer.cannot_be_assessed")
    if "better" in found and "worse" in found:
        return _shift(main)
    if "better" in found:
        return say("answer.shorter", where=_where(main, "better")) + _beside(rows, found)
    if "worse" in found:
        return say("answer.longer", where=_where(main, "worse"))
    if "undecided" in found:
        return say("answer.undecided")
    beside = _beside(rows, found)
    if beside:
        return say("answer.waiting_alike") + beside
    if any(p.verdict in ("better", "worse") for p in projects):
        return say("answer.only_dates")
    return say("answer.no")


def _shift(main: Sequence[EffectRow]) -> Text:
    """Waiting that falls here and grows there: between scenarios, or between those who wait."""
    by_metric = [{r.verdict for r in main if r.metric == m} for m in {r.metric for r in main}]
    if any({"better", "worse"} <= verdicts for verdicts in by_metric):
        return say("answer.depends")
    shorter, longer = (
        [word("who_waits", m) for m in WAITING if any(r.metric == m and r.verdict == side for r in main)]
        for side in ("better", "worse")
    )
    return say("answer.shift", shorter=shorter, longer=longer)


def _where(main: Sequence[EffectRow], side: str) -> Text:
    return in_number(len({r.scenario for r in main if r.verdict == side}), len({r.scenario for r in main}), ", ")


def _beside(rows: Sequence[EffectRow], waiting: set[str]) -> Text:
    """What else measurably grows (or falls, where waiting itself does not move); empty when nothing does."""
    others = [r for r in of_main_channel(rows) if r.metric not in WAITING]
    grows, falls = (
        list(dict.fromkeys(lower(r.label) for r in others if r.verdict == side)) for side in ("worse", "better")
    )
    changes = [say("answer.more", what=what) for what in grows]
    if "better" in waiting:
        return say("answer.against", changes=changes) if changes else same("")
    changes += [say("answer.less", what=what) for what in falls]
    return say("answer.besides", changes=changes) if changes else same("")
