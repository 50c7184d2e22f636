"""The `profiles` table: wide, one column per profile, one row per time step of a whole year."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.inputs.number_style import NumberStyle, number_style
from gridprio.inputs.ratings import COLDEST_C, HOTTEST_C
from gridprio.inputs.source import RawTable
from gridprio.inputs.values import FAULTY, NotThisType, as_seen, convert, is_blank
from gridprio.text import Sentence, sentence

STEP_HOURS = {8760: 1.0, 8784: 1.0, 35040: 0.25, 35136: 0.25}
"""Length of a step by number of rows: hourly or quarter-hourly, ordinary or leap year."""
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
"""of each month of an ordinary year"""
LEAP_HOURS = 8784
TIME_COLUMNS = ("time", "tijd")
"""May stand first, for people; it is not read."""
PEAK_MIN, PEAK_MAX = 0.2, 1.05
"""A profile is per unit of the MW it belongs to; a peak outside this is a unit that was mixed up."""
_PLAIN_LINES = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?\n)*")


def hours_per_step(n_step: int) -> float:
    """8760 and 8784 steps are hourly, four times as many quarter-hourly."""
    return 1.0 if n_step <= LEAP_HOURS else 0.25


def month_of_steps(n_step: int) -> NDArray[np.int8]:
    """[step], calendar month 0..11 of a year that begins with the first of January."""
    days, step_h = DAYS.copy(), hours_per_step(n_step)
    days[1] += round(n_step * step_h) == LEAP_HOURS
    return np.repeat(np.arange(12, dtype=np.int8), days * round(24 / step_h))


def profiles_from_table(raw: RawTable, problems: list[Problem]) -> pd.DataFrame | None:
    """Every column as float64; what is no number is a problem, the first of each column."""
    before = len(problems)
    named = [at for at, name in enumerate(raw.columns) if name.lower() not in TIME_COLUMNS]
    style = number_style(row[at] for row in raw.cells for at in named)
    columns = {raw.columns[at]: _numbers(raw, at, style, problems) for at in named}
    is_whole = len(problems) == before and all(len(values) == len(raw.cells) for values in columns.values())
    return pd.DataFrame(columns) if is_whole else None


def _numbers(raw: RawTable, at: int, style: NumberStyle, problems: list[Problem]) -> list[float]:
    cells = [row[at] for row in raw.cells]
    if style is NumberStyle.POINT and _are_plain(cells):
        return list(map(float, cells))
    values: list[float] = []
    for row, number in zip(raw.cells, raw.row_numbers, strict=True):
        if row[at] is FAULTY:
            break
        try:
            values.append(math.nan if is_blank(row[at]) else convert(row[at], float, style, percent=True))
        except NotThisType as error:
            problems.append(
                Problem(
                    raw.file,
                    number,
                    raw.columns[at],
                    sentence("problem.not_readable"),
                    found=as_seen(row[at]),
                    expected=error.expected,
                    mend=error.remedy or sentence("remedy.as_expected"),
                )
            )
            break
    return values


def _are_plain(cells: Sequence[Any]) -> bool:
    """Whether all cells are digits with at most a decimal point, as in nearly every file of profiles: told at once."""
    if not all(type(cell) is str for cell in cells):
        return False
    lines = "".join(f"{cell}\n" for cell in cells)
    return lines.count("\n") == len(cells) and bool(_PLAIN_LINES.fullmatch(lines))


def profile_problems(
    file: str, rows: Sequence[int], profiles: pd.DataFrame, temperatures: Collection[str] = ()
) -> list[Problem]:
    """Wrong length, gaps, negative values and peaks that betray another unit; one problem per profile and kind.

    `rows`: as a person sees them in the file; none where they start below a header in row 1. `temperatures`: columns
    in °C.
    """
    problems: list[Problem] = []
    if len(profiles) not in STEP_HOURS:
        problems.append(
            Problem(
                file,
                None,
                None,
                sentence("problem.not_one_year"),
                found=sentence("found.rows", n=len(profiles)),
                expected=sentence("expected.rows_of_a_year"),
                mend=sentence("remedy.rows_of_a_year"),
            )
        )
    for name in profiles.columns:
        values = profiles[name].to_numpy()
        fault = _temperature_fault(values) if name in temperatures else _fault(values)
        if fault is not None:
            at, words = fault
            row = None if at is None else rows[at] if at < len(rows) else at + 2
            problems.append(Problem(file, row, name, **words))
    return problems


Fault = tuple[int | None, dict[str, Sentence | str]]


def _gap(values: Any) -> Fault | None:
    bad = np.flatnonzero(~np.isfinite(values))
    if not bad.size:
        return None
    return int(bad[0]), {
        "what": sentence("problem.profile_gap"),
        "found": sentence("found.such_rows", n=int(bad.size)),
        "expected": sentence("expected.float"),
        "mend": sentence("remedy.fill_gaps"),
    }


def _temperature_fault(values: Any) -> Fault | None:
    """As `_fault`, of a series of temperatures."""
    if (gap := _gap(values)) is not None:
        return gap
    outside = np.flatnonzero((values < COLDEST_C) | (values > HOTTEST_C))
    if not outside.size:
        return None
    at = int(outside[0])
    return at, {
        "what": sentence("problem.temperature_out_of_range"),
        "found": sentence("found.value_in_rows", value=f"{values[at]:g}", n=int(outside.size)),
        "expected": sentence("expected.celsius", low=COLDEST_C, high=HOTTEST_C),
        "mend": sentence("remedy.in_celsius"),
    }


def _fault(values: Any) -> Fault | None:
    """Where a profile is wrong and the words for it; None for one that is right."""
    if (gap := _gap(values)) is not None:
        return gap
    negative = np.flatnonzero(values < 0)
    if negative.size:
        at = int(negative[0])
        return at, {
            "what": sentence("problem.profile_negative"),
            "found": sentence("found.value_in_rows", value=f"{values[at]:g}", n=int(negative.size)),
            "expected": sentence("expected.not_negative"),
            "mend": sentence("remedy.two_profiles"),
        }
    peak = float(values.max()) if len(values) else 0.0
    if PEAK_MIN <= peak <= PEAK_MAX:
        return None
    return int(values.argmax()) if len(values) else None, {
        "what": sentence("problem.profile_peak"),
        "found": f"{peak:g}",
        "expected": sentence("expected.profile_peak", low=PEAK_MIN, high=PEAK_MAX),
        "mend": sentence("remedy.profile_per_unit"),
    }
