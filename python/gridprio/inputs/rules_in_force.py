"""Rules of the waiting list that hold where a study has none of its own (docs/theory/queue.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from gridprio.inputs.enumerations import ConnectionClass
from gridprio.inputs.queue_rules import QueueRule, QueueRuleKind
from gridprio.inputs.schema import Development

OF_CATEGORY: Mapping[int, str] = MappingProxyType({1: "congestion_softener", 2: "safety", 3: "basic_needs"})
"""Purpose by ACM category, for a request that names none."""
_BASIC_NEEDS = ("dwellings", "education", "care", "drinking_water", "heat", "public_transport", OF_CATEGORY[3])
_ACM = {"source": "ACM, besluit prioriteringsruimte bij transportverzoeken, Stcrt 2025-42323", "source_date": "2025-12"}
_ENEXIS = {"source": "Enexis, Nieuwe regels voor het stroomnet (enexis.nl)", "source_date": "2026-03"}


def _rule(rule_id: str, kind: QueueRuleKind, purposes: Sequence[str] = (), **columns: Any) -> QueueRule:
    return QueueRule(rule_id=rule_id, rule=kind, purposes=tuple(purposes), **columns)


UNDATED_RULES = (
    _rule("congestion_softeners", QueueRuleKind.PRIORITY, [OF_CATEGORY[1]], rank=1),
    _rule("safety", QueueRuleKind.PRIORITY, [OF_CATEGORY[2]], rank=2),
    _rule("basic_needs", QueueRuleKind.PRIORITY, _BASIC_NEEDS, rank=3),
)
"""Of a study without purposes and without rules of its own: ACM category where given, then date, in every year."""
DATED_RULES = (
    _rule(
        "small_first",
        QueueRuleKind.PRIORITY,
        connection_class=ConnectionClass.SMALL,
        rank=0,
        until_date="2026-07-01",
        assumed=True,
        note="Small connections (up to 3 x 80 A) went first, whatever their purpose; from 1 July 2026 purpose decides "
        "and not size. How they stood among each other is not published: by date.",
        **_ENEXIS,
    ),
    _rule(
        "congestion_softeners",
        QueueRuleKind.PRIORITY,
        [OF_CATEGORY[1]],
        rank=1,
        needs_contract=True,
        from_date="2026-01-01",
        **_ACM,
    ),
    _rule("safety", QueueRuleKind.PRIORITY, [OF_CATEGORY[2]], rank=2, from_date="2026-01-01", **_ACM),
    _rule("basic_needs", QueueRuleKind.PRIORITY, _BASIC_NEEDS, rank=3, from_date="2026-01-01", **_ACM),
    _rule(
        "municipal_list",
        QueueRuleKind.MUNICIPAL_ORDER,
        ["dwellings"],
        from_date="2026-10-01",
        source="secondary: explanations to municipalities, no published rule",
        source_date="2026-03",
        assumed=True,
        note="That the municipality asks for housing from 1 October 2026, in an order of its own, is to be checked. "
        "How its list goes with the dates of others is an assumption: it shares out its own places.",
    ),
    _rule(
        "room_ahead",
        QueueRuleKind.HOLDS_ROOM,
        ["dwellings"],
        years_ahead=10,
        from_date="2026-10-01",
        assumed=True,
        note="Municipalities may ask for room for housing up to ten years ahead, from October 2026. That this room is "
        "held from the request on is an assumption.",
        **_ENEXIS,
    ),
    _rule(
        "what_is_left",
        QueueRuleKind.WAITS,
        from_date="2026-07-01",
        until_date="2027-01-01",
        assumed=True,
        note="What is left is offered in 2027 to requests without priority; the first of January is an assumption.",
        **_ENEXIS,
    ),
)
"""In force by what was published up to March 2026; of a study that names purposes."""


def rules_in_force(developments: Sequence[Development]) -> tuple[QueueRule, ...]:
    """Of a study without rules of its own: the dated ones where it names a purpose, else the undated ones."""
    return DATED_RULES if any(development.purpose for development in developments) else UNDATED_RULES


def purpose_of(development: Development) -> str:
    """As it says, else that of its ACM category; "" is none."""
    return development.purpose or OF_CATEGORY.get(development.acm_category or 0, "")
