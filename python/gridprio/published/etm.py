"""Hourly electricity exports of the Energy Transition Model: a column per node and direction, an hour per row."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gridprio.errors import InputError, Problem
from gridprio.inputs.csv_text import decode
from gridprio.inputs.door import reading
from gridprio.inputs.limits import check_size, content_of
from gridprio.published.etm_classes import column_parts
from gridprio.text import Sentence, sentence

HOURS = 8760
"""The model has no leap days."""
TIME = "Time"
_BY_YEAR = re.compile(r"(?P<year>(19|20|21)\d{2})=(?P<file>.+)")


@dataclass(frozen=True, eq=False)
class EtmExport:
    """One scenario year."""

    year: int
    file: str
    curves_mw: pd.DataFrame
    """[hour, column]"""


def exports_by_year(files: Sequence[Path]) -> tuple[dict[int, Path], list[Path]]:
    """Files written as YEAR=FILE, and the others; InputError for a year that stands twice."""
    by_year: dict[int, Path] = {}
    others: list[Path] = []
    for file in files:
        match = _BY_YEAR.fullmatch(str(file))
        if match is None:
            others.append(file)
        elif int(match["year"]) in by_year:
            raise InputError(sentence("problem.etm_year_twice", year=int(match["year"])))
        else:
            by_year[int(match["year"])] = Path(match["file"])
    return by_year, others


def read_etm_exports(by_year: Mapping[int, Path]) -> list[EtmExport]:
    """By year, earliest first; InputError holds every problem found."""
    problems: list[Problem] = []
    exports = []
    for year, path in sorted(by_year.items()):
        curves = None
        with reading(path.name, problems):
            curves = _curves(path.name, content_of(path, path.parent), year, problems)
        if curves is not None:
            exports.append(EtmExport(year, path.name, curves))
    if problems:
        raise InputError(problems)
    return exports


def _curves(file: str, content: bytes, year: int, problems: list[Problem]) -> pd.DataFrame | None:
    text = decode(content, file, problems)
    if text is None:
        return None
    header = text.partition("\n")[0].rstrip("\r")
    delimiter = ";" if header.count(";") > header.count(",") else ","
    names = [name.strip().strip('"') for name in header.split(delimiter)]
    if names[0] != TIME or not any(map(column_parts, names)):
        _refuse(problems, file, 1, sentence("problem.not_etm"), header[:80], sentence("expected.etm_header"))
        return None
    check_size(file, 0, len(names), 0)
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        _refuse(problems, file, 1, sentence("problem.column_twice"), ", ".join(twice)[:120], sentence("expected.once"))
        return None
    frame = pd.read_csv(io.StringIO(text), sep=delimiter, dtype=str, keep_default_na=False, header=None, skiprows=1)
    if frame.shape != (HOURS, len(names)):
        found = sentence("found.rows", n=len(frame)) if len(frame) != HOURS else f"{frame.shape[1]}, {len(names)}"
        _refuse(problems, file, None, sentence("problem.not_one_year"), found, sentence("expected.etm_hours"))
        return None
    years = {stamp[:4] for stamp in frame[0]}
    if years != {str(year)}:
        found = ", ".join(sorted(years))[:80]
        _refuse(problems, file, 2, sentence("problem.etm_other_year"), found, str(year), sentence("remedy.etm_year"))
    values = _numbers(file, names, frame, problems, comma=delimiter == ";")
    return None if values is None else pd.DataFrame(values, columns=names[1:])


def _numbers(
    file: str, names: Sequence[str], frame: pd.DataFrame, problems: list[Problem], *, comma: bool
) -> np.ndarray | None:
    """[hour, column]; the first cell of a column that is no number is a problem."""
    before, columns = len(problems), []
    for at, name in enumerate(names[1:], start=1):
        cells = frame[at].str.replace(",", ".", regex=False) if comma else frame[at]
        values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            what, found = sentence("problem.not_readable"), repr(frame[at].iloc[bad[0]])
            _refuse(problems, file, int(bad[0]) + 2, what, found, sentence("expected.float"), column=name)
        columns.append(values)
    return np.column_stack(columns) if len(problems) == before else None


def _refuse(
    problems: list[Problem],
    file: str,
    row: int | None,
    what: Sentence,
    found: str,
    expected: Sentence | str,
    remedy: Sentence | None = None,
    column: str | None = None,
) -> None:
    problems.append(Problem(file, row, column, what, found, expected, remedy or sentence("remedy.etm_export")))
