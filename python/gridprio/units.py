"""Calendar months and whole numbers: conversions that several rooms need (conventions C3, C5)."""

from __future__ import annotations

MILLI = 1000
"""Crew units are counted in thousandths, so that plans are whole numbers on every backend."""


def month_index(text: str, start_year: int) -> int:
    """Months from January of `start_year` to 'YYYY' (its January), 'YYYY-MM' or 'YYYY-MM-DD'; may be negative."""
    parts = text.split("-")
    month = int(parts[1]) if len(parts) > 1 else 1
    if not 1 <= month <= 12:
        raise ValueError(f"{text!r} has month {month}; expected 1 to 12")
    return (int(parts[0]) - start_year) * 12 + month - 1


def month_text(month: int, start_year: int) -> str:
    """'YYYY-MM' of a month counted from January of `start_year`."""
    return f"{start_year + month // 12}-{month % 12 + 1:02d}"
