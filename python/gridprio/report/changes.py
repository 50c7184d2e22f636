"""Sentences on what status changes: projects, metrics, by which lever, and why not more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gridprio.model.metrics import WAITING
from gridprio.report.effects import EffectRow, ProjectRow, of_main_channel
from gridprio.report.scenarios import in_named
from gridprio.text import Text, lower, number, same, say, significant, word

STUCK = {"none": "stuck.none", "undecided": "stuck.undecided", "not_assessable": "stuck.not_assessable"}
AMOUNTS = {"better": "answer.amount_better", "worse": "answer.amount_worse"}
MOST_REASONS = 3


def own_status_sentences(projects: Sequence[ProjectRow]) -> list[Text]:
    """What its own status adds for each project while the others keep theirs, and who gains most."""
    projects = [p for p in projects if p.has_status and p.verdict != "not_assessable"]
    if not projects:
        return []
    helped = [p for p in projects if p.verdict == "better"]
    open_rows = sum(p.verdict == "undecided" for p in projects)
    undecided = say("answer.own_undecided", n=open_rows) if open_rows else same("")
    told = [say("answer.own_status", n=len(projects), helped=len(helped), undecided=undecided)]
    if helped:
        best = min(helped, key=lambda p: p.mean_months)
        told.append(say("answer.example", name=best.name, months=round(abs(best.mean_months))))
    return told


def metric_sentences(rows: Sequence[EffectRow]) -> list[Text]:
    """One sentence per metric that changes, and one for all that do not."""
    main = of_main_channel(rows)
    sentences, flat = [], []
    for metric in dict.fromkeys(r.metric for r in main):
        mine = [r for r in main if r.metric == metric]
        verdicts = {r.verdict for r in mine}
        if verdicts == {"none"}:
            flat.append(lower(mine[0].label))
        elif verdicts != {"not_assessable"}:
            sentences.append(_metric_sentence(metric, mine))
    if flat:
        sentences.append(say("answer.unchanged", metrics=flat))
    return sentences


def _metric_sentence(metric: str, mine: Sequence[EffectRow]) -> Text:
    """One metric over scenarios, those with the same verdict together."""
    parts: list[Text] = []
    for verdict in ("better", "worse", "none", "undecided"):
        here = [r for r in mine if r.verdict == verdict]
        if not here:
            continue
        change = _amount(here, verdict) if verdict in AMOUNTS else here[0].verdict_word
        part = change + in_named([r.scenario_name for r in here], len(mine), " ")
        if verdict == "undecided" and len(here) == 1 and here[0].more_draws:
            part += say("answer.remark", remark=here[0].more_draws)
        parts.append(part)
    return say("answer.metric", metric=metric, parts=_one_after_another(parts))


def _one_after_another(parts: Sequence[Text]) -> Text:
    """a; b; c, for parts that hold commas themselves."""
    found = parts[0]
    for part in parts[1:]:
        found += same("; ") + part
    return found


def _amount(rows: Sequence[EffectRow], verdict: str) -> Text:
    ranked = sorted(rows, key=lambda r: abs(r.mean))
    low, high = (number(abs(r.mean), min(r.decimals, significant(r.mean))) for r in (ranked[0], ranked[-1]))
    if low != high:
        amount = say("answer.range", low=low, high=high)
    else:
        amount = high if all(r.low == r.high for r in rows) else say("answer.about", amount=high)
    return say(AMOUNTS[verdict], amount=amount, unit=ranked[0].unit)


def why_not_sentences(projects: Sequence[ProjectRow]) -> list[Text]:
    """The reasons that hold most status projects, each with an example and whose lever it is."""
    stuck = [p for p in projects if p.has_status and p.verdict in STUCK and p.reason]
    sentences = []
    for (verdict, reason), _ in Counter((p.verdict, p.reason) for p in stuck).most_common(MOST_REASONS):
        mine = [p for p in stuck if (p.verdict, p.reason) == (verdict, reason)]
        names = [same(p.name) for p in mine[:2]]
        if len(mine) > 2:
            names.append(say("answer.other_projects", n=len(mine) - 2))
        parts = {"names": names, "reason": lower(reason)}
        if verdict != "not_assessable":
            who = mine[0].lever
            parts["lever"] = say("answer.who_can_act", who=who) if who else same("")
        sentences.append(say(STUCK[verdict], **parts))
    return sentences


def lever_sentence(rows: Sequence[EffectRow]) -> Text:
    """The effect on waiting through order, permit months, land months and both, where it is largest for its margin.

    Of the first scenario; empty where no channel measurably changes waiting.
    """
    told = [r for r in rows if r.metric in WAITING and r.verdict in ("better", "worse") and r.scenario != "pooled"]
    if not told:
        return same("")
    support = [r for r in rows if r.channel == "support"]
    if all(r.low == r.high == 0 for r in support):
        return say("answer.all_by_order")
    most = max(told, key=lambda r: (r.scenario == rows[0].scenario, abs(r.mean) / r.margin))
    mine = [r for r in rows if (r.metric, r.scenario) == (most.metric, most.scenario) and r.channel != "support"]
    parts = [say("answer.of_lever", lever=r.channel_word, value=r.value) for r in mine]
    return say(
        "answer.by_lever",
        who=word("who_waits", most.metric),
        scenario=most.scenario_name,
        parts=parts,
        unit=most.unit,
    )
