"""Orders and status rules, worked out by hand."""

from __future__ import annotations

import pytest

from gridprio.inputs.settings import Settings
from gridprio.orders import (
    apply_status,
    movable_projects,
    need_year_order,
    operator_order,
    random_order,
    request_date_order,
    status_timeline,
)
from tests.unit.plan.rows import phase, project


def ranked(letters: str, **columns: object):
    return [project(letter, operator_rank=rank, **columns) for rank, letter in enumerate(letters, start=1)]


def text(order) -> str:
    return "".join(order.project_ids)


def test_operator_order_follows_rank_not_table():
    rows = [project("b", operator_rank=2), project("a", operator_rank=1)]
    assert text(operator_order(rows, "before_status")) == "ab"


def test_lists_of_operators_are_merged_by_relative_place():
    rows = [*ranked("abcd"), project("x", operator_id="other", operator_rank=1)]
    # places 1/8, 3/8, 5/8, 7/8 against 1/2
    assert text(operator_order(rows, "before_status")) == "abxcd"


def test_unranked_projects_come_last_by_need_year_and_are_named():
    rows = [
        project("c", need_year=2031),
        project("b", need_year=2029),
        project("a", operator_rank=7, status=True, listed=True),
    ]
    order = operator_order(rows, "before_status")
    assert text(order) == "abc"
    assert order.unranked == ("c", "b")
    assert not order.shows_status_effect


@pytest.mark.parametrize(("basis", "shows"), [("before_status", True), ("after_status", False), ("unknown", False)])
def test_only_an_order_from_before_status_shows_its_effect(basis, shows):
    assert operator_order(ranked("ab"), basis).shows_status_effect is shows


def test_other_orders():
    rows = [
        project("a", need_year=2030, request_date="2025"),
        project("b", need_year=2028),
        project("c", request_date="2024-05"),
    ]
    assert text(need_year_order(rows)) == "bac"
    assert text(request_date_order(rows)) == "cab"
    assert random_order(rows, 3) == random_order(rows, 3)
    assert {text(random_order(rows, seed)) for seed in range(30)} == {"abc", "acb", "bac", "bca", "cab", "cba"}


@pytest.mark.parametrize(
    ("bindingness", "expected"),
    [(0.0, "abcde"), (0.2, "abcde"), (0.3, "abced"), (0.4, "abced"), (0.5, "abecd"), (0.8, "aebcd"), (1.0, "eabcd")],
)
def test_head_start_by_hand(bindingness, expected):
    # n = 5, so e at rank 5 gets the key 5 - 5 x bindingness; on a tie (0.2, 0.4, 0.8) the better rank goes first
    settings = Settings(bindingness=bindingness)
    assert text(apply_status(operator_order(ranked("abcde"), "before_status"), {"e"}, settings, 0)) == expected


def test_tiers_are_head_start_at_full_strength():
    order = operator_order(ranked("abcdef"), "before_status")
    tiers = apply_status(order, {"f", "c"}, Settings(rule="tiers"), 0)
    assert text(tiers) == "cfabde"
    assert tiers == apply_status(order, {"f", "c"}, Settings(bindingness=1.0), 0)


def test_running_landing_and_safety_works_keep_their_place():
    rows = [
        project("r", tier=0, operator_rank=1),
        project("a", operator_rank=2),
        project("s", operator_rank=3, safety=True),
        project("l", operator_rank=4, tier=1),
        project("b", operator_rank=5, tier=2),
    ]
    assert movable_projects(rows) == ("a", "b")
    order = operator_order(rows, "before_status")
    assert text(apply_status(order, {"b", "s", "l"}, Settings(rule="tiers"), 0)) == "rbsla"


def test_status_moves_only_within_the_list_of_its_operator():
    rows = ranked("ab") + ranked("xy", operator_id="other")
    order = operator_order(rows, "before_status")
    assert text(order) == "axby"
    assert text(apply_status(order, {"b"}, Settings(rule="tiers"), 0)) == "bxay"


