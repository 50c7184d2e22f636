"""Mistakes in the rules of the queue and in what requests say under them, one at a time."""

from __future__ import annotations

import pytest

from .conftest import TEXTS, assert_all_words


def _with_purpose(cells: str, columns: str = "purpose", others: str = "") -> str:
    """developments.csv whose first row has these cells in more columns."""
    head, first, second = TEXTS["developments.csv"].splitlines()
    return f"{head},{columns}\n{first},{cells}\n{second},{others}\n"


CASES = {
    "purpose that no rule names": (
        {"developments.csv": _with_purpose("dwelings")},
        ("developments.csv", 2, "purpose", "no rule of queue_rules names this purpose", "Did you mean 'dwellings'?"),
    ),
    "softener without contract": (
        {"developments.csv": _with_purpose("congestion_softener")},
        ("developments.csv", 2, "contract_from", "blank", "month in which its contract begins"),
    ),
    "category of another purpose": (
        {"developments.csv": _with_purpose("care,2", "purpose,acm_category", ",")},
        ("developments.csv", 2, "acm_category", "that of another purpose", "2, 'care'"),
    ),
    "place in the list of no municipality": (
        {"developments.csv": _with_purpose("dwellings,1", "purpose,municipality_rank", ",")},
        ("developments.csv", 2, "municipality_id", "blank", "municipality whose list"),
    ),
    "priority without rank": (
        {"queue_rules.csv": "rule_id,rule,purposes\nr1,priority,care\n"},
        ("queue_rules.csv", 2, "rank", "blank", "rule priority cannot do without it"),
    ),
    "rule that ends first": (
        {"queue_rules.csv": "rule_id,rule,from_date,until_date\nr1,waits,2027,2026-12-31\n"},
        ("queue_rules.csv", 2, "until_date", "ends before it begins", "later than 2027"),
    ),
    "unknown rule": (
        {"queue_rules.csv": "rule_id,rule,rank\nr1,prority,1\n"},
        ("queue_rules.csv", 2, "rule", "not readable", "priority"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_named_where_it_stands(problems_of, case):
    changes, (file, row, column, what, words) = CASES[case]
    found = problems_of(changes)
    assert [(problem.file, problem.row, problem.column) for problem in found] == [(file, row, column)], found
    assert what in found[0].what and words in str(found[0])
    assert_all_words(found)


def test_rules_that_cannot_be_read_do_not_drag_purposes_along(problems_of):
    rules = "rule_id,rule,rank,purposes\nr1,priority,one,charging\n"
    found = problems_of({"developments.csv": _with_purpose("charging"), "queue_rules.csv": rules})
    assert [problem.file for problem in found] == ["queue_rules.csv"]
