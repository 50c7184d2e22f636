from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gridprio.cells import contingencies_for
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN
from gridprio.model.grid import NODE_SLACK, GridArrays, OutageElement
from gridprio.model.months import ALL_MONTHS
from gridprio.model.rules import OutageRules, SecurityRule
from tests.kernels.grids import GridBuilder


def grid() -> GridArrays:
    """Two lines at 150 kV, one at 50 kV, and a line with its transformer that fail together."""
    g = GridBuilder()
    g.node(NODE_SLACK)
    g.node()
    for _ in range(5):
        g.branch(0, 1, 0.1j)
    for out in ([0], [1], [2], [4, 3]):
        g.outage(*out)
    arrays = g.build()
    kv = np.array([150.0, 110.0, 50.0, 150.0, 10.0])
    return GridArrays(**{**vars(arrays), "nominal_kv": kv})


def by_settings(min_kv: float, *, maintenance: bool = False) -> OutageRules:
    return OutageRules(security_min_kv=min_kv, maintenance_outages=maintenance, interruption_max_mw=20.0)


def test_single_outages_from_the_voltage_of_the_rule() -> None:
    found = contingencies_for(grid(), by_settings(110.0))
    assert found.start.tolist() == [0, 0, 1, 2, 4]
    assert found.branch.tolist() == [0, 1, 3, 4]
    assert found.required_direction.tolist() == [CASE_DEMAND | CASE_FEED_IN] + [CASE_DEMAND] * 3
    assert set(found.required_months.tolist()) == {0xFFF}
    assert found.interruption_max_mw.tolist() == [0.0, 20.0, 20.0, 20.0]
    assert len(contingencies_for(grid(), by_settings(0.0)).start) == 6


def test_maintenance_pairs_april_to_september() -> None:
    found = contingencies_for(grid(), by_settings(110.0, maintenance=True))
    assert len(found.start) - 1 == 1 + 3 + 3
    april_to_september = sum(1 << month for month in (3, 4, 5, 6, 7, 8))
    assert found.required_months[4:].tolist() == [april_to_september] * 3
    assert found.branch[found.start[4] : found.start[5]].tolist() == [0, 1]


SINGLE_110 = SecurityRule(110.0, 150.0, CASE_DEMAND, False, ALL_MONTHS, 100.0)
SUMMER = 0b000011110000


def by_rules(*rules: SecurityRule, elements: tuple[OutageElement, ...] = ()) -> list[tuple[list[int], int, int, float]]:
    """Outages but the intact grid: branches, direction, months and accepted interruption."""
    arrays = replace(grid(), outage_elements=elements) if elements else grid()
    found = contingencies_for(arrays, replace(by_settings(0.0), security_rules=rules))
    columns = (found.required_direction, found.required_months, found.interruption_max_mw)
    out = [found.out(k).tolist() for k in range(len(found.start) - 1)]
    return list(zip(out, *(column.tolist() for column in columns), strict=True))[1:]


def test_rules_in_place_of_the_settings() -> None:
    assert by_rules() == []
    assert by_rules(SINGLE_110) == [([1], CASE_DEMAND, ALL_MONTHS, 100.0)]
    above = replace(SINGLE_110, min_kv=150.0, below_kv=None, direction=CASE_FEED_IN)
    assert by_rules(above, SINGLE_110) == [
        ([0], CASE_FEED_IN, ALL_MONTHS, np.inf),
        ([1], CASE_DEMAND, ALL_MONTHS, 100.0),
        ([3, 4], CASE_FEED_IN, ALL_MONTHS, np.inf),
    ]


def test_the_settings_are_two_rules() -> None:
    settings = by_settings(110.0, maintenance=True)
    of_rules = replace(settings, security_min_kv=0.0, interruption_max_mw=0.0, security_rules=settings.in_force)
    for name, values in vars(contingencies_for(grid(), settings)).items():
        np.testing.assert_array_equal(values, getattr(contingencies_for(grid(), of_rules), name))


