"""Values of expressions: what a cell, an index or a calculation gives."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gridprio.grid.matpower import indexing
from gridprio.grid.matpower.constants import DEFINED_CONSTANTS, IDX_DCLINE
from gridprio.grid.matpower.functions import CONSTANTS, FUNCTIONS, call, elementwise
from gridprio.grid.matpower.refusal import Refusal, Refused, by_hand
from gridprio.grid.matpower.syntax import (
    All,
    Binary,
    Broken,
    Call,
    End,
    Expression,
    Field,
    Name,
    Number,
    Range,
    Row,
    Table,
    Text,
    Transpose,
    Unary,
)
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
    stacked,
)
from gridprio.text import sentence

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    **{"+": operator.add, "-": operator.sub, "*": operator.mul, ".*": operator.mul},
    **{"/": operator.truediv, "./": operator.truediv, "^": operator.pow, ".^": operator.pow},
    **{"\\": lambda left, right: right / left, ".\\": lambda left, right: right / left},
    **{"==": operator.eq, "~=": operator.ne, "!=": operator.ne},
    **{"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge},
    **{"&": np.logical_and, "&&": np.logical_and, "|": np.logical_or, "||": np.logical_or},
}
COMPARES = frozenset(("==", "~=", "!=", "<", "<=", ">", ">=", "&", "&&", "|", "||"))
ONE_BY_ONE = {
    "*": "expected.one_side_scalar",
    "/": "expected.right_side_scalar",
    "\\": "expected.left_side_scalar",
    "^": "expected.two_scalars",
}


class Expressions:
    """Variables by name, and what expressions over them give."""

    def __init__(self) -> None:
        self.variables: dict[str, Value] = {}
        self.unknown: set[str] = set()
        """variables and fields (`mpc.bus`) whose value was refused"""
        self.refusals: list[Refusal] = []
        self.indexed: list[tuple[Value, int, int]] = []
        """what `end` speaks of: the variable, the place of the index and how many there are"""

    def value(self, expression: Expression) -> Value:
        match expression:
            case Number(value=number, line=line):
                return scalar(number, line)
            case Text(value=text):
                return text
            case Name(name=name, line=line):
                return self._named(name, line)
            case Field():
                return self._field(expression)
            case Table():
                return self._cell_array(expression) if expression.of_cells else self._table(expression)
            case Call():
                return self._call(expression)
            case Unary(operator=sign, of=of, line=line):
                value = self._numbers(of, line)
                if sign in ("~", "!"):
                    return Matrix(value.array == 0, value.lines)
                array = value.array.astype(np.float64)
                return Matrix(-array if sign == "-" else array, value.lines)
            case Binary():
                return self._binary(expression)
            case Transpose(of=of, line=line):
                value = self._numbers(of, line)
                return Matrix(value.array.T, value.lines.T)
            case Range():
                return self._range(expression)
            case End(line=line):
                return scalar(self._last(line), line)
            case Broken():
                raise Refused
            case All(line=line):
                what, expected = sentence("problem.colon_is_of_index"), sentence("expected.value")
                raise Refusal(line, what, ":", expected, sentence("remedy.write_range"))

    def _numbers(self, expression: Expression, line: int) -> Matrix:
        value = self.value(expression)
        if not isinstance(value, Matrix):
            what, expected = sentence("problem.not_calculated_with"), sentence("expected.numbers")
            raise Refusal(line, what, describe(value), expected, sentence("remedy.write_number"))
        return value

    def _named(self, name: str, line: int) -> Value:
        if name in self.unknown:
            raise Refused
        if name in self.variables:
            return self.variables[name]
        if name in CONSTANTS:
            return scalar(CONSTANTS[name], line)
        if name in DEFINED_CONSTANTS:
            return scalar(DEFINED_CONSTANTS[name], line)
        if name == "idx_dcline":
            return Struct({column: scalar(at, line) for column, at in IDX_DCLINE.items()})
        if name in FUNCTIONS:
            return call(name, (), line)
        what, expected = sentence("problem.name_not_known", name=repr(name)), sentence("expected.variable_or_column")
        raise Refusal(line, what, name, expected, sentence("remedy.write_value_itself"))

    def _field(self, field: Field) -> Value:
        place = place_of(field) if isinstance(field.of, (Name, Field)) else ()
        if any(".".join(place[:depth]) in self.unknown for depth in range(1, len(place) + 1)):
            raise Refused
        of = self.value(field.of)
        if isinstance(of, Struct) and field.name in of.fields:
            return of.fields[field.name]
        name = ".".join(place) or field.name
        what, expected = sentence("problem.field_not_known", name=repr(name)), sentence("expected.field_set_before")
        raise Refusal(field.line, what, name, expected, sentence("remedy.set_before_use"))

    def _table(self, table: Table) -> Value:
        if len({len(row.numbers) for row in table.rows}) == 1 and table.rows[0].numbers:
            return _plain_table(table)
        parts: list[list[Matrix]] = []
        texts: list[str] = []
        broken = False
        for row in table.rows:
            try:
                values = [matrix(np.array([row.numbers]), row.line)] if row.numbers else self._cells(row)
            except Refused:
                broken = True
                continue
            numbers = [value for value in values if isinstance(value, Matrix)]
            words = [value for value in values if isinstance(value, str)]
            if len(numbers) == len(values) and not texts:
                parts.append(numbers)
            elif len(words) == len(values) and not parts:
                texts.append("".join(words))
            else:
                found = sentence("case_value.several", values=[describe(value) for value in values])
                what, expected = sentence("problem.table_not_all_numbers"), sentence("expected.numbers")
                remedy = sentence("remedy.texts_in_cell_array")
                self.refusals.append(Refusal(row.line, what, found, expected, remedy))
                broken = True
        if broken:
            raise Refused
        if texts:
            return texts[0] if len(texts) == 1 else CellArray(tuple((text,) for text in texts))
        check_size(sum(part.array.size for row in parts for part in row), 1, table.line)
        whole = stacked(parts)
        if whole is None:
            self._refuse_widths(parts, table)
            raise Refused
        return whole

    def _refuse_widths(self, parts: list[list[Matrix]], table: Table) -> None:
        """Names every row whose number of cells differs from that of the first one."""
        width = sum(part.shape[1] for part in parts[0]) if parts else 0
        for row, held in zip(table.rows, parts, strict=False):
            here = sum(part.shape[1] for part in held)
            if here != width or len({part.shape[0] for part in held}) > 1:
                found, expected = sentence("found.values", n=here), sentence("expected.values_of_first_row", n=width)
                what, remedy = sentence("problem.row_of_other_length"), sentence("remedy.equal_values_per_row")
                self.refusals.append(Refusal(row.line, what, found, expected, remedy))

    def _cells(self, row: Row) -> list[Value]:
        """Every cell that is refused is named."""
        values: list[Value] = []
        broken = False
        for cell in row.cells:
            try:
                values.append(self.value(cell))
            except Refusal as refusal:
                self.refusals.append(refusal)
                broken = True
            except Refused:
                broken = True
        if broken:
            raise Refused
        return values

    def _cell_array(self, table: Table) -> CellArray:
        rows = []
        for row in table.rows:
            plain: list[Value] = [scalar(number, row.line) for number in row.numbers]
            rows.append(tuple(plain or self._cells(row)))
        if len({len(row) for row in rows}) > 1:
            what, expected = sentence("problem.rows_of_different_length"), sentence("expected.equal_rows")
            raise Refusal(table.line, what, "{...}", expected, sentence("remedy.equal_values_per_row"))
        return CellArray(tuple(rows))

    def _call(self, expression: Call) -> Value:
        of, line = expression.of, expression.line
        if isinstance(of, Name) and of.name not in self.variables and of.name not in self.unknown:
            if of.name in FUNCTIONS:
                return call(of.name, [self.value(argument) for argument in expression.arguments], line)
            if of.name not in CONSTANTS and of.name not in DEFINED_CONSTANTS:
                what = sentence("problem.not_evaluated", what=repr(of.name))
                expected = sentence("expected.variable_or_function")
                raise Refusal(line, what, f"{of.name}(...)", expected, by_hand())
        value = self.value(of)
        if not expression.arguments:
            return value
        indices = self.indices(value, expression.arguments)
        if isinstance(value, CellArray):
            return indexing.cell_part(value, indices, line)
        if not isinstance(value, Matrix):
            raise _without_parts(value, line)
        return indexing.part(value, indices, line)

    def indices(self, of: Value, arguments: Sequence[Expression]) -> list[Value | None]:
        found: list[Value | None] = []
        for at, argument in enumerate(arguments):
            self.indexed.append((of, at, len(arguments)))
            found.append(None if isinstance(argument, All) else self.value(argument))
            self.indexed.pop()
        return found

    def _last(self, line: int) -> int:
        if not self.indexed:
            what, expected = sentence("problem.end_is_of_index"), sentence("expected.value")
            raise Refusal(line, what, "end", expected, sentence("remedy.write_number"))
        of, at, count = self.indexed[-1]
        if isinstance(of, CellArray):
            shape = len(of.rows), len(of.rows[0]) if of.rows else 0
        elif isinstance(of, Matrix):
            shape = of.shape
        else:
            raise _without_parts(of, line)
        return shape[at] if count == 2 else shape[0] * shape[1]

    def _binary(self, expression: Binary) -> Matrix:
        name, line = expression.operator, expression.line
        left, right = self._numbers(expression.left, line), self._numbers(expression.right, line)
        sizes = left.array.size, right.array.size
        plain = {"*": 1 in sizes, "/": sizes[1] == 1, "\\": sizes[0] == 1, "^": sizes == (1, 1)}.get(name, True)
        if not plain:
            found = sentence("case_value.two", one=describe(left), other=describe(right))
            what, expected = sentence("problem.matrices_not_calculated"), sentence(ONE_BY_ONE[name])
            raise Refusal(line, what, found, expected, by_hand())
        if name not in COMPARES:
            left, right = (Matrix(side.array.astype(np.float64), side.lines) for side in (left, right))
        return elementwise(OPERATORS[name], left, right, name, line)

    def _range(self, expression: Range) -> Matrix:
        line = expression.line
        ends = [expression.start, expression.stop]
        step = 1.0 if expression.step is None else self._one(expression.step, line)
        start, stop = (self._one(end, line) for end in ends)
        count = np.floor((stop - start) / step * (1 + 1e-15)) + 1 if step else 0.0
        if not count <= MAX_CELLS:
            found = f"{start:g}:{step:g}:{stop:g}"
            what, expected = sentence("problem.no_range_of_case"), sentence("expected.at_most_steps", n=MAX_CELLS)
            raise Refusal(line, what, found, expected, sentence("remedy.correct_range"))
        return matrix(start + step * np.arange(max(0, int(count)))[None, :], line)

    def _one(self, expression: Expression, line: int) -> float:
        value = self._numbers(expression, line)
        if value.array.size != 1:
            what, expected = sentence("problem.one_number_wanted"), sentence("expected.float")
            raise Refusal(line, what, describe(value), expected, sentence("remedy.write_number"))
        return float(value.array[0, 0])


def _without_parts(value: Value, line: int) -> Refusal:
    what, expected = sentence("problem.value_has_no_parts"), sentence("expected.table")
    return Refusal(line, what, describe(value), expected, sentence("remedy.write_value_itself"))


def place_of(target: Expression) -> tuple[str, ...]:
    names: list[str] = []
    while isinstance(target, Field):
        names.append(target.name)
        target = target.of
    assert isinstance(target, Name)
    return (target.name, *reversed(names))


def _plain_table(table: Table) -> Matrix:
    lines = np.array([row.line for row in table.rows], dtype=np.int32)
    array = np.array([row.numbers for row in table.rows], dtype=np.float64)
    return Matrix(array, np.repeat(lines[:, None], array.shape[1], axis=1))
