"""In which scenarios something holds, in words."""

from __future__ import annotations

from collections.abc import Sequence

from gridprio.text import Text, join, same, say


def in_number(some: int, n: int, before: str) -> Text:
    """In how many of the scenarios, with `before` in front; empty where there is one scenario."""
    if n == 1:
        return same("")
    if some < n:
        return same(before) + say("answer.in_some_scenarios", some=some, n=n)
    return same(before) + (say("answer.in_both_scenarios") if n == 2 else say("answer.in_all_scenarios", n=n))


def in_named(names: Sequence[Text], n: int, before: str) -> Text:
    """As `in_number`, with the names of the scenarios where it does not hold in all."""
    if len(names) == n:
        return in_number(n, n, before)
    return same(" ") + say("answer.in_named_scenarios", names=list(names))


def in_scenarios(names: Sequence[Text], n: int) -> Text:
    """As a heading of a row: the names, or that it holds in all where there are several."""
    return in_number(n, n, "") if len(names) == n > 1 else join(names)
