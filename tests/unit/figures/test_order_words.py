"""Sentences about orders: each kind of order against what that kind cannot beat."""

from __future__ import annotations

import pytest

from gridprio.figures.order_words import distance_words


@pytest.mark.parametrize("exact", [False, True])
def test_each_kind_of_order_has_its_own_floor(exact: bool) -> None:
    said = distance_words(
        {"operator": 10.0, "with_order": 7.0},
        6.0,
        1.0,
        2000,
        floors={"operator": 5.0, "with_order": 1.0},
        exact=exact,
        bound_share=0.5,
        schedule=5.0,
    )
    text = " ".join(part.en for part in said)
    assert "10 points, 4 (66.7%) above the best order found and 5 above the lower bound" in text
    assert "7 points, 1 (16.7%) above the best order found and 6 above the lower bound" in text
    assert "no list without status has fewer than 5 points" in text
    if not exact:
        assert "No order has fewer than 1 (bound over 50" in text
