import math

import pytest

from gridprio.figures import words
from gridprio.figures.language import Text, decimals_for, interval_text, join, month, number, percent, same


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
    found = number(value, decimals, signed)
    assert (found.nl, found.en) == (nl, en)


@pytest.mark.parametrize(("spread", "decimals"), [(1.0, 1), (100.0, -1), (0.5, 1), (0.05, 2), (450.0, -2), (0.0, 1)])
def test_digits_follow_the_spread(spread: float, decimals: int) -> None:
    assert decimals_for(spread) == decimals


def test_intervals() -> None:
    assert interval_text(-84, -112, -56, 28).nl == "−80 (−110 tot −60)"
    assert interval_text(2.0, 2.0, 2.0, 1.0).en == "+2.0"
    assert interval_text(2.0, -math.inf, math.inf, 1.0).nl == "+2,0 (spreiding onbekend)"


def test_months_joins_and_shares() -> None:
    assert month(2026, 14).nl == "mrt 2027"
    assert month(2026, -1).en == "beyond the horizon"
    assert month(2026, math.inf).nl == "buiten de horizon"
    assert join([same("a"), same("b"), same("c")]).nl == "a, b en c"
    assert join([]).en == ""
    assert percent(0.954).nl == "95 %" and percent(math.nan).nl == "–"
    assert not Text("", "")


def test_codes_become_words_and_other_text_stays() -> None:
    assert words.reason("crew:hv_primary@noord").nl == "te weinig uitvoerders (hoogspanning primair, noord)"
    assert words.reason("permit_desk").en == "the permit desk is full"
    assert words.reason("wacht op het Rijk").nl == "wacht op het Rijk"
    assert words.reason(None).nl == "" and words.reason(math.nan).nl == ""
    assert words.lever("province, municipality").nl == "provincie, gemeente"
    assert words.metric("something_new")[0].nl == "something_new"


@pytest.mark.parametrize(
    ("code", "nl"),
    [
        ("line:12", "verbinding 12"),
        ("trafo:1 without line:3 trafo:4", "transformator 1 bij uitval van verbinding 3 en transformator 4"),
        ("trafo3w:0:hv", "driewikkelingstransformator 0 (hv)"),
        ("no supply without line:3", "geen voeding bij uitval van verbinding 3"),
        ("Ems-West", "Ems-West"),
        ("", ""),
    ],
)
def test_what_limits_in_words(code: str, nl: str) -> None:
    assert words.element(code).nl == nl
