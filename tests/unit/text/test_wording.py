"""Numbers, months, lists and codes in both languages."""

from __future__ import annotations

import math
import re

import pytest

from gridprio.errors import StoreError
from gridprio.text import (
    Text,
    decimals_for,
    interval,
    join,
    message,
    month,
    number,
    percent,
    same,
    say,
    word_kind,
    word_stored,
)


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "nl", "en"),
    [
        (1234.56, 1, False, "1.234,6", "1,234.6"),
        (-1234.0, -2, True, "−1.200", "−1,200"),
        (3.0, 0, True, "+3", "+3"),
        (-0.04, 1, True, "0,0", "0.0"),
        (math.nan, 1, False, "–", "–"),
    ],
)
def test_numbers_in_both_languages(value: float, decimals: int, signed: bool, nl: str, en: str) -> None:
    assert number(value, decimals, signed) == Text(nl, en)


@pytest.mark.parametrize(("spread", "decimals"), [(1.0, 1), (100.0, -1), (0.5, 1), (0.05, 2), (450.0, -2), (0.0, 1)])
def test_digits_follow_the_spread(spread: float, decimals: int) -> None:
    assert decimals_for(spread) == decimals


def test_intervals() -> None:
    assert interval(-84, -112, -56, 28).nl == "−80 (−110 tot −60)"
    assert interval(2.0, 2.0, 2.0, 1.0).en == "+2.0"
    assert interval(2.0, -math.inf, math.inf, 1.0).nl == "+2,0 (spreiding onbekend)"
    assert interval(-10612.0, -10613.0, -10611.0, 100.0).nl == "−10.610"  # both ends read the same


def test_months_joins_and_shares() -> None:
    assert month(2026, 14).nl == "mrt 2027"
    assert month(2026, -1).en == "beyond the horizon"
    assert month(2026, math.inf).nl == "buiten de horizon"
    assert join([same("a"), same("b"), same("c")]) == Text("a, b en c", "a, b and c")
    assert join([]).en == ""
    assert percent(0.954) == Text("95%", "95%") and percent(math.nan).nl == "–"
    assert not Text("", "")


@pytest.mark.parametrize(
    ("kind", "code", "nl"),
    [
        ("reason", "crew:hv_primary@noord", "te weinig uitvoerders (hoogspanning primair, noord)"),
        ("reason", "permit_desk", "het vergunningenloket is vol"),
        ("reason", "no_change:2030", "het verandert het net en de vraag niet; besluit nodig in 2030"),
        ("reason", "wacht op het Rijk", "wacht op het Rijk"),
        ("reason", "eigen: toelichting", "eigen: toelichting"),
        ("reason", None, ""),
        ("reason", math.nan, ""),
        ("lever", "province, municipality", "provincie en gemeente"),
        ("metric", "something_new", "something_new"),
        ("unit", "something_new", ""),
        ("order", "random_3", "willekeurige lijst 3"),
        ("element", "line:12", "verbinding 12"),
        ("element", "trafo:1 without line:3 trafo:4", "transformator 1 bij uitval van verbinding 3 en transformator 4"),
        (
            "element",
            "line:3 without line:3 trafo:4",
            "onderbreking of geen oplossing bij uitval van verbinding 3 en transformator 4",
        ),
        ("element", "trafo3w:0:hv", "driewikkelingstransformator 0 (hv)"),
        ("element", "no supply", "geen voeding of geen oplossing"),
        ("element", "withheld", "niet vrijgegeven"),
        ("element", "Ems-West", "Ems-West"),
        ("element", "", ""),
    ],
)
def test_codes_become_words_and_other_text_stays(kind: str, code: object, nl: str) -> None:
    assert word_kind(kind, code).nl == nl


def test_a_message_keeps_its_meaning_through_json() -> None:
    told = message("plan.budget_room", operator="op {x}", year=2031, spent=1234.5, budget=0.25)
    assert word_stored(told.as_json()).nl == (
        "Budget van op {x}: lopende werken kosten in 2031 1.234,5 mln €, meer dan de 0,25 mln € die er is. Voor andere "
        "werken is er in dat jaar geen geld."
    )
    assert "€ 1,234.5 million in 2031" in word_stored(told.as_json()).en
    with pytest.raises(TypeError, match="found dict"):
        message("plan.late", projects={"p": 1}).as_json()


def test_a_wrong_code_or_parameter_is_an_error() -> None:
    for code, params in (("plan.nowhere", {}), ("plan.late", {}), ("plan.late", {"projects": ["a"], "more": 1})):
        with pytest.raises(KeyError):
            say(code, **params)


@pytest.mark.parametrize(
    "entry",
    [
        {"code": "plan.nowhere", "params": {}},
        {"code": "plan.late", "params": {}},
        {"code": "plan.security_room", "params": {"group": "g", "since": "soon", "taken": 2}},
        {"nl": "Een zin.", "en": "A sentence."},
    ],
)
def test_a_stored_message_that_cannot_be_worded_is_named(entry: dict[str, object]) -> None:
    with pytest.raises(StoreError, match=re.escape(repr(entry.get("code")))):
        word_stored(entry)
