"""Months as people write them and as the planner counts them (C3)."""

from __future__ import annotations

import datetime as dt
import re

from gridprio.text import sentence

_DAY_FIRST = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})")
DATE_PATTERN = r"^(19|20|21)\d{2}(-\d{2}(-\d{2})?)?$"


def date_checked(text: str) -> str:
    """Return `text` when it is a date of the calendar; ValueError otherwise."""
    parts = [int(part) for part in text.split("-")]
    try:
        dt.date(*[*parts, 1, 1][:3])
    except ValueError as error:
        raise ValueError(sentence("problem.no_date")) from error
    return text


def year_first(text: object) -> object:
    """A date written DD-MM-YYYY as YYYY-MM-DD; anything else as it is."""
    match = _DAY_FIRST.fullmatch(text.strip()) if isinstance(text, str) else None
    return f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}" if match else text


def first_day(text: str) -> str:
    """YYYY-MM-DD; YYYY and YYYY-MM mean their first day."""
    return text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text


def month_index(text: str, start_year: int) -> int:
    """Month of YYYY, YYYY-MM or YYYY-MM-DD counted from January of `start_year` (month 0); negative before it."""
    year, month = int(text[:4]), int(text[5:7]) if len(text) > 4 else 1
    return (year - start_year) * 12 + month - 1


def month_text(index: int, start_year: int) -> str:
    """The reverse of `month_index`, as YYYY-MM."""
    return f"{start_year + index // 12:04d}-{index % 12 + 1:02d}"
