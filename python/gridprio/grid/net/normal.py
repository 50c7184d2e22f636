"""The tables of a net in normal form: every cell of the type and within the numbers of `rules`, gaps filled.

A fault is named once, with its cell. The cell then gets a harmless value, so that the later checks go on and name
everything at once; a net with a fault is never used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from gridprio.errors import Problem
from gridprio.grid.net.cells import Mask, blanks, numbers, truth_values, whole_numbers
from gridprio.grid.net.empty import empty_net
from gridprio.grid.net.findings import Finding
from gridprio.grid.net.rules import (
    FALSE_WHERE_EMPTY,
    NUMBERS,
    REFERENCES,
    SWITCH_TARGET,
    TRUTH_VALUES,
    WHERE_GIVEN,
    Numbers,
    defaults,
)
from gridprio.grid.net.words import did_you_mean
from gridprio.text import sentence

CORRECT = "remedy.correct_or_out_of_service"
NUMBER_ANEW = "remedy.number_rows_anew"


def normal_net(net: Any) -> list[Problem]:
    """Bring `net` into normal form, in place; the problems found. What was assumed is added to `net.reading_notes`."""
    empty = empty_net()
    notes = net.setdefault("reading_notes", [])
    problems: list[Problem] = []
    for table in NUMBERS:
        if not isinstance(net.get(table), pd.DataFrame):
            net[table] = empty[table].copy()
        reader = _Table(table, net[table].copy(deep=False), empty[table])
        net[table] = reader.read()
        problems += reader.problems
        notes += reader.notes
    return problems


def cast_problems(net: Any) -> Iterator[Problem]:
    """Cells of whole numbers and truth values that hold something else, in a net of any version."""
    for table in NUMBERS:
        frame = net.get(table)
        if isinstance(frame, pd.DataFrame) and len(frame):
            yield from _Table(table, frame.copy(deep=False), empty_net()[table]).cast_problems()


class _Table:
    """One table on its way into normal form."""

    def __init__(self, name: str, frame: pd.DataFrame, empty: pd.DataFrame) -> None:
        self.name, self.frame, self.empty = name, frame, empty
        self.problems: list[Problem] = []
        self.notes: list[Finding] = []

    def read(self) -> pd.DataFrame:
        self._columns_once()
        if not len(self.frame):
            if self.frame.columns.isin(self.empty.columns).all():
                return self.empty.copy()
            missing = [column for column in self.empty if column not in self.frame]
            self.frame = self.frame.reindex(columns=[*self.frame.columns, *missing])
            return self.frame.astype({column: self.empty[column].dtype for column in self.empty})
        self._index()
        self._truth_values(TRUTH_VALUES.get(self.name, ()))
        for column in REFERENCES.get(self.name, ()):
            self._whole(column)
        if self.name == "switch":
            self._kinds()
        on = self.in_service()
        given = {name: rule for name, rule in WHERE_GIVEN.get(self.name, {}).items() if name in self.frame}
        for column, rule in (NUMBERS[self.name] | given).items():
            self._numbers(column, rule, on)
        self._beside_the_rules()
        return self.frame

    def cast_problems(self) -> list[Problem]:
        """Of the columns that are there; what an old net lacks its conversion adds."""
        self._columns_once()
        self._index()
        self._truth_values([column for column in TRUTH_VALUES.get(self.name, ()) if column in self.frame])
        for column in REFERENCES.get(self.name, ()):
            if column in self.frame:
                self._whole(column)
        return self.problems

    def _beside_the_rules(self) -> None:
        """Names and other columns without a part in the load flow, where pandapower has a value for them."""
        given = defaults(self.name)
        for column in self.empty.columns.difference(self.frame.columns):
            # The way of pandapower 2 to say the same.
            if column == "tap_dependency_table" and "tap_dependent_impedance" in self.frame:
                continue
            value = given.get(column, np.nan)
            if value == value or self.empty[column].dtype == object:
                self.frame[column] = value if value == value else None

    def in_service(self) -> Mask:
        if "in_service" not in self.frame:
            return np.ones(len(self.frame), dtype=bool)
        return self.frame["in_service"].to_numpy(dtype=bool)

    def _refuse(self, cells: pd.Series[Any], mask: Mask, what: str, expected: str, mend: str = CORRECT) -> None:
        """A problem per cell of `mask`; `what` and `mend` are codes of the catalogue."""
        if mask.any():
            said, remedy = sentence(what), sentence(mend)
            for row, cell in cells[mask].items():
                self._problem(row, str(cells.name), said, _shown(cell), expected, remedy)

    def _problem(self, row: object, column: str | None, what: str, found: str, expected: str, mend: str = "") -> None:
        number = int(row) if isinstance(row, (int, np.integer)) else None
        self.problems.append(Problem(self.name, number, column, what, found, expected, mend))

    def _columns_once(self) -> None:
        twice = self.frame.columns[self.frame.columns.duplicated()].unique()
        for column in twice:
            what, expected = sentence("problem.column_of_net_twice"), sentence("expected.column_once")
            self._problem(None, str(column), what, "", expected, sentence("remedy.keep_one_column"))
        if len(twice):
            self.frame = self.frame.loc[:, ~self.frame.columns.duplicated()].copy(deep=False)

    def _index(self) -> None:
        labels = pd.Series(self.frame.index.to_list(), dtype=object).infer_objects()
        index, wrong = whole_numbers(labels)
        for label in labels[wrong]:
            what, expected = sentence("problem.index_not_whole"), sentence("expected.int")
            self._problem(None, "index", what, _shown(label), expected, sentence(NUMBER_ANEW))
        twice = pd.Index(index).duplicated() & ~wrong
        for label in dict.fromkeys(index[twice].tolist()):
            count = int((index[~wrong] == label).sum())
            what, expected = sentence("problem.index_often", n=count), sentence("expected.index_once")
            self._problem(label, "index", what, str(label), expected, sentence(NUMBER_ANEW))
        spoilt = wrong | twice
        index[spoilt] = index.max(initial=0) + 1 + np.arange(spoilt.sum())
        self.frame.index = pd.Index(index, name=self.frame.index.name)

    def _missing(self, column: str, expected: str) -> None:
        what = sentence("problem.column_of_net_missing")
        mend = sentence("remedy.add_column_to_table", column=column, table=self.name)
        self._problem(None, column, what, "", expected, mend)

    def _truth_values(self, columns: Iterable[str]) -> None:
        for column in columns:
            self._truth(column, empty_is_false=False)
        for column in FALSE_WHERE_EMPTY.get(self.name, ()):
            if column in self.frame:
                self._truth(column, empty_is_false=True)

    def _truth(self, column: str, empty_is_false: bool) -> None:
        if column not in self.frame:
            self._fill_column(column, True)
            return
        cells = self.frame[column]
        values, wrong = truth_values(cells)
        if empty_is_false:
            values, wrong = values & ~wrong, wrong & ~blanks(cells)
        if wrong.any():
            expected = sentence("expected.truth_value")
            self._refuse(cells, wrong, "problem.no_truth_value", expected, "remedy.correct_cell")
        self.frame[column] = values

    def _whole(self, column: str) -> None:
        if column not in self.frame:
            self._missing(column, sentence("expected.index_of_row"))
            self.frame[column] = 0
            return
        cells = self.frame[column]
        values, wrong = whole_numbers(cells)
        if wrong.any():
            self._refuse(cells, wrong, "problem.no_index", sentence("expected.index_of_row"), "remedy.name_row")
        self.frame[column] = values

    def _kinds(self) -> None:
        if "et" not in self.frame:
            self._missing("et", ", ".join(SWITCH_TARGET))
            self.frame["et"] = ""
            return
        kinds = self.frame["et"]
        for row, kind in kinds[~kinds.isin(list(SWITCH_TARGET))].items():
            mend = did_you_mean(kind, SWITCH_TARGET) or sentence("remedy.name_switch_target")
            what = sentence("problem.no_switch_kind")
            self._problem(row, "et", what, _shown(kind), ", ".join(SWITCH_TARGET), mend)

    def _numbers(self, column: str, rule: Numbers, on: Mask) -> None:
        if column not in self.frame:
            self._fill_column(column, rule)
            return
        cells = self.frame[column]
        values, words = numbers(cells)
        if rule.infinite:
            values = np.where(np.isinf(values) & (np.sign(values) == rule.infinite), np.nan, values)
        self._refuse(cells, words, "problem.no_number_in_cell", rule.text_of_cell)
        empty = np.isnan(values) & ~words & on
        filled = defaults(self.name).get(column, np.nan)
        if not rule.blank:
            self._refuse(cells, empty, "problem.no_value_in_cell", rule.text_of_cell)
        elif empty.any() and filled == filled:
            rows = tuple(cells.index[empty].tolist())
            self.notes.append(Finding.of("grid.blank_is", self.name, rows, column=column, value=filled))
        beyond = ~rule.allows(values) & on
        self._refuse(cells, beyond, "problem.not_of_column", rule.text_of_cell)
        self.frame[column] = self._harmless(values, rule, filled, on, beyond | (empty & ~np.bool_(rule.blank)))

    def _harmless(self, values: Any, rule: Numbers, default: Any, on: Mask, refused: Mask) -> Any:
        """Gaps filled with the default, and whole numbers as such; a refused cell gets a value that hurts nothing."""
        known = default if default == default else np.nan
        unusable = ~on & ~rule.allows(values)
        values = np.where(np.isnan(values) | unusable, known, values)
        values = np.where(refused & ~rule.allows(values), np.nan, values)
        return np.nan_to_num(values, nan=1).clip(1).astype(np.int64) if rule.whole else values

    def _fill_column(self, column: str, rule: Numbers | bool) -> None:
        """The default of pandapower, where it has one; names, coordinates and the like are no columns of `rules`."""
        default = defaults(self.name).get(column, np.nan)
        blank = isinstance(rule, Numbers) and rule.blank
        if default != default and not blank:
            self._missing(column, rule.text_of_cell if isinstance(rule, Numbers) else sentence("expected.truth_value"))
        elif default == default:
            rows = tuple(self.frame.index.tolist())
            self.notes.append(Finding.of("grid.column_is", self.name, rows, column=column, value=default))
        self.frame[column] = default


def _shown(cell: object) -> str:
    if isinstance(cell, str):
        return repr(cell[:80])
    empty = cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell))
    return sentence("found.nothing") if empty else str(cell)[:80]