def test_projects_without_phases_take_no_place_and_no_share():
    rows = [*ranked("abcd"), project("x", operator_id="other", operator_rank=1)]
    phases = [phase(name, "build", 6) for name in "abcdx"]
    research = [project(name) for name in "pqr"]
    plain, more = (operator_order(r, "before_status", phases) for r in (rows, [*research, *rows]))
    assert text(plain) == "abxcd"
    assert text(more) == "abxcdpqr"
    moved = apply_status(more, {"d"}, Settings(bindingness=0.5), 0)
    assert text(moved) == text(apply_status(plain, {"d"}, Settings(bindingness=0.5), 0)) + "pqr"
    holds_nothing = status_timeline(more, text(more), {"p"}, Settings(rule="reserved_share"))
    assert not holds_nothing.claim.any()


def test_status_does_not_move_another_carrier():
    rows = [project("a", operator_rank=1), project("h", operator_rank=2, carrier="heat"), project("b", operator_rank=3)]
    order = operator_order(rows, "before_status")
    assert text(apply_status(order, {"b"}, Settings(rule="tiers"), 0)) == "bha"
    assert text(apply_status(order, {"a", "h", "b"}, Settings(rule="tiers"), 0)) == "ahb"


def test_only_what_status_can_move_needs_a_rank():
    status = project("a", operator_rank=1, status=True, listed=True)
    others = [
        project("r"),
        project("s", safety=True),
        project("l", tier=1),
        project("f"),
        project("h", carrier="heat"),
        project("o", operator_id="other"),
    ]
    phases = [phase(name, "build", 6) for name in "aslho"] + [phase("f", "build", 6, start="2026-01")]
    assert operator_order([status, *others], "before_status", phases).shows_status_effect
    order = operator_order([status, *others, project("u")], "before_status", [*phases, phase("u", "build", 6)])
    assert order.unranked == ("u",)


def test_bindingness_by_operator():
    rows = ranked("ab") + ranked("xy", operator_id="other")
    settings = Settings(bindingness=0.0, bindingness_by_operator={"other": 1.0})
    order = operator_order(rows, "before_status")
    assert text(apply_status(order, {"b", "y"}, settings, 0)) == "aybx"


def test_status_works_from_its_month_on():
    rows = [*ranked("ab"), project("c", operator_rank=3, status_from="2028-03")]
    order = operator_order(rows, "before_status")
    settings = Settings(rule="tiers", start_year=2026, status_from="2027-01")
    assert text(apply_status(order, {"b", "c"}, settings, 11)) == "abc"
    assert text(apply_status(order, {"b", "c"}, settings, 12)) == "bac"
    assert text(apply_status(order, {"b", "c"}, settings, 26)) == "bca"
    timeline = status_timeline(order, "abc", {"b", "c"}, settings)
    assert timeline.epoch_month.tolist() == [0, 12, 26]
    assert timeline.project_order.tolist() == [[0, 1, 2], [1, 0, 2], [1, 2, 0]]


def test_support_is_a_channel_of_its_own():
    rows = [
        project("a", operator_rank=1),
        project("b", operator_rank=2, support_permit_months=4, support_land_months=1),
    ]
    order = operator_order(rows, "before_status")
    settings = Settings(rule="tiers", start_year=2026, status_from="2027-01")
    only_order = status_timeline(order, "ab", {"b"}, settings)
    assert not only_order.permit_months_saved.any()
    support = status_timeline(order, "ab", {"b"}, settings, channel="support")
    assert support.project_order.tolist() == [[0, 1], [0, 1]]
    assert support.permit_months_saved.tolist() == [[0, 0], [0, 4]]
    assert support.land_months_saved.tolist() == [[0, 0], [0, 1]]


def test_reserve_claims():
    rows = [
        project("a", operator_rank=1),
        project("b", operator_rank=2, requires=("c",)),
        project("c", operator_rank=3),
        project("s", operator_rank=4, safety=True, requires=("d",)),
        project("d", operator_rank=5),
    ]
    order = operator_order(rows, "before_status")
    settings = Settings(rule="reserved_share", start_year=2026, status_from="2026-01")
    assert apply_status(order, {"b"}, settings, 0) == order
    # what b requires may use the reserve too; what the safety works require is not kept out of it
    assert status_timeline(order, "abcsd", {"b"}, settings).claim.tolist() == [[1, 2, 2, 0, 0]]
    assert not status_timeline(order, "abcsd", set("abcd"), settings).claim.any()
    assert not status_timeline(order, "abcsd", set(), settings).claim.any()
