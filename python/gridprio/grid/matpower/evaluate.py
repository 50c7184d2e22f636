"""Statements carried out one after the other; a value that was refused makes what depends on it unknown, silently."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from gridprio.grid.matpower import indexing
from gridprio.grid.matpower.constants import NAMES_OF_COLUMNS
from gridprio.grid.matpower.expression_values import Expressions, place_of
from gridprio.grid.matpower.expressions import nested_too_deeply
from gridprio.grid.matpower.refusal import Refusal, Refused, by_hand
from gridprio.grid.matpower.syntax import (
    Assignment,
    Call,
    Condition,
    Expression,
    Header,
    NamesOfColumns,
    Return,
    Statement,
    Table,
)
from gridprio.grid.matpower.values import MAX_STORED, Matrix, Struct, Value, describe, matrix, scalar
from gridprio.text import sentence


class Evaluator(Expressions):
    """Variables by name after the statements that have been carried out."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs: tuple[str, ...] = ()
        self.stored = 0
        """values that have been set so far"""

    def run(self, statements: Sequence[Statement]) -> bool:
        """False where a `return` ended it."""
        for statement in statements:
            try:
                with np.errstate(all="ignore"):
                    if not self._carry_out(statement):
                        return False
            except Refusal as refusal:
                self.refusals.append(refusal)
                self._forget(statement)
            except Refused:
                self._forget(statement)
            except RecursionError:
                self.refusals.append(nested_too_deeply(statement.line, sentence("found.many_levels")))
                self._forget(statement)
            self.indexed.clear()
        return True

    def _carry_out(self, statement: Statement) -> bool:
        match statement:
            case Header(outputs=outputs):
                self.outputs = outputs
            case NamesOfColumns(names=names, source=source, line=line):
                known = NAMES_OF_COLUMNS.get(source)
                if known is None or len(names) > len(known):
                    what, expected = sentence("problem.several_values_at_once"), ", ".join(NAMES_OF_COLUMNS)
                    raise Refusal(line, what, source, expected, by_hand())
                values = zip(names, known.values(), strict=False)
                self.variables.update({name: scalar(at, line) for name, at in values if name != "~"})
            case Assignment():
                self._assign(statement)
            case Condition(branches=branches):
                for test, body in branches:
                    if test is None or _holds(self.value(test)):
                        return self.run(body)
            case Return():
                return False
        return True

    def _assign(self, statement: Assignment) -> None:
        target, line = statement.target, statement.line
        if not isinstance(target, Call):
            self._store(target, self.value(statement.value), line)
            return
        before = self._before(target.of)
        if isinstance(before, Matrix):
            indices = self.indices(before, target.arguments)
            if isinstance(statement.value, Table) and not statement.value.rows:
                self._store(target.of, indexing.without_part(before, indices, line), line)
                return
            value = self.value(statement.value)
            if isinstance(value, Matrix):
                self._store(target.of, indexing.with_part(before, indices, value, line), line)
                return
            before = value
        what, expected = sentence("problem.part_cannot_be_set"), sentence("expected.numbers_in_table")
        raise Refusal(line, what, describe(before), expected, by_hand())

    def _before(self, target: Expression) -> Value:
        """What a target holds; an empty table where it is new."""
        place = place_of(target)
        if any(".".join(place[:depth]) in self.unknown for depth in range(1, len(place) + 1)):
            raise Refused
        held: Value | None = self.variables.get(place[0])
        for name in place[1:]:
            held = held.fields.get(name) if isinstance(held, Struct) else None
        return matrix(np.zeros((0, 0)), target.line) if held is None else held

    def _store(self, target: Expression, value: Value, line: int) -> None:
        self.stored += value.array.size if isinstance(value, Matrix) else 1
        if self.stored > MAX_STORED:
            what = sentence("problem.case_sets_too_much")
            expected = sentence("expected.at_most_values_set", n=MAX_STORED)
            raise Refusal(line, what, f"{self.stored}", expected, by_hand())
        place = place_of(target)
        fields, of = self.variables, []
        for name in place[:-1]:
            of.append(name)
            holder = fields.setdefault(name, Struct({}))
            if not isinstance(holder, Struct):
                what, expected = sentence("problem.has_no_fields", name=".".join(of)), sentence("case_value.struct")
                raise Refusal(line, what, describe(holder), expected, sentence("remedy.other_name"))
            fields = holder.fields
        fields[place[-1]] = copy.deepcopy(value) if isinstance(value, Struct) else value
        self.unknown.discard(".".join(place))

    def _forget(self, statement: Statement) -> None:
        """What the statement would have set is not known from here on."""
        if isinstance(statement, Assignment):
            target = statement.target
            self.unknown.add(".".join(place_of(target.of if isinstance(target, Call) else target)))
        elif isinstance(statement, Condition):
            for _, body in statement.branches:
                for inner in body:
                    self._forget(inner)


def _holds(value: Value) -> bool:
    return isinstance(value, Matrix) and value.array.size > 0 and bool((value.array != 0).all())
