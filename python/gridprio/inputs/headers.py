"""Names above columns: what a person wrote to the column that is meant."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence

from gridprio.errors import Problem
from gridprio.inputs.synonyms import NOTE_NAMES, column_of, unit_of
from gridprio.inputs.values import FAULTY
from gridprio.text import sentence

_WITH_UNIT = re.compile(r"(?P<name>.+?)_?[\[(](?P<unit>[^\])]+)[\])]")
"""A name with a unit in brackets behind it."""
NOTE = "(note)"
"""Stands for the name of a column that is for people."""


def clean_header(cell: object) -> str:
    """Lower case, composed letters (NFC); blanks and line breaks inside become one underscore."""
    text = unicodedata.normalize("NFC", str("" if cell is None else cell)).strip()
    return re.sub(r"\s+", "_", text).lower()


def known_columns(row: Sequence[object], columns: Collection[str]) -> int:
    """How many cells of a row name a column of the table."""
    return sum(_column_and_unit(clean_header(cell), columns)[0] is not None for cell in row)


def resolve_header(
    row: Sequence[object], columns: Collection[str], file: str, number: int, problems: list[Problem]
) -> list[str]:
    """Per cell the column that it means, or its own name where the table has none; "" for none, NOTE for notes.

    Where `columns` is empty any name may stand, in upper and lower case.
    """
    resolved: list[str] = []
    for cell in row:
        name = (
            clean_header(cell) if columns else unicodedata.normalize("NFC", str("" if cell is None else cell)).strip()
        )
        column, unit = _column_and_unit(name, columns)
        if column is not None and unit and not f"_{column}".endswith(f"_{unit}"):
            problems.append(
                Problem(
                    file,
                    number,
                    column,
                    sentence("problem.unit_of_column"),
                    found=repr(str(cell)),
                    expected=repr(column),
                    mend=sentence("remedy.convert_unit"),
                )
            )
        is_note = cell is FAULTY or (column is None and name.lower() in NOTE_NAMES)
        resolved.append(NOTE if is_note else name if column is None else column)
    for column, count in Counter(name for name in resolved if name not in ("", NOTE)).items():
        if count > 1:
            written = ", ".join(repr(str(cell)) for cell, name in zip(row, resolved, strict=True) if name == column)
            problems.append(
                Problem(
                    file,
                    number,
                    column,
                    sentence("problem.column_twice", n=count),
                    found=written,
                    expected=sentence("expected.once"),
                    mend=sentence("remedy.keep_one_column"),
                )
            )
    return resolved


def _column_and_unit(name: str, columns: Collection[str]) -> tuple[str | None, str]:
    """The column that a clean name means, and the unit in brackets behind it."""
    column = column_of(name, columns)
    match = _WITH_UNIT.fullmatch(name)
    if column is not None or match is None:
        return column, ""
    unit = unit_of(match["unit"])
    column = column_of(f"{match['name']}_{unit}", columns) or column_of(match["name"], columns)
    return column, unit
