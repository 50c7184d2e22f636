"""Text in two languages, and numbers, months and intervals as people write them in each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")

MONTHS = {
    "nl": ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


@dataclass(frozen=True)
class Text:
    """The same thing said in Dutch and in English."""

    nl: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.nl if language == "nl" else self.en

    def __add__(self, other: Text) -> Text:
        return Text(self.nl + other.nl, self.en + other.en)

    def __bool__(self) -> bool:
        return bool(self.nl or self.en)

    def fill(self, **parts: Text | str | int) -> Text:
        """Both languages with their {parts} filled in."""

        def one(language: Language) -> str:
            chosen = {k: v[language] if isinstance(v, Text) else v for k, v in parts.items()}
            return self[language].format(**chosen)

        return Text(one("nl"), one("en"))


def same(text: object) -> Text:
    """A name or code that is the same in both languages."""
    return Text(str(text), str(text))


def join(parts: list[Text]) -> Text:
    """a, b en c."""

    def one(items: list[str], word: str) -> str:
        return items[0] if len(items) == 1 else ", ".join(items[:-1]) + f" {word} " + items[-1]

    return Text(one([p.nl for p in parts], "en"), one([p.en for p in parts], "and")) if parts else Text("", "")


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
    """1.234,5 in Dutch and 1,234.5 in English, with a true minus; an en dash for what is not a number."""
    if not math.isfinite(value):
        return same("–")
    rounded = round(value, decimals)
    english = f"{abs(rounded):,.{max(decimals, 0)}f}"
    sign = "−" if rounded < 0 else "+" if signed and rounded > 0 else ""
    return Text(sign + english.translate(str.maketrans(",.", ".,")), sign + english)


def interval_text(mean: float, low: float, high: float, spread: float) -> Text:
    """-120 (-160 tot -80); the mean alone where the interval is a point."""
    decimals = decimals_for(spread)
    if math.isnan(mean):
        return same("–")
    middle = number(mean, decimals, signed=True)
    if low == high:
        return middle
    if not (math.isfinite(low) and math.isfinite(high)):
        return middle + Text(" (spreiding onbekend)", " (spread unknown)")
    ends = (number(low, decimals, signed=True), number(high, decimals, signed=True))
    return middle + Text(f" ({ends[0].nl} tot {ends[1].nl})", f" ({ends[0].en} to {ends[1].en})")


def month(start_year: int, months: float) -> Text:
    """mrt 2031 for a month counted from January of the start year; infinite is beyond the horizon, NaN a dash."""
    if math.isnan(months):
        return same("–")
    if not math.isfinite(months) or months < 0:
        return Text("buiten de horizon", "beyond the horizon")
    whole = int(months)
    year, place = start_year + whole // 12, whole % 12
    return Text(f"{MONTHS['nl'][place]} {year}", f"{MONTHS['en'][place]} {year}")


def percent(share: float) -> Text:
    if not math.isfinite(share):
        return same("–")
    return Text(f"{round(100 * share)} %", f"{round(100 * share)}%")


def count(n: int, singular: Text, plural: Text) -> Text:
    """1 project, 2 projecten."""
    return same(n) + same(" ") + (singular if n == 1 else plural)
