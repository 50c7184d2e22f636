"""Cells of one column as numbers, whole numbers, truth values or words; what they are not is marked, never guessed."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.grid.net.rules import NO_WORD

Mask = NDArray[np.bool_]
WHOLE = re.compile("u?int[0-9]+")
REAL = ("i", "u", "f")
"""Kinds of NumPy types whose values are all real numbers."""
BEYOND_FLOATS = 1 << 1023
"""Whole numbers of this size may not fit in a float."""


def blanks(column: pd.Series[Any]) -> Mask:
    """Cells that hold nothing, or a text that programs write for nothing."""
    empty = np.array(column.isna(), dtype=bool)
    if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        empty |= np.array([isinstance(cell, str) and cell.strip().lower() in NO_WORD for cell in column], dtype=bool)
    return empty


def numbers(column: pd.Series[Any]) -> tuple[NDArray[np.float64], Mask]:
    """Values with NaN where a cell is empty or no number, and the cells that hold something else than a number."""
    kind = np.dtype(column.dtype).kind if isinstance(column.dtype, np.dtype) else ""
    if kind in REAL:
        return column.to_numpy(dtype=np.float64), np.zeros(len(column), dtype=bool)
    real = np.array([_is_real(cell) for cell in column], dtype=bool)
    cells = pd.Series(np.where(real, column.astype(object), np.nan), dtype=object)
    values = np.array(pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan))
    return values, np.isnan(values) & ~blanks(column)


def _is_real(cell: object) -> bool:
    """A number or a text; no truth value, moment or complex number, of which pandas would make a number."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return abs(cell) < BEYOND_FLOATS
    return isinstance(cell, (str, float, np.integer, np.floating))


def whole_numbers(column: pd.Series[Any]) -> tuple[NDArray[np.int64], Mask]:
    """Values, and the cells that hold no whole number (their value is 0)."""
    if pd.api.types.is_integer_dtype(column) and not column.hasnans:
        return column.to_numpy(dtype=np.int64), np.zeros(len(column), dtype=bool)
    values, _ = numbers(column)
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(values) < 2.0**53) | (values % 1 != 0)
    return np.where(wrong, 0, values).astype(np.int64), wrong


def truth_values(column: pd.Series[Any]) -> tuple[Mask, Mask]:
    """Values, and the cells that are neither true nor false (their value is true); 1 and 0 are true and false."""
    if column.dtype == bool:
        return column.to_numpy(dtype=bool), np.zeros(len(column), dtype=bool)
    is_number = [isinstance(cell, (bool, np.bool_, int, float, np.number)) for cell in column]
    known = np.array([number and cell in (0, 1) for number, cell in zip(is_number, column, strict=True)], dtype=bool)
    values = np.array([bool(cell) if fits else True for fits, cell in zip(known, column, strict=True)], dtype=bool)
    return values, ~known


def cast(column: pd.Series[Any], kind: str) -> pd.Series[Any]:
    """`column` as this type where every cell has a value of it; else as it is, so that checks can name the cell.

    pandas would turn any text into true, an empty cell into true, and 2.5 into 2.
    """
    if kind == "bool":
        truth, wrong = truth_values(column)
        return column if wrong.any() else pd.Series(truth, index=column.index, name=column.name)
    if WHOLE.fullmatch(kind):
        whole, wrong = whole_numbers(column)
        limits = np.iinfo(np.dtype(kind))
        if wrong.any() or ((whole < limits.min) | (whole > limits.max)).any():
            return column
        return pd.Series(whole.astype(kind), index=column.index, name=column.name)
    try:
        return column.astype(kind)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return column
