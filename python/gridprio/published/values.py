"""Cells of a publication: numbers with units, years and windows of years; `-` and blank are not published."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gridprio.errors import Problem
from gridprio.inputs.number_style import NumberStyle, number_style
from gridprio.inputs.values import NotThisType, as_seen, convert
from gridprio.published.records import WITHDRAWN_FROM, PublishedYear
from gridprio.text import Sentence, sentence

_MEGAWATTS = re.compile(r"(?P<number>[+-]?[\d.,]*\d)\s*(?P<unit>[^\W\d].*)?")
_YEAR = re.compile(r"(19|20|21)\d{2}")
_WINDOW = re.compile(r"(?:tussen\s+)?(?P<first>\d{4})\s*(?:-|–|t/m|tot|en)\s*(?P<last>\d{4})", re.IGNORECASE)
_QUARTER = re.compile(r"(?P<year>\d{4})\s*-?\s*(?:Q|K|kwartaal\s*)(?P<quarter>[1-4])", re.IGNORECASE)
FIRST_YEAR, LAST_YEAR = 1990, 2199


@dataclass(frozen=True)
class Window:
    """Years in which something is promised, both inclusive."""

    from_year: int | None = None
    to_year: int | None = None
    quarter: int | None = None
    is_withdrawn: bool = False


def is_unpublished(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and cell.strip() in ("", "-", "–"))


def style_of(cells: Iterable[object]) -> NumberStyle:
    """How a publication writes numbers, from all of them together; a lone `1.200` cannot tell."""
    matches = (_MEGAWATTS.fullmatch(cell.strip()) for cell in cells if isinstance(cell, str))
    found = number_style(match["number"] for match in matches if match)
    return NumberStyle.LONE if found is NumberStyle.UNSURE else found


class Cells:
    """Cells of one entry: what cannot be read becomes a problem of its place, and reads as not published."""

    def __init__(self, place: str, row: int | None, cells: Any, problems: list[Problem], style: NumberStyle) -> None:
        self.place, self.row, self.cells, self.problems, self.style = place, row, cells, problems, style

    def refuse(self, name: str, what: Sentence, found: str, expected: Sentence, remedy: Sentence) -> None:
        self.problems.append(Problem(self.place, self.row, name, what, found, expected, remedy))

    def _unreadable(self, name: str, expected: Sentence) -> None:
        what, remedy = sentence("problem.not_readable"), sentence("remedy.download_anew")
        self.refuse(name, what, as_seen(self.cells[name]), expected, remedy)

    def text(self, name: str, *, required: bool = False) -> str:
        """Blank where it is not there; a problem where it is required."""
        cell = self.cells.get(name)
        if isinstance(cell, str | int) and not isinstance(cell, bool) and str(cell).strip():
            return str(cell).strip()
        if cell is not None and not isinstance(cell, str):
            self._unreadable(name, sentence("expected.text"))
        elif required:
            what, remedy = sentence("problem.required_blank"), sentence("remedy.download_anew")
            self.refuse(name, what, sentence("found.nothing"), sentence("expected.text"), remedy)
        return ""

    def megawatts(self, name: str) -> float | None:
        """`78.5 MW`; None where it is not published."""
        cell = self.cells.get(name)
        if is_unpublished(cell):
            return None
        number: float | None = None
        match = _MEGAWATTS.fullmatch(cell.strip()) if isinstance(cell, str) else None
        if match and match["unit"] in (None, "MW"):
            cell = match["number"]
        try:
            number = float(convert(cell, float, self.style))
        except NotThisType:
            number = None
        if number is None or not 0 <= number <= 1e6:
            self._unreadable(name, sentence("expected.megawatts"))
            return None
        return number

    def count(self, name: str) -> int | None:
        cell = self.cells.get(name)
        if is_unpublished(cell):
            return None
        if (isinstance(cell, str) and cell.strip().isdecimal()) or (type(cell) is int and cell >= 0):
            return int(cell)
        self._unreadable(name, sentence("expected.count"))
        return None

    def number(self, name: str) -> float | None:
        """A coordinate."""
        cell = self.cells.get(name)
        if is_unpublished(cell):
            return None
        try:
            return float(convert(cell, float))
        except NotThisType:
            self._unreadable(name, sentence("expected.float"))
            return None

    def year(self, name: str) -> PublishedYear:
        cell = self.cells.get(name)
        if is_unpublished(cell):
            return PublishedYear()
        year = _year_in(cell)
        if year is None:
            self._unreadable(name, sentence("expected.year_or_nothing"))
            return PublishedYear()
        return PublishedYear(None, True) if year >= WITHDRAWN_FROM else PublishedYear(year)

    def window(self, name: str) -> Window:
        """`2029`, `2034 - 2037`, `Tussen 2031 en 2033`, `2028 - Q3`."""
        cell = self.cells.get(name)
        if is_unpublished(cell):
            return Window()
        found = _window_in(str(cell).strip())
        if found is None:
            self._unreadable(name, sentence("expected.window"))
            return Window()
        return found


def _year_in(cell: object) -> int | None:
    if type(cell) is int:
        return cell if FIRST_YEAR <= cell <= LAST_YEAR else None
    return int(cell) if isinstance(cell, str) and _YEAR.fullmatch(cell := cell.strip()) else None


def _window_in(text: str) -> Window | None:
    """None where the text is no window; a year of a withdrawn date makes all of it withdrawn."""
    quarter: int | None = None
    if _YEAR.fullmatch(text):
        first = last = int(text)
    elif match := _WINDOW.fullmatch(text):
        first, last = int(match["first"]), int(match["last"])
    elif match := _QUARTER.fullmatch(text):
        first = last = int(match["year"])
        quarter = int(match["quarter"])
    else:
        return None
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        return None
    return Window(is_withdrawn=True) if last >= WITHDRAWN_FROM else Window(first, last, quarter)
