"""What a reader should know of the rules of the queue."""

from __future__ import annotations

from collections.abc import Iterator

from gridprio.inputs.rules_in_force import UNDATED_RULES
from gridprio.inputs.study import Study
from gridprio.text import Message, message


def queue_messages(study: Study) -> Iterator[Message]:
    """Sources of the rules and which of them are to be checked; none without rules and purposes in the study."""
    rules = study.queue_rules
    if rules == UNDATED_RULES:
        return
    sources = dict.fromkeys(rule.source for rule in rules if rule.source)
    yield message("queue.rules", n=len(rules), sources="; ".join(sources) or "-")
    assumed = [rule.rule_id for rule in rules if rule.assumed]
    if assumed:
        yield message("queue.assumed", n=len(assumed), rules=", ".join(assumed))
