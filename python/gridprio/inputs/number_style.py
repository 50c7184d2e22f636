"""How a table writes its numbers: with a decimal point or a decimal comma, which `1.200` alone does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
"""May be a number with a thousands separator, or one with three decimals."""


class NumberStyle(Enum):
    POINT = "point"
    COMMA = "comma"
    UNSURE = "unsure"
    """No number tells, so what may be a thousands separator is not read."""
    LONE = "lone"
    """A value by itself: a point is decimal, and a comma where it cannot separate thousands."""


def number_style(cells: Iterable[object]) -> NumberStyle:
    """From all numbers of a table that are written as text; a comma anywhere makes points the odd ones out."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str)]
    telling = [text for text in texts if not GROUPED.fullmatch(text)]
    if any(COMMA.fullmatch(text) for text in telling):
        return NumberStyle.COMMA
    if any("." in text and POINT.fullmatch(text) for text in telling):
        return NumberStyle.POINT
    return NumberStyle.UNSURE
