"""What a case consists of once it is parsed: expressions and statements."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    line: int


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Field:
    """`of.name`"""

    of: Expression
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    """`of(arguments)`: an index of a variable, or a function."""

    of: Expression
    arguments: tuple[Expression, ...]
    line: int


@dataclass(frozen=True, slots=True)
class All:
    """`:` alone as an index"""

    line: int


@dataclass(frozen=True, slots=True)
class End:
    """`end` in an index"""

    line: int


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    of: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Expression
    right: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Transpose:
    of: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Range:
    start: Expression
    step: Expression | None
    stop: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: plain numbers, or cells."""

    line: int
    numbers: tuple[float, ...]
    cells: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`[...]`, or `{...}` where `of_cells`"""

    rows: tuple[Row, ...]
    of_cells: bool
    line: int


@dataclass(frozen=True, slots=True)
class Broken:
    """Where an expression was refused; what is assigned from it is not known."""

    line: int


Expression = Number | Text | Name | Field | Call | All | End | Unary | Binary | Transpose | Range | Table | Broken


@dataclass(frozen=True, slots=True)
class Assignment:
    target: Expression
    """a name or field, or an index of one"""
    value: Expression
    line: int


@dataclass(frozen=True, slots=True)
class NamesOfColumns:
    """`[PQ, PV, ...] = idx_bus`"""

    names: tuple[str, ...]
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class Header:
    """`function outputs = name`"""

    outputs: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Condition:
    """`if`: the statements of the first branch whose test holds; a test of None always does."""

    branches: tuple[tuple[Expression | None, tuple[Statement, ...]], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Return:
    line: int


Statement = Assignment | NamesOfColumns | Header | Condition | Return
