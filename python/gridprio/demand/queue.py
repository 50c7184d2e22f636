"""Developments: how much they request in a year, and in which order capacity is allocated (docs/theory/queue.md).

A year is judged by the rules that are in force on its last day.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.inputs.enumerations import Direction
from gridprio.inputs.months import first_day
from gridprio.inputs.queue_rules import QueueRule, QueueRuleKind
from gridprio.inputs.rules_in_force import UNDATED_RULES, purpose_of
from gridprio.inputs.schema import Development, full_request_mw

WITHOUT_PRIORITY = math.inf
"""Rank of a request that no rule gives priority."""
Rules = Sequence[QueueRule]
Floats = NDArray[np.float64]


def request_sign(development: Development) -> int:
    """-1 demand, +1 feed-in."""
    return -1 if development.direction == Direction.DEMAND else 1


def requested_mw(development: Development, year: int, driver_factor: float = 1.0) -> float:
    """MW requested in a year: none before the requested year, then `ramp_years + 1` equal steps to the full size."""
    steps = min(max(year - development.requested_year + 1, 0), development.ramp_years + 1)
    return full_request_mw(development) * driver_factor * steps / (development.ramp_years + 1)


def claimed_mw(development: Development, rules: Rules, year: int, driver_factor: Callable[[int], float]) -> float:
    """MW that a request takes from the room of a year: what it requests, or its full size where it holds room ahead.

    `driver_factor` by year.
    """
    asked = requested_mw(development, year, driver_factor(year))
    is_asked = first_day(development.request_date) <= _last_day(year)
    ahead = [r.years_ahead or 0 for r in _in_force(rules, QueueRuleKind.HOLDS_ROOM, year) if _is_about(r, development)]
    if not is_asked or not ahead or year < development.requested_year - max(ahead):
        return asked
    grown = max(year, development.requested_year + development.ramp_years)
    return max(asked, requested_mw(development, grown, driver_factor(grown)))


def used_mw(allocated_mw: Floats, requested_mw: Floats, claimed_mw: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Of what is allocated, what is used in its year, and where only room that is held for later years falls short.

    All [..., request]. Room held for later years serves nobody yet, and nothing limits who has what is requested now.
    """
    is_enough = (claimed_mw > requested_mw) & (allocated_mw >= requested_mw)
    return np.minimum(allocated_mw, requested_mw), is_enough


def waiting_rule(development: Development, rules: Rules, year: int) -> str:
    """Id of the rule by which a request without priority is offered nothing in a year; "" where there is none."""
    if rank(development, rules, year) < WITHOUT_PRIORITY:
        return ""
    waits = (r.rule_id for r in _in_force(rules, QueueRuleKind.WAITS, year) if _is_about(r, development))
    return next(waits, "")


def may_connect(development: Development, rules: Rules, year: int) -> bool:
    """Whether free capacity is offered to a request in a year."""
    return not waiting_rule(development, rules, year)


def rank(development: Development, rules: Rules, year: int) -> float:
    """The lowest among the priorities of a request in a year; `WITHOUT_PRIORITY` where it has none."""
    found = (
        rule.rank
        for rule in _in_force(rules, QueueRuleKind.PRIORITY, year)
        if rule.rank is not None
        and _is_about(rule, development)
        and (not rule.needs_contract or _has_contract(development, year))
    )
    return min(found, default=WITHOUT_PRIORITY)


def queue_order(developments: Sequence[Development], rules: Rules, year: int) -> list[int]:
    """Rows in the order in which capacity is allocated in a year: demand first, by rank and then date, then feed-in.

    Equal ones keep the order of the table. The cells serve the two directions one after the other, so the order
    between a demand and a feed-in request has no meaning.
    """

    def key(row: int) -> tuple[bool, float, str]:
        development = developments[row]
        feed_in = development.direction == Direction.FEED_IN
        return feed_in, rank(development, rules, year), first_day(development.request_date)

    rows = sorted(range(len(developments)), key=key)
    for rule in _in_force(rules, QueueRuleKind.MUNICIPAL_ORDER, year):
        own: dict[tuple[str, float], list[int]] = {}
        for place, row in enumerate(rows):
            development = developments[row]
            if _is_about(rule, development) and development.municipality_rank is not None:
                group = development.municipality_id, rank(development, rules, year)
                own.setdefault(group, []).append(place)
        for places in own.values():
            listed = sorted((rows[place] for place in places), key=lambda row: developments[row].municipality_rank or 0)
            for place, row in zip(places, listed, strict=True):
                rows[place] = row
    return rows


def request_rows(developments: Sequence[Development], rows: Sequence[int]) -> list[int]:
    """`rows` of `developments` in the order in which arrays hold them, whatever the rules: undated priority, then date.

    Capacity is allocated in `allocation_order`.
    """
    in_table = sorted(rows)
    return [in_table[k] for k in queue_order([developments[row] for row in in_table], UNDATED_RULES, 0)]


def allocation_order(
    developments: Sequence[Development], rows: Sequence[int], rules: Rules, year: int
) -> NDArray[np.int32]:
    """[place], which of `rows`, rows of `developments`, capacity is allocated to first, second, ... in a year."""
    at = {row: k for k, row in enumerate(rows)}
    in_table = sorted(rows)
    order = queue_order([developments[row] for row in in_table], rules, year)
    return np.array([at[in_table[k]] for k in order], dtype=np.int32)


def _in_force(rules: Rules, kind: QueueRuleKind, year: int) -> Iterable[QueueRule]:
    day = _last_day(year)
    for rule in rules:
        begun = rule.from_date is None or first_day(rule.from_date) <= day
        ended = rule.until_date is not None and first_day(rule.until_date) <= day
        if rule.rule is kind and begun and not ended:
            yield rule


def _is_about(rule: QueueRule, development: Development) -> bool:
    return (
        rule.direction is development.direction
        and (not rule.purposes or purpose_of(development) in rule.purposes)
        and rule.connection_class in (None, development.connection_class)
    )


def _has_contract(development: Development, year: int) -> bool:
    """A congestion softener of ACM category 1 has its contract."""
    if development.contract_from is None:
        return not development.purpose
    return first_day(development.contract_from) <= _last_day(year)


def _last_day(year: int) -> str:
    return f"{year}-12-31"
