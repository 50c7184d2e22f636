"""Requests over the years, and the order in which they are allocated: a planted list for each rule and date."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gridprio.demand import allocation_order, claimed_mw, may_connect, queue_order, request_rows, requested_mw
from gridprio.inputs.enumerations import ConnectionClass, Direction
from gridprio.inputs.queue_rules import QueueRule, QueueRuleKind
from gridprio.inputs.rules_in_force import DATED_RULES, UNDATED_RULES, rules_in_force
from gridprio.inputs.schema import Development

BASE = Development(
    development_id="d",
    name="d",
    station_id="s",
    sector="housing",
    direction=Direction.DEMAND,
    p_mw=12.0,
    profile="flat",
    requested_year=2028,
    request_date="2024-05",
)
SMALL = ConnectionClass.SMALL


def like(**changes: object) -> Development:
    return BASE.model_copy(update=changes)


def by_date(*dates: str, **changes: object) -> list[Development]:
    return [like(request_date=date, **changes) for date in dates]


def places(rows: Sequence[Development], year: int, rules: Sequence[QueueRule] = DATED_RULES) -> str:
    """Rows in queue order, as letters."""
    return "".join("abcdefgh"[row] for row in queue_order(rows, rules, year))


def test_wish_is_nothing_before_and_ramps_up_to_full() -> None:
    ramping = like(ramp_years=2)
    assert [requested_mw(ramping, y) for y in range(2027, 2033)] == [0.0, 4.0, 8.0, 12.0, 12.0, 12.0]
    assert [requested_mw(BASE, y) for y in (2027, 2028, 2040)] == [0.0, 12.0, 12.0]


def test_size_times_mw_per_unit_and_driver() -> None:
    sized = like(p_mw=None, size=500.0, mw_per_unit=0.002)
    assert requested_mw(sized, 2030) == 1.0
    assert requested_mw(sized, 2030, 1.5) == 1.5


@pytest.mark.parametrize("year", [2020, 2026, 2040])
def test_without_purposes_by_category_then_date_in_every_year_and_feed_in_last_by_date(year: int) -> None:
    rows = [
        like(direction=Direction.FEED_IN, request_date="2020", acm_category=1),
        like(request_date="2021-01"),
        like(request_date="2025", acm_category=3),
        like(request_date="2025-03", acm_category=1),
        like(direction=Direction.FEED_IN, request_date="2019-12-31"),
        like(request_date="2021-01-01"),
        like(request_date="2020-06", acm_category=3),
    ]
    assert rules_in_force(rows) == UNDATED_RULES
    assert places(rows, year, UNDATED_RULES) == "dgcbfea"
    assert request_rows(rows, range(7)) == queue_order(rows, UNDATED_RULES, year)


def test_a_study_that_names_a_purpose_has_the_dated_rules() -> None:
    assert rules_in_force([BASE, like(purpose="care")]) == DATED_RULES
    assert {rule.rule_id for rule in DATED_RULES if rule.assumed} == {
        "small_first",
        "municipal_list",
        "room_ahead",
        "what_is_left",
    }
    assert all(rule.source and rule.source_date for rule in DATED_RULES)


PURPOSES = ["", "heat", "drinking_water", "care", "education", "dwellings", "safety", "congestion_softener"]


@pytest.mark.parametrize(("year", "expected"), [(2025, "abcdefgh"), (2026, "hgbcdefa"), (2035, "hgbcdefa")])
def test_purpose_decides_from_2026_and_then_the_date(year: int, expected: str) -> None:
    rows = [like(purpose=p, request_date=f"2024-0{k + 1}", contract_from="2025") for k, p in enumerate(PURPOSES)]
    assert places(rows, year) == expected


def test_feed_in_stands_by_date_whatever_its_purpose() -> None:
    rows = [like(purpose=p, direction=Direction.FEED_IN, request_date=f"2024-0{9 - k}") for k, p in enumerate(PURPOSES)]
    assert places(rows, 2030) == "hgfedcba"
    assert all(may_connect(row, DATED_RULES, 2026) for row in rows)


@pytest.mark.parametrize(("contract_from", "expected"), [("2026-12", "ba"), ("2027-01-01", "ab"), (None, "ab")])
def test_a_softener_is_one_by_contract(contract_from: str | None, expected: str) -> None:
    rows = [*by_date("2024"), like(purpose="congestion_softener", request_date="2025", contract_from=contract_from)]
    assert places(rows, 2026) == expected
    assert places(rows, 2027) == ("ba" if contract_from else "ab")


def test_a_softener_of_category_1_has_its_contract() -> None:
    assert places([*by_date("2024"), like(acm_category=1, request_date="2025")], 2026) == "ba"


@pytest.mark.parametrize(("year", "expected"), [(2025, "dbac"), (2026, "cadb"), (2030, "cadb")])
def test_small_connections_go_first_until_july_2026_and_then_stand_in_the_one_list(year: int, expected: str) -> None:
    rows = [
        like(request_date="2022", purpose=""),
        like(request_date="2023", connection_class=SMALL),
        like(request_date="2024", purpose="care"),
        like(request_date="2022-06", connection_class=SMALL),
    ]
    assert places(rows, year) == expected


def test_the_list_of_a_municipality_shares_out_its_own_places_and_no_other() -> None:
    def home(date: str, town: str, rank: int | None) -> Development:
        return like(purpose="dwellings", request_date=date, municipality_id=town, municipality_rank=rank)

    rows = [
        home("2024-01", "m1", 3),
        home("2024-02", "m2", 2),
        home("2024-03", "m1", None),
        home("2024-04", "m1", 1),
        like(purpose="care", request_date="2024-05", municipality_id="m1", municipality_rank=1),
        home("2024-06", "m2", 1),
        home("2024-07", "m1", 2),
    ]
    assert places(rows, 2025) == "abcdefg"
    assert places(rows, 2026) == "dfcgeba"


def test_dwellings_hold_room_up_to_ten_years_ahead_from_october_2026() -> None:
    homes = like(purpose="dwellings", requested_year=2037, ramp_years=2, request_date="2024")

    def claimed(row: Development, rules: Sequence[QueueRule] = DATED_RULES) -> list[float]:
        return [claimed_mw(row, rules, year, lambda _: 1.0) for year in (2025, 2026, 2027, 2036, 2037, 2038, 2040)]

    assert claimed(homes) == [0.0, 0.0, 12.0, 12.0, 12.0, 12.0, 12.0]
    assert claimed(homes, UNDATED_RULES) == [0.0, 0.0, 0.0, 0.0, 4.0, 8.0, 12.0]
    assert claimed(homes.model_copy(update={"request_date": "2036-06"})) == [0.0, 0.0, 0.0, 12.0, 12.0, 12.0, 12.0]
    assert claimed(homes.model_copy(update={"requested_year": 2036}))[1] == 12.0
    for other in ("care", ""):
        assert claimed(homes.model_copy(update={"purpose": other})) == claimed(homes, UNDATED_RULES)


def test_room_ahead_is_the_size_of_the_year_in_which_the_request_is_whole() -> None:
    homes = like(purpose="dwellings", requested_year=2030, ramp_years=1)
    assert claimed_mw(homes, DATED_RULES, 2027, lambda year: 2.0 if year >= 2031 else 1.0) == 24.0
    assert requested_mw(homes, 2030) == 6.0


def test_what_is_left_is_for_those_without_priority_in_2027() -> None:
    plain, care = like(connection_class=SMALL), like(purpose="care")
    assert [may_connect(plain, DATED_RULES, year) for year in (2025, 2026, 2027)] == [True, False, True]
    assert all(may_connect(care, DATED_RULES, year) for year in (2025, 2026, 2027))
    assert may_connect(plain, UNDATED_RULES, 2026)


def added(**columns: object) -> tuple[QueueRule, ...]:
    return (*DATED_RULES, QueueRule.model_validate({"rule_id": "new", **columns}))


def test_a_rule_that_is_added_changes_its_purpose_from_its_date_and_nothing_else() -> None:
    rows = [
        like(purpose="", request_date="2021"),
        like(purpose="charging", request_date="2022"),
        like(purpose="care", request_date="2023"),
        like(purpose="charging", request_date="2020", direction=Direction.FEED_IN),
    ]
    rules = added(rule=QueueRuleKind.PRIORITY, purposes=("charging",), rank=4, from_date="2030-07", until_date="2034")
    for year in range(2024, 2040):
        changed = 2030 <= year < 2034
        assert places(rows, year, rules) == ("cbad" if changed else places(rows, year)), year
    for row in rows:
        for year in range(2024, 2040):
            assert claimed_mw(row, rules, year, lambda _: 1.0) == claimed_mw(row, DATED_RULES, year, lambda _: 1.0)
            assert may_connect(row, rules, year) == may_connect(row, DATED_RULES, year)


def test_a_rule_may_be_about_feed_in_or_one_class_too() -> None:
    rows = [like(request_date="2021"), like(request_date="2022", connection_class=SMALL)]
    about = {"rule": QueueRuleKind.PRIORITY, "rank": 1, "connection_class": SMALL}
    assert places(rows, 2030, added(**about)) == "ba"
    fed_in = [row.model_copy(update={"direction": Direction.FEED_IN}) for row in rows]
    assert places(fed_in, 2030, added(**about)) == "ab"
    assert places(fed_in, 2030, added(**about, direction=Direction.FEED_IN)) == "ba"


def test_an_order_is_of_the_rows_of_an_area_and_equal_ones_stand_as_in_the_table() -> None:
    rows = [like(purpose="care"), like(acm_category=1), BASE, like(purpose="care")]
    assert request_rows(rows, [3, 2, 1]) == [1, 3, 2]
    assert allocation_order(rows, [3, 2, 1], DATED_RULES, 2025).tolist() == [2, 1, 0]
    assert allocation_order(rows, [1, 3, 2], DATED_RULES, 2026).tolist() == [0, 1, 2]