def test_rules_that_name_one_outage_add_up_month_by_month() -> None:
    """All directions that one of them has, and the lowest limit of those for demand."""
    strict = replace(SINGLE_110, months=SUMMER, interruption_max_mw=10.0)
    feed_in = replace(SINGLE_110, direction=CASE_FEED_IN, months=SUMMER, interruption_max_mw=0.0)
    rest = ALL_MONTHS & ~SUMMER
    assert by_rules(SINGLE_110, strict) == [([1], CASE_DEMAND, rest, 100.0), ([1], CASE_DEMAND, SUMMER, 10.0)]
    assert by_rules(strict, SINGLE_110) == by_rules(SINGLE_110, strict)
    both = CASE_DEMAND | CASE_FEED_IN
    assert by_rules(SINGLE_110, feed_in) == [([1], CASE_DEMAND, rest, 100.0), ([1], both, SUMMER, 100.0)]
    assert by_rules(feed_in) == [([1], CASE_FEED_IN, SUMMER, np.inf)]
    assert by_rules(SINGLE_110, SINGLE_110) == by_rules(SINGLE_110)
    as_two = replace(SINGLE_110, direction=CASE_FEED_IN)
    assert by_rules(SINGLE_110, as_two) == by_rules(replace(SINGLE_110, direction=both))


def test_single_outages_are_left_of_rules_for_maintenance() -> None:
    pairs = replace(SINGLE_110, maintenance=True)
    rules = replace(by_settings(0.0), security_rules=(SINGLE_110, pairs))
    assert rules.of_single_outages.in_force == (SINGLE_110,)
    assert replace(rules, security_rules=(pairs,)).of_single_outages.in_force == ()
    by_setting = by_settings(110.0, maintenance=True)
    assert [rule.maintenance for rule in by_setting.of_single_outages.in_force] == [False]


def test_a_pair_counts_by_the_lower_voltage() -> None:
    """150 kV with 110 kV is the network of 110 kV; a rule from 150 kV names the pair of both at 150 kV alone."""
    pairs = replace(SINGLE_110, maintenance=True, months=SUMMER)
    assert [out for out, *_ in by_rules(pairs)] == [[0, 1], [1, 3, 4]]
    assert [out for out, *_ in by_rules(replace(pairs, min_kv=150.0, below_kv=None))] == [[0, 3, 4]]
    assert [out for out, *_ in by_rules(replace(pairs, min_kv=0.0, below_kv=50.5))] == [[0, 2], [1, 2], [2, 3, 4]]


def by_kinds(*rules: SecurityRule) -> list[tuple[list[int], int, int, float]]:
    """As `by_rules`: outages 0 and 1 are lines, 2 a cable and 3 a transformer to 10 kV."""
    kinds = ("overhead_line", None), ("overhead_line", None), ("cable", None), ("transformer", 10.0)
    elements = tuple(OutageElement(f"x:{at}", kind, kv) for at, (kind, kv) in enumerate(kinds))
    return by_rules(*rules, elements=elements)


EVERY = SecurityRule(0.0, None, CASE_DEMAND, False, ALL_MONTHS, 0.0)


def test_a_rule_is_about_a_kind_or_about_named_elements() -> None:
    def outages(**about: Any) -> list[list[int]]:
        return [out for out, *_ in by_kinds(replace(EVERY, **about))]

    assert outages() == [[0], [1], [2], [3, 4]]
    assert outages(kind="overhead_line") == [[0], [1]]
    assert outages(kind="overhead_line", min_kv=150.0) == [[0]]
    assert outages(kind="transformer") == outages(kind="transformer", to_below_kv=10.5) == [[3, 4]]
    assert outages(kind="transformer", to_below_kv=10.0) == []
    assert outages(elements=("x:2", "x:3")) == [[2], [3, 4]]


