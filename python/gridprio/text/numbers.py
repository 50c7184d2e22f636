"""Numbers, months and lists as people write them in each language, by the CLDR data of Babel."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from functools import lru_cache

from babel import Locale, dates, lists, numbers

from gridprio.text.language import Language, Text, both, same

LOCALES: dict[Language, Locale] = {"nl": Locale("nl"), "en": Locale("en", "GB")}
UNKNOWN = "–"
"""Stands for a number that is not known."""


@lru_cache(maxsize=4096)
def decimal(value: float, pattern: str, language: Language) -> str:
    """A number by a CLDR pattern such as `#,##0.0`, with a true minus and no minus before what is shown as zero.

    Cached: Babel reads the pattern anew for each number, and an input may have many problems alike.
    """
    if not math.isfinite(value):
        return UNKNOWN
    shown = numbers.format_decimal(value, format=pattern, locale=LOCALES[language]).replace("-", "−")
    return shown.replace("−", "") if not any(digit in shown for digit in "123456789") else shown


def month_name(month: dt.date, language: Language) -> str:
    """mrt 2031."""
    return dates.format_date(month, "MMM y", locale=LOCALES[language])


def listed(parts: Sequence[str], language: Language) -> str:
    """a, b en c."""
    return lists.format_list(list(parts), locale=LOCALES[language])


def plural(amount: float, forms: Sequence[str], language: Language) -> str:
    """The first form for one, the second for any other amount."""
    one, other = forms
    return one if LOCALES[language].plural_form(amount) == "one" else other


def decimals_for(spread: float) -> int:
    """Decimals that a reader can trust: down to about a tenth of the spread; negative rounds before the point."""
    if not math.isfinite(spread) or spread <= 0:
        return 1
    return -math.floor(math.log10(spread / 2))


def significant(value: float) -> int:
    """Decimals that give two significant digits, and at most one decimal."""
    if not math.isfinite(value) or value == 0:
        return 0
    return min(1, 1 - math.floor(math.log10(abs(value))))


def number(value: float, decimals: int = 0, signed: bool = False) -> Text:
    """1.234,5 in Dutch and 1,234.5 in English; rounded before the point where `decimals` is below 0."""
    if not math.isfinite(value):
        return same(UNKNOWN)
    rounded = round(value, decimals) + 0.0
    pattern = "#,##0" + ("." + "0" * decimals if decimals > 0 else "")
    sign = "+" if signed and rounded > 0 else ""
    return both(lambda language: sign + decimal(rounded, pattern, language))


def percent(share: float) -> Text:
    """95%."""
    return both(lambda language: decimal(share, "0%", language))


def join(parts: Sequence[Text]) -> Text:
    """a, b en c."""
    return both(lambda language: listed([part[language] for part in parts], language))
