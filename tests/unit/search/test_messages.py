"""Sentences about orders: each kind of order against what that kind cannot beat."""

from __future__ import annotations

import pytest

from gridprio.search import distance_messages, points_message
from gridprio.text import word_message, word_stored


@pytest.mark.parametrize("exact", [False, True])
def test_each_kind_of_order_has_its_own_floor(exact: bool) -> None:
    said = distance_messages(
        {"operator": 10.0, "with_order": 7.0},
        6.0,
        1.0,
        2000,
        floors={"operator": 5.0, "with_order": 1.0},
        exact=exact,
        bound_share=0.5,
        schedule=5.0,
    )
    text = " ".join(word_stored(part.as_json()).en for part in said)
    assert "10 points: 4 (66.7%) more than the best order found and 5 more than the lower bound" in text
    assert "7 points: 1 (16.7%) more than the best order found." in text
    assert "no list without status has fewer than 5 points" in text
    if not exact:
        assert "fewer than 1 points" not in text and "`gridprio tabulate` computes these once" in text


def test_a_bound_over_all_years_is_told() -> None:
    points = {"operator": 10.0, "with_order": 7.0}
    said = distance_messages(points, 6.0, 5.0, 9, floors=dict.fromkeys(points, 5.0), exact=False, bound_share=1.0)
    text = " ".join(word_message(part).en for part in said)
    assert "No order has fewer than 5 points." in text and "than the best order found and 2 more than" in text


@pytest.mark.parametrize(
    ("drawn", "nl"),
    [
        ({}, ""),
        ({"random_0": 10610.2, "random_1": 10609.9}, "2 willekeurige lijsten komen uit op 10.610 punten."),
        ({"random_0": 8.0}, "1 willekeurige lijst komt uit op 8 punten."),
        ({"random_0": 8.0, "random_1": 12.0}, "2 willekeurige lijsten komen uit op 8 tot 12 punten."),
    ],
)
def test_the_spread_of_random_lists_is_a_range_only_where_it_reads_as_one(drawn: dict[str, float], nl: str) -> None:
    points = {"operator": 10.0, "with_order": 7.0, **drawn}
    told = distance_messages(points, 6.0, 1.0, 9, floors=points, exact=True, bound_share=1.0)
    assert "".join(word_message(m).nl for m in told if m.code.startswith("search.random")) == nl


def test_what_a_point_is() -> None:
    weights = [("waiting_mw_years_demand", 1.0), ("overload_mvah", 0.0001)]
    told = word_message(points_message(weights, scenario="", weighted=False, draws=1))
    assert told.nl == (
        "Punten (contant, minder is gunstiger): 1 × Wachten op afname (MW-jaar) en 0,0001 × Overbelasting van het net "
        "(MVAh); alle scenario's even zwaar; gemiddeld over 1 trekking van vertraging."
    )
    assert "0.0001 × Grid overload" in told.en
