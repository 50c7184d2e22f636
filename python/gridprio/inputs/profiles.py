"""The `profiles` table: wide, one column per profile, one row per time step of a whole year."""

from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd

from gridprio.errors import Problem
from gridprio.inputs.limits import PROFILES_MAX_ROWS, check_width
from gridprio.inputs.parquet import read_parquet
from gridprio.inputs.source import RawTable, clean_header, decode, delimiter_of
from gridprio.inputs.values import NotThisType, as_seen, convert, has_decimal_comma, is_blank

STEP_HOURS = {8760: 1.0, 8784: 1.0, 35040: 0.25, 35136: 0.25}
"""Length of a step by number of rows: hourly or quarter-hourly, ordinary or leap year."""
TIME_COLUMN = "time"
"""May stand first, for people; it is not read."""
PEAK_MIN, PEAK_MAX = 0.2, 1.05
"""A profile is per unit of the MW it belongs to; a peak outside this is a unit that was mixed up."""


def read_profiles_csv(file: str, content: bytes, problems: list[Problem]) -> pd.DataFrame | None:
    text = decode(content, file, problems)
    if text is None:
        return None
    delimiter = delimiter_of(text)
    check_width(file, text.split("\n", 1)[0].count(delimiter) + 1)
    body = text[text.find("\n") + 1 : 200_000]
    decimal = "," if delimiter == ";" and "," in body else "."
    header, first = text.split("\n", 1)[0], body.split("\n", 1)[0]
    if first.count(delimiter) > header.count(delimiter) and '"' not in first:
        problems.append(Problem(file, 2, None, "more cells than the header has columns"))
        return None
    try:
        frame = pd.read_csv(io.StringIO(text), sep=delimiter, decimal=decimal, index_col=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        problems.append(Problem(file, None, None, f"not readable as CSV: {error}"))
        return None
    return _numeric(file, frame, problems)


def read_profiles_parquet(file: str, content: bytes, problems: list[Problem]) -> pd.DataFrame | None:
    return _numeric(file, read_parquet(file, content, PROFILES_MAX_ROWS).to_pandas(), problems)


def profiles_from_table(raw: RawTable, problems: list[Problem]) -> pd.DataFrame | None:
    frame = pd.DataFrame(raw.cells, columns=list(raw.columns))
    return _numeric(raw.file, frame, problems)


def _numeric(file: str, frame: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame | None:
    """Every column as float64; texts are read as numbers cell by cell, and what is no number is a problem."""
    frame.columns = pd.Index([str(column).strip() for column in frame.columns])
    frame = frame.drop(columns=[column for column in frame.columns if clean_header(column) == TIME_COLUMN])
    before = len(problems)
    columns: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    problems.extend(
        Problem(file, 1, name, "column stands more than once", mend="Keep one.")
        for name in frame.columns[frame.columns.duplicated()].unique()
    )
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        if not name or name.startswith("Unnamed:"):
            problems.append(Problem(file, 1, None, f"column {place + 1} has no name", mend="Name or remove it."))
        elif pd.api.types.is_bool_dtype(column):
            problems.append(Problem(file, 1, name, "holds true/false", expected="numbers"))
        elif pd.api.types.is_numeric_dtype(column):
            columns[name] = column.to_numpy(dtype=np.float64)
        else:
            values = _texts_to_numbers(file, name, column, problems)
            if values is not None:
                columns[name] = values
    return pd.DataFrame(columns) if len(problems) == before else None


def _texts_to_numbers(
    file: str, name: str, column: pd.Series, problems: list[Problem]
) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    cells = column.tolist()
    commas = any(has_decimal_comma(cell) for cell in cells)
    values = np.empty(len(cells))
    for at, cell in enumerate(cells):
        try:
            values[at] = math.nan if is_blank(cell) else convert(cell, float, decimal_comma=commas)
        except NotThisType as error:
            problems.append(Problem(file, at + 2, name, "not readable", found=as_seen(cell), expected=str(error)))
            return None
    return values


def profile_problems(file: str, profiles: pd.DataFrame) -> list[Problem]:
    """Wrong length, gaps, negative values and peaks that betray another unit; one problem per profile and kind."""
    problems: list[Problem] = []
    if len(profiles) not in STEP_HOURS:
        problems.append(
            Problem(
                file,
                None,
                None,
                "does not cover one year",
                found=f"{len(profiles)} rows",
                expected="8760 or 8784 hourly rows, or 35040 or 35136 quarter-hourly rows",
            )
        )
    for name in profiles.columns:
        values = profiles[name].to_numpy()
        bad = np.flatnonzero(~np.isfinite(values))
        negative = np.flatnonzero(values < 0)
        if bad.size:
            problems.append(
                Problem(
                    file,
                    int(bad[0]) + 2,
                    name,
                    "value missing or not finite",
                    found=f"{bad.size} such rows",
                    mend="Fill the gaps.",
                )
            )
            continue
        if negative.size:
            at = int(negative[0])
            problems.append(
                Problem(
                    file,
                    at + 2,
                    name,
                    "negative value",
                    found=f"{values[at]:g} ({negative.size} such rows)",
                    expected="0 or more",
                    mend="Direction stands in `direction`, so demand and feed-in are two profiles.",
                )
            )
        peak = float(values.max()) if len(values) else 0.0
        if not PEAK_MIN <= peak <= PEAK_MAX:
            problems.append(
                Problem(
                    file,
                    int(values.argmax()) + 2 if len(values) else None,
                    name,
                    "the peak of a profile is far from 1",
                    found=f"{peak:g}",
                    expected=f"between {PEAK_MIN:g} and {PEAK_MAX:g}: values per unit of the MW that uses it",
                    mend="Divide the column by its peak and put the peak in p_mw.",
                )
            )
    return problems