def test_the_closest_rule_counts_by_month_and_direction() -> None:
    """A kind before every one, a name before the kind; where they say nothing, what is further off."""
    kind = replace(EVERY, kind="cable", interruption_max_mw=50.0)
    name = replace(EVERY, elements=("x:2",), interruption_max_mw=20.0, months=SUMMER)
    rest = ALL_MONTHS & ~SUMMER
    assert [row for row in by_kinds(EVERY, kind) if row[0] == [2]] == [([2], CASE_DEMAND, ALL_MONTHS, 50.0)]
    assert [row for row in by_kinds(EVERY, kind) if row[0] != [2]] == [row for row in by_kinds(EVERY) if row[0] != [2]]
    assert [row for row in by_kinds(name, kind, EVERY) if row[0] == [2]] == [
        ([2], CASE_DEMAND, rest, 50.0), ([2], CASE_DEMAND, SUMMER, 20.0)
    ]  # fmt: skip
    sun = replace(kind, direction=CASE_FEED_IN, interruption_max_mw=0.0)
    both = CASE_DEMAND | CASE_FEED_IN
    assert [row for row in by_kinds(EVERY, sun) if row[0] == [2]] == [([2], both, ALL_MONTHS, 0.0)]
    assert by_kinds(kind, replace(kind, interruption_max_mw=30.0)) == [([2], CASE_DEMAND, ALL_MONTHS, 30.0)]


def test_of_a_pair_is_asked_what_is_asked_of_either() -> None:
    """One of cables holds for no pair of a cable and a line; a rule for cables alone names every pair of one."""
    every = replace(EVERY, maintenance=True)
    cable = replace(every, kind="cable", interruption_max_mw=50.0)
    trafo = replace(every, kind="transformer", interruption_max_mw=70.0)
    assert [out for out, *_ in by_kinds(cable)] == [[0, 2], [1, 2], [2, 3, 4]]
    accepted = {tuple(out): most for out, *_, most in by_kinds(every, cable, trafo)}
    assert accepted == {(0, 1): 0.0, (0, 2): 0.0, (1, 2): 0.0, (0, 3, 4): 0.0, (1, 3, 4): 0.0, (2, 3, 4): 50.0}


def with_actions(*switchings: tuple[int, int, int, int]) -> GridArrays:
    return GridArrays(**{**vars(grid()), "switchings": np.array(switchings, dtype=np.int32)})


def test_switchings_stand_by_contingency_and_what_is_opened_last() -> None:
    """Outage 1 is switched in its own row and in pairs, not in the pair with a branch that the action switches."""
    arrays = with_actions((1, 2, 2, 0), (1, 2, 3, 1), (0, 1, 2, 1))
    found = contingencies_for(arrays, by_settings(110.0, maintenance=True))
    pairs = [set(found.out(k).tolist()) for k in range(len(found.required_direction))]
    assert pairs == [set(), {0}, {1}, {3, 4}, {0, 1}, {0, 3, 4}, {1, 3, 4}]
    assert found.switchings.tolist() == [
        [1, 1, 2, 1], [2, 2, 3, 1], [2, 2, 2, 0], [4, 2, 3, 1], [4, 1, 2, 1], [4, 2, 2, 0], [5, 1, 2, 1],
    ]  # fmt: skip
    assert found.switched(2).tolist() == [[2, 2, 3, 1], [2, 2, 2, 0]]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("switchings", np.array([[2, 0, 1, 1], [1, 0, 1, 1]], dtype=np.int32), "ascending"),
        ("switchings", np.array([[1, 0, 1, 2]], dtype=np.int32), "1 closed or 0 opened"),
        ("switchings", np.zeros(4, dtype=np.int32), "shape"),
        ("interruption_max_mw", np.full(4, np.nan), "NaN"),
    ],
)
def test_what_kernels_would_misread_is_refused(column: str, value: np.ndarray, words: str) -> None:
    every = contingencies_for(grid(), by_settings(110.0))
    with pytest.raises(ValueError, match=words):
        replace(every, **{column: value})


def test_an_action_after_an_outage_that_takes_nothing_out_is_part_of_no_contingency() -> None:
    arrays = with_actions((4, 1, 2, 1), (1, 2, 3, 1))
    start, elements = np.append(arrays.outage_start, arrays.outage_start[-1]), arrays.outage_elements
    bare = replace(arrays, outage_start=start, outage_elements=(*elements, elements[0]))
    found = contingencies_for(bare, by_settings(110.0))
    assert found.switchings.tolist() == [[2, 2, 3, 1]]
