"""Values of a case: tables of numbers that know the line of each cell, texts, cell arrays and structs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.grid.matpower.refusal import Refusal, shortened
from gridprio.text import sentence

Numbers = NDArray[np.float64] | NDArray[np.bool_]
Lines = NDArray[np.int32]

MAX_CELLS = 5_000_000
"""Of one table: case_SyntheticUSA, with 82,000 buses, has two million."""
MAX_STORED = 50_000_000
"""Of all assignments of a file together."""


@dataclass(frozen=True, slots=True)
class Matrix:
    array: Numbers
    """[row, column]"""
    lines: Lines
    """[row, column], line of the file that each number comes from"""

    @property
    def shape(self) -> tuple[int, int]:
        return int(self.array.shape[0]), int(self.array.shape[1])


@dataclass(frozen=True, slots=True)
class CellArray:
    rows: tuple[tuple[Value, ...], ...]


@dataclass(slots=True)
class Struct:
    fields: dict[str, Value]


Value = Matrix | str | CellArray | Struct


def check_size(rows: int, columns: int, line: int) -> None:
    """Refuses what would not fit into a table, before it is made."""
    if rows * columns > MAX_CELLS:
        what, expected = sentence("problem.table_too_large"), sentence("expected.at_most_cells", n=MAX_CELLS)
        raise Refusal(line, what, f"{rows} x {columns}", expected, sentence("remedy.write_values"))


def scalar(value: float | bool, line: int) -> Matrix:
    return matrix(np.array([[value]]), line)


def matrix(array: NDArray[np.generic], line: int) -> Matrix:
    """All of it from one line."""
    numbers: Numbers = array if array.dtype == np.bool_ else array.astype(np.float64, copy=False)  # type: ignore[assignment]
    return Matrix(numbers, np.full(array.shape, line, dtype=np.int32))


def describe(value: Value) -> str:
    match value:
        case Matrix(array=array):
            rows, columns = array.shape
            one = array.size == 1
            return f"{array[0, 0]:g}" if one else sentence("case_value.table", rows=rows, columns=columns)
        case str():
            return sentence("case_value.text", text=shortened(repr(value)))
        case CellArray():
            return sentence("case_value.cell_array")
        case _:
            return sentence("case_value.struct")


def stacked(parts: list[list[Matrix]]) -> Matrix | None:
    """Tables put beside and below each other; empty ones vanish. None where their sizes do not fit."""
    rows = []
    for row in parts:
        held = [part for part in row if part.array.size]
        if len({part.shape[0] for part in held}) > 1:
            return None
        if held:
            rows.append(_joined(held, axis=1))
    if len({row.shape[1] for row in rows}) > 1:
        return None
    return _joined(rows, axis=0) if rows else matrix(np.zeros((0, 0)), 0)


def _joined(parts: list[Matrix], axis: int) -> Matrix:
    arrays = [part.array for part in parts]
    if any(array.dtype != np.bool_ for array in arrays):
        arrays = [array.astype(np.float64) for array in arrays]
    return Matrix(
        np.concatenate(arrays, axis=axis),  # type: ignore[arg-type]
        np.concatenate([part.lines for part in parts], axis=axis),
    )
