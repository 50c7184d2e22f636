"""What a grid holds that stops nothing, but that a reader should know: what was assumed, and what is odd."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gridprio.errors import Problem
from gridprio.text import Message, message, one_sentence, sentence

FIRST_ROWS = 5
"""Rows that a sentence names; the others are counted."""
ASSUMED_KV_CODE = "grid.assumed_kv"
"""No bus has a nominal voltage: enough for a load flow, not for a study."""
ASSUMPTIONS = frozenset(
    (
        ASSUMED_KV_CODE,
        *("grid.column_is", "grid.blank_is", "grid.reading_note", "grid.i0_below_zero"),
        *("grid.tap_without_type", "grid.tap_without_position", "grid.tap_without_step", "grid.second_tap_of_three"),
        *("grid.limit_not_used", "grid.line_between_voltages"),
    )
)
"""Findings that say what was taken where the net does not say it, or what it says is not used: a run stores them."""


@dataclass(frozen=True)
class Finding:
    """Rows of one table that have the same thing about them."""

    code: str
    """of the text catalogue"""
    table: str
    rows: tuple[int, ...]
    """pandapower indices"""
    params: tuple[tuple[str, str], ...] = ()
    """of the sentence, beside table and rows: name and value, which may be a sentence"""

    @classmethod
    def of(cls, code: str, table: str, rows: Iterable[int], **params: Any) -> Finding:
        """A parameter that is no text becomes one as it stands in a table."""
        texts = ((name, value if isinstance(value, str) else f"{value:g}") for name, value in params.items())
        return cls(code, table, tuple(int(row) for row in rows), tuple(texts))

    @classmethod
    def of_note(cls, note: Finding | Problem) -> Finding:
        """A note of a reader as a finding; readers of other formats write problems."""
        if isinstance(note, Finding):
            return note
        return cls("grid.reading_note", note.file, (), (("note", one_sentence(note)),))

    @property
    def is_assumption(self) -> bool:
        return self.code in ASSUMPTIONS

    def message(self) -> Message:
        """The sentence, with the first rows by name."""
        if not self.rows:
            return sentence(self.code, **dict(self.params)).message
        first, more = [str(row) for row in self.rows[:FIRST_ROWS]], len(self.rows) - FIRST_ROWS
        rows = message("grid.first_rows", rows=", ".join(first), more=more) if more > 0 else first
        return sentence(self.code, n=len(self.rows), table=self.table, rows=rows, **dict(self.params)).message
