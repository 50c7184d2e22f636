"""Parts of a table by MATLAB's rules: rows and columns from 1, `:`, logical tables, growth and removal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.grid.matpower.refusal import Refusal
from gridprio.grid.matpower.values import MAX_CELLS, CellArray, Matrix, Value, check_size, describe, matrix
from gridprio.text import sentence

Positions = NDArray[np.int64]
Index = Value | None
"""None stands for `:`."""
WITHOUT = {
    "row": ("problem.table_without_row", "case_place.row"),
    "column": ("problem.table_without_column", "case_place.column"),
    "element": ("problem.table_without_element", "case_place.element"),
}
"""What is said of a place beyond the table, and of the place itself."""


def part(of: Matrix, indices: Sequence[Index], line: int) -> Matrix:
    """`of(i)` or `of(i, j)`"""
    if len(indices) == 1:
        return _linear_part(of, indices[0], line)
    rows, columns = _pair(of, indices, line)
    _within(rows, of.shape[0], "row", line)
    _within(columns, of.shape[1], "column", line)
    check_size(len(rows), len(columns), line)
    at = np.ix_(rows, columns)
    return Matrix(of.array[at], of.lines[at])


def with_part(of: Matrix, indices: Sequence[Index], value: Matrix, line: int) -> Matrix:
    """`of(i, j) = value`; rows and columns beyond the table are added, with zeros where nothing is set."""
    if len(indices) == 1:
        return _with_linear_part(of, indices[0], value, line)
    if not of.array.size and value.array.size > 1:
        size = value.shape
        indices = [_counted(size[k], line) if index is None else index for k, index in enumerate(indices)]
    rows, columns = _pair(of, indices, line)
    height = max(of.shape[0], int(rows.max(initial=-1)) + 1)
    width = max(of.shape[1], int(columns.max(initial=-1)) + 1)
    check_size(max(height, len(rows)), max(width, len(columns)), line)
    array, lines = np.zeros((height, width)), np.full((height, width), line, dtype=np.int32)
    array[: of.shape[0], : of.shape[1]] = of.array
    lines[: of.shape[0], : of.shape[1]] = of.lines
    at = np.ix_(rows, columns)
    array[at], lines[at] = _fitting(value, (len(rows), len(columns)), line)
    return Matrix(array, lines)


def without_part(of: Matrix, indices: Sequence[Index], line: int) -> Matrix:
    """`of(i, :) = []` or `of(:, j) = []`"""
    if len(indices) == 2 and (indices[0] is None) != (indices[1] is None):
        axis = 0 if indices[1] is None else 1
        gone = positions(indices[axis], of.shape[axis], line)
        _within(gone, of.shape[axis], ("row", "column")[axis], line)
        return Matrix(np.delete(of.array, gone, axis), np.delete(of.lines, gone, axis))
    what, expected = sentence("problem.part_cannot_be_removed"), sentence("expected.whole_rows_or_columns")
    raise Refusal(line, what, "[]", expected, sentence("remedy.remove_rows_so"))


def positions(index: Index, size: int, line: int) -> Positions:
    """Places from 0 along one direction."""
    if index is None:
        return np.arange(size)
    if not isinstance(index, Matrix):
        raise _no_index(describe(index), line)
    if index.array.dtype == np.bool_:
        return np.flatnonzero(index.array.flatten(order="F"))
    places = index.array.flatten(order="F")
    wrong = ~((places >= 1) & (places <= MAX_CELLS) & (places % 1 == 0))
    if wrong.any():
        raise _no_index(f"{places[wrong][0]:g}", line)
    return places.astype(np.int64) - 1


def _no_index(found: str, line: int) -> Refusal:
    what, expected = sentence("problem.no_index"), sentence("expected.index_of_case")
    return Refusal(line, what, found, expected, sentence("remedy.correct_index"))


def cell_part(of: CellArray, indices: Sequence[Index], line: int) -> CellArray:
    rows, columns = _pair(matrix(np.zeros((len(of.rows), len(of.rows[0]) if of.rows else 0)), line), indices, line)
    _within(rows, len(of.rows), "row", line)
    _within(columns, len(of.rows[0]) if of.rows else 0, "column", line)
    return CellArray(tuple(tuple(of.rows[i][j] for j in columns) for i in rows))


def _pair(of: Matrix, indices: Sequence[Index], line: int) -> tuple[Positions, Positions]:
    if len(indices) != 2:
        what, found = sentence("problem.table_has_two_directions"), sentence("found.indices", n=len(indices))
        expected = sentence("expected.one_or_two_indices")
        raise Refusal(line, what, found, expected, sentence("remedy.correct_index"))
    return positions(indices[0], of.shape[0], line), positions(indices[1], of.shape[1], line)


def _within(places: Positions, size: int, what: str, line: int) -> None:
    if places.size and places.max() >= size:
        missing, place = WITHOUT[what]
        found, first = (sentence(place, n=n) for n in (int(places.max()) + 1, 1))
        within = sentence("expected.place_to", first=first, last=size)
        expected = within if size else sentence("expected.nothing_in_empty_table")
        raise Refusal(line, sentence(missing), found, expected, sentence("remedy.correct_index"))


def _linear_part(of: Matrix, index: Index, line: int) -> Matrix:
    """Column by column; the result has the form of the index, or of a vector that is indexed."""
    places = positions(index, of.array.size, line)
    _within(places, of.array.size, "element", line)
    values, lines = of.array.flatten(order="F")[places], of.lines.flatten(order="F")[places]
    form = (len(places), 1)
    if isinstance(index, Matrix):
        if index.array.dtype != np.bool_ and 1 not in index.shape:
            form = index.shape
        elif of.shape[0] == 1 or (of.shape[1] > 1 and index.shape[0] == 1):
            form = (1, len(places))
    return Matrix(values.reshape(form, order="F"), lines.reshape(form, order="F"))


def _with_linear_part(of: Matrix, index: Index, value: Matrix, line: int) -> Matrix:
    places = positions(index, of.array.size, line)
    beyond = int(places.max(initial=-1)) + 1
    if beyond > of.array.size:
        if min(of.shape) > 1:
            _within(places, of.array.size, "element", line)
        by_column = of.shape[1] == 1 and of.shape[0] > 1
        pair: list[Index] = [_counted(1, line), matrix(places[None, :] + 1, line)]
        return with_part(of, pair[::-1] if by_column else pair, value, line)
    array, lines = of.array.astype(np.float64).flatten(order="F"), of.lines.flatten(order="F")
    array[places], lines[places] = (one.ravel(order="F") for one in _fitting(value, (len(places), 1), line))
    return Matrix(array.reshape(of.shape, order="F"), lines.reshape(of.shape, order="F"))


def _fitting(value: Matrix, size: tuple[int, int], line: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """The value in the form of its place: a scalar counts for all of it, a row may stand where a column is meant."""
    if value.array.size == 1:
        return np.full(size, value.array[0, 0], dtype=np.float64), np.full(size, line, dtype=np.int32)
    if value.shape == size or (value.array.size == size[0] * size[1] and 1 in size and 1 in value.shape):
        return value.array.astype(np.float64).reshape(size), value.lines.reshape(size)
    what, remedy = sentence("problem.value_not_of_place"), sentence("remedy.as_many_values_as_cells")
    raise Refusal(line, what, describe(value), f"{size[0]} x {size[1]}", remedy)


def _counted(size: int, line: int) -> Matrix:
    return matrix(np.arange(1, size + 1)[None, :], line)
