"""How a workbook looks: colours say what is required, optional, invented and found."""

from __future__ import annotations

from typing import Any

from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

_LINE = Border(bottom=Side(style="thin", color="9AA5B1"))
_WRAPPED = Alignment(horizontal="left", vertical="top", wrap_text=True)
TEXT_CELL = Alignment(horizontal="left", vertical="top", indent=1, wrap_text=True)
"""Of a cell with text, so that it keeps clear of the number beside it."""
_NUMBER_CELL = Alignment(vertical="top")
NOTE_WIDTH, NOTE_LINE_HEIGHT = 340, 17
"""Pixels of the note of a cell."""
_CHARACTERS_PER_LINE = 48


def _font(**values: Any) -> Font:
    """In the font of all other cells."""
    return Font(name="Calibri", **values)


def _fill(colour: str) -> PatternFill:
    return PatternFill("solid", start_color=colour, end_color=colour)


STYLES: dict[str, dict[str, Any]] = {
    "title": {"font": _font(bold=True, size=16, color="1F3A5F")},
    "heading": {"font": _font(bold=True, size=12, color="1F3A5F")},
    "text": {"font": _font(), "alignment": _WRAPPED},
    "words": {"font": _font(size=9, color="52606D"), "alignment": _WRAPPED, "fill": _fill("F5F7FA")},
    "required": {"font": _font(bold=True, color="FFFFFF"), "fill": _fill("1F3A5F"), "border": _LINE},
    "optional": {"font": _font(color="1F3A5F"), "fill": _fill("D9E2EC"), "border": _LINE},
    "cell": {"font": _font(), "alignment": _NUMBER_CELL},
    "example": {
        "font": _font(italic=True, color="7B5E00"),
        "fill": _fill("FFF8E1"),
        "alignment": _NUMBER_CELL,
    },
    "problem": {"fill": _fill("F8B4B4")},
    "warning": {"fill": _fill("FDE68A")},
    "link": {"font": _font(underline="single", color="1D4ED8"), "alignment": _WRAPPED},
}


def styled(cell: Any, style: str) -> Any:
    """The cell in one of the styles."""
    for attribute, value in STYLES[style].items():
        setattr(cell, attribute, value)
    return cell


def note(text: str) -> Comment:
    """A note of a cell that is as large as its text."""
    lines = sum(1 + len(line) // _CHARACTERS_PER_LINE for line in text.split("\n"))
    return Comment(text, "gridprio", width=NOTE_WIDTH, height=NOTE_LINE_HEIGHT * (lines + 1))
