"""Functions that an expression may call: those of scalars cell by cell, and a few that count or make tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.grid.matpower.refusal import Refusal
from gridprio.grid.matpower.values import (
    MAX_CELLS,
    CellArray,
    Matrix,
    Struct,
    Value,
    check_size,
    describe,
    matrix,
    scalar,
)
from gridprio.text import sentence

Array = NDArray[np.generic]

CONSTANTS: dict[str, float] = {
    "pi": np.pi,
    "Inf": np.inf,
    "inf": np.inf,
    "NaN": np.nan,
    "nan": np.nan,
    "eps": float(np.finfo(float).eps),
    "true": True,
    "false": False,
}


def _round(x: Array) -> Array:
    """Halves away from zero, as in MATLAB."""
    return np.trunc(x + np.copysign(0.5, x))


def _mod(x: Array, y: Array) -> Array:
    return np.where(y == 0, x, np.mod(x, np.where(y == 0, 1, y)))


def _rem(x: Array, y: Array) -> Array:
    return np.where(y == 0, np.nan, np.fmod(x, np.where(y == 0, 1, y)))


ONE_ARGUMENT: dict[str, Callable[[Array], Array]] = {
    **{name: getattr(np, name) for name in ("sqrt", "abs", "exp", "log", "log2", "log10", "floor", "ceil", "sign")},
    **{name: getattr(np, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "isinf", "isnan", "isfinite")},
    **{"asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "fix": np.trunc, "round": _round},
    **{"deg2rad": np.deg2rad, "rad2deg": np.rad2deg, "double": np.asarray, "not": np.logical_not},
}
TWO_ARGUMENTS: dict[str, Callable[[Array, Array], Array]] = {
    **{"atan2": np.arctan2, "hypot": np.hypot, "mod": _mod, "rem": _rem, "min": np.fmin, "max": np.fmax},
}
OF_COLUMNS: dict[str, Callable[..., Array]] = {
    **{"min": np.nanmin, "max": np.nanmax, "sum": np.sum, "any": np.any, "all": np.all}
}
COUNTS: dict[str, Callable[[int, int], int]] = {
    "numel": lambda rows, columns: rows * columns,
    "length": lambda rows, columns: max(rows, columns) if rows * columns else 0,
    "isempty": lambda rows, columns: rows * columns == 0,
}
FUNCTIONS = frozenset((*ONE_ARGUMENT, *TWO_ARGUMENTS, *OF_COLUMNS, *COUNTS, "size", "find", "zeros", "ones", "struct"))


def call(name: str, arguments: Sequence[Value], line: int) -> Value:
    """The value of a function; raises Refusal where it cannot be had as a real number."""
    if name == "struct":
        return _struct(arguments, line)
    numbers = []
    for value in arguments:
        if isinstance(value, CellArray) and name in (*COUNTS, "size"):
            value = matrix(np.zeros((len(value.rows), len(value.rows[0]) if value.rows else 0)), line)
        if not isinstance(value, Matrix):
            raise refused(name, describe(value), sentence("expected.numbers"), line)
        numbers.append(value)
    match numbers:
        case [one] if name in ONE_ARGUMENT:
            return Matrix(real(ONE_ARGUMENT[name](one.array), (one,), name, line), one.lines)
        case [one, two] if name in TWO_ARGUMENTS:
            return elementwise(TWO_ARGUMENTS[name], one, two, name, line)
        case [one] if name in OF_COLUMNS:
            return _of_columns(name, one, line)
        case [one] if name in COUNTS:
            return scalar(COUNTS[name](*one.shape), line)
        case [one] if name == "size":
            return matrix(np.array([one.shape]), line)
        case [one, which] if name == "size" and which.array.size == 1 and which.array[0, 0] in (1, 2):
            return scalar(one.shape[int(which.array[0, 0]) - 1], line)
        case [one] if name == "find":
            return _find(one, line)
        case [_, *_] if name in ("zeros", "ones"):
            return _filled(name, numbers, line)
    raise refused(name, sentence("found.arguments", n=len(arguments)), sentence("expected.other_arguments"), line)


def elementwise(function: Callable[[Array, Array], Array], left: Matrix, right: Matrix, name: str, line: int) -> Matrix:
    """Cell by cell; a row, a column or a scalar counts for all rows, columns or cells of the other."""
    try:
        rows, columns = np.broadcast_shapes(left.shape, right.shape)
    except ValueError:
        found = sentence("case_value.two", one=describe(left), other=describe(right))
        what, expected = sentence("problem.sizes_differ", name=repr(name)), sentence("expected.equal_sizes")
        raise Refusal(line, what, found, expected, sentence("remedy.make_equal")) from None
    check_size(rows, columns, line)
    result = real(function(left.array, right.array), (left, right), name, line)
    for side in (left, right):
        if side.shape == (rows, columns) and side.array.size > 1:
            return Matrix(result, side.lines)
    return matrix(result, line)


def real(result: Array, arguments: Sequence[Matrix], name: str, line: int) -> NDArray[np.float64]:
    """Refuses what is a complex number in MATLAB: NaN from numbers that are none themselves."""
    if result.dtype != np.bool_ and name not in ("/", "./", "\\", ".\\", "+", "-", "*", ".*", "mod", "rem"):
        known = np.ones(result.shape, dtype=bool)
        for argument in arguments:
            known &= np.isfinite(argument.array)
        if (np.isnan(result) & known).any():
            found = sentence("case_value.several", values=[describe(argument) for argument in arguments])
            raise refused(name, found, sentence("expected.real_result"), line)
    return result  # type: ignore[return-value]


def refused(name: str, found: str, expected: str, line: int) -> Refusal:
    what = sentence("problem.cannot_be_worked_out", name=repr(name))
    return Refusal(line, what, found, expected, sentence("remedy.write_value_itself"))


def _of_columns(name: str, one: Matrix, line: int) -> Matrix:
    if not one.array.size:
        raise refused(name, sentence("found.empty_table"), sentence("expected.numbers"), line)
    axis = 1 if one.shape[0] == 1 else 0
    return matrix(OF_COLUMNS[name](one.array, axis=axis, keepdims=True), line)


def _find(one: Matrix, line: int) -> Matrix:
    places = np.flatnonzero(one.array.flatten(order="F")) + 1
    return matrix(places[None, :] if one.shape[0] == 1 and one.shape[1] > 1 else places[:, None], line)


def _filled(name: str, sizes: Sequence[Matrix], line: int) -> Matrix:
    numbers = np.concatenate([size.array.ravel() for size in sizes])
    rows, columns = (numbers[0], numbers[-1]) if len(numbers) in (1, 2) else (-1, -1)
    if not (0 <= rows <= MAX_CELLS and 0 <= columns <= MAX_CELLS and rows * columns <= MAX_CELLS):
        expected = sentence("expected.at_most_cells", n=MAX_CELLS)
        raise refused(name, f"{numbers[0]:g} x {numbers[-1]:g}", expected, line)
    fill = np.zeros if name == "zeros" else np.ones
    return matrix(fill((int(rows), int(columns))), line)


def _struct(arguments: Sequence[Value], line: int) -> Struct:
    names, values = arguments[::2], arguments[1::2]
    if len(names) != len(values) or not all(isinstance(name, str) for name in names):
        found, expected = sentence("found.arguments", n=len(arguments)), sentence("expected.pairs_of_struct")
        raise refused("struct", found, expected, line)
    return Struct({str(name): _unpacked(value) for name, value in zip(names, values, strict=True)})


def _unpacked(value: Value) -> Value:
    """`struct('names', {{...}})` holds the inner cell array."""
    if isinstance(value, CellArray) and len(value.rows) == 1 and len(value.rows[0]) == 1:
        return value.rows[0][0]
    return value
