"""Tap changers: what a solver cannot use is refused, and what it does not use although it is given is said.

pandapower takes the nominal ratio, without a word, where the type or the side is none that it knows, and where a number
of the tap is missing; from a table of steps it takes ratio 1, one degree and a short-circuit voltage of 1 % where the
table lacks the step (pandapower.build_branch, version 3.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gridprio.errors import Problem
from gridprio.grid.net.cells import blanks, numbers
from gridprio.grid.net.findings import Finding
from gridprio.grid.net.words import did_you_mean
from gridprio.text import sentence

SIDES = {"trafo": ("hv", "lv"), "trafo3w": ("hv", "mv", "lv")}
TYPES = ("Ratio", "Symmetrical", "Ideal", "Tabular")
SECOND = "tap2"
CURVES = {
    "trafo": ("voltage_ratio", "angle_deg", "vk_percent", "vkr_percent"),
    "trafo3w": (
        *("voltage_ratio", "angle_deg"),
        *(f"{what}_{side}_percent" for what in ("vk", "vkr") for side in SIDES["trafo3w"]),
    ),
}
"""What a step of the table of characteristics says of a transformer."""


@dataclass(frozen=True)
class Tap:
    """One tap changer of a transformer in service; an empty cell is NaN or an empty text."""

    table: str
    row: int
    prefix: str
    """tap or tap2"""
    pos: float
    neutral: float
    percent: float
    degree: float
    side: str
    kind: str
    by_table: bool
    curve: float

    def column(self, name: str) -> str:
        return f"{self.prefix}_{name}"

    @property
    def is_unused_second(self) -> bool:
        """pandapower has no second tap changer of three-winding transformers."""
        return self.table == "trafo3w" and self.prefix == SECOND

    @property
    def is_off_neutral(self) -> bool:
        """Off its neutral position, or off 0 where none is given."""
        return bool(abs(self.pos - (0.0 if np.isnan(self.neutral) else self.neutral)) > 0)

    def refused(self, column: str, what: str, found: str, expected: str, mend: str = "") -> Problem:
        """The code of `what` is of the catalogue; nothing `found` is said to be nothing."""
        shown, remedy = found or sentence("found.nothing"), mend or sentence("remedy.complete_tap")
        return Problem(self.table, self.row, column, sentence(what), shown, expected, remedy)


def tap_problems(net: Any) -> Iterator[Problem]:
    """Tap data of transformers in service that cannot be used as they are."""
    for tap in taps_of(net):
        if tap.is_unused_second:
            continue
        words = list(_words(tap))
        yield from words
        if not words:
            yield from _steps_of_table(net, tap) if tap.by_table else _numbers(tap)


def tap_notes(net: Any) -> Iterator[Finding]:
    """Tap data that have no part in the load flow, one finding for all rows alike."""
    unused: dict[tuple[str, str, str], list[int]] = {}
    for tap in taps_of(net):
        reason = _reason_of_no_use(tap)
        if reason:
            unused.setdefault((tap.table, tap.prefix, reason), []).append(tap.row)
    for (table, prefix, reason), rows in unused.items():
        yield Finding.of(reason, table, tuple(rows), tap=prefix)


def taps_of(net: Any) -> Iterator[Tap]:
    """Tap changers of transformers in service, those with an empty position too."""
    for table in SIDES:
        frame = net[table][net[table]["in_service"]]
        for prefix in ("tap", SECOND):
            if f"{prefix}_pos" not in frame or not len(frame):
                continue
            columns = {name: _numeric(frame, f"{prefix}_{name}") for name in ("pos", "neutral")}
            columns |= {name: _numeric(frame, f"{prefix}_step_{name}") for name in ("percent", "degree")}
            words = {name: _texts(frame, f"{prefix}_{column}") for name, column in WORDS.items()}
            of_table = frame.get(f"{prefix}_dependency_table")
            by_table = np.zeros(len(frame), bool) if of_table is None else (of_table == True).to_numpy(bool)  # noqa: E712
            curve = _numeric(frame, "id_characteristic_table")
            for at, row in enumerate(frame.index):
                cells = {name: values[at] for name, values in (columns | words).items()}
                yield Tap(table, int(row), prefix, by_table=bool(by_table[at]), curve=curve[at], **cells)


WORDS = {"side": "side", "kind": "changer_type"}


def _numeric(frame: pd.DataFrame, column: str) -> Any:
    return numbers(frame[column])[0] if column in frame else np.full(len(frame), np.nan)


def _texts(frame: pd.DataFrame, column: str) -> Any:
    if column not in frame:
        return [""] * len(frame)
    return ["" if empty else str(cell) for empty, cell in zip(blanks(frame[column]), frame[column], strict=True)]


def _words(tap: Tap) -> Iterator[Problem]:
    sides = ("side", "problem.no_tap_side", tap.side, SIDES[tap.table])
    for name, what, found, known in (sides, ("changer_type", "problem.no_tap_type", tap.kind, TYPES)):
        if found and found not in known:
            mend = did_you_mean(found, known) or sentence("remedy.choose_or_empty")
            yield tap.refused(tap.column(name), what, found, ", ".join(known), mend)


def _numbers(tap: Tap) -> Iterator[Problem]:
    """A tap changer that is meant to work: of a type, or off its neutral position."""
    if not tap.kind or not tap.is_off_neutral:
        return
    if tap.kind == "Tabular":
        what, mend = "problem.tabular_without_table", sentence("remedy.dependency_table_or_type")
        yield tap.refused(tap.column("dependency_table"), what, "FALSE", "TRUE", mend)
        return
    if not tap.side:
        expected = ", ".join(SIDES[tap.table])
        yield tap.refused(tap.column("side"), "problem.tap_without_side", "", expected)
    if np.isnan(tap.neutral):
        what, mend = "problem.no_neutral_position", sentence("remedy.neutral_or_empty")
        yield tap.refused(tap.column("neutral"), what, "", sentence("expected.float"), mend)
    has_percent, has_degree = (not np.isnan(step) and step != 0 for step in (tap.percent, tap.degree))
    if tap.kind == "Ideal" and has_percent and has_degree:
        found = sentence("found.percent_and_degree", percent=f"{tap.percent:g}", degree=f"{tap.degree:g}")
        what, expected = "problem.two_steps_of_shifter", sentence("expected.one_of_two")
        yield tap.refused(tap.column("step_degree"), what, found, expected)
    elif np.isnan(tap.percent) and not (tap.kind == "Ideal" and has_degree):
        yield tap.refused(tap.column("step_percent"), "problem.no_tap_step", "", sentence("expected.float"))


def _steps_of_table(net: Any, tap: Tap) -> Iterator[Problem]:
    column = "id_characteristic_table"
    if tap.prefix == SECOND:
        what, mend = "problem.second_tap_by_table", sentence("remedy.type_and_step")
        yield tap.refused(tap.column("dependency_table"), what, "TRUE", "FALSE", mend)
        return
    if not tap.side:
        yield tap.refused("tap_side", "problem.tap_table_without_side", "", ", ".join(SIDES[tap.table]))
    steps = net.get("trafo_characteristic_table")
    of_curve = None if steps is None or not len(steps) else steps[steps["id_characteristic"] == tap.curve]
    if np.isnan(tap.curve) or of_curve is None or not len(of_curve):
        found, expected = (
            f"{tap.curve:g}" if tap.curve == tap.curve else "",
            sentence("expected.characteristic_of_table"),
        )
        yield tap.refused(column, "problem.no_table_of_steps", found, expected)
        return
    here = of_curve[numbers(of_curve["step"])[0] == tap.pos]
    if len(here) != 1:
        found = sentence("found.times_in_table", position=f"{tap.pos:g}", n=len(here))
        yield tap.refused("tap_pos", "problem.position_not_in_table", found, sentence("expected.step_of_table"))
        return
    for name in CURVES[tap.table]:
        if name not in here or not np.isfinite(numbers(here[name])[0]).all():
            what, found = sentence("problem.no_value_in_cell"), sentence("found.nothing")
            row, expected, mend = int(here.index[0]), sentence("expected.float"), sentence("remedy.fill_cell")
            yield Problem("trafo_characteristic_table", row, name, what, found, expected, mend)


def _reason_of_no_use(tap: Tap) -> str:
    if tap.by_table:
        return ""
    if tap.is_unused_second:
        return "grid.second_tap_of_three" if tap.is_off_neutral else ""
    if not tap.kind:
        return "grid.tap_without_type" if tap.is_off_neutral else ""
    if np.isnan(tap.pos):
        return "" if np.isnan(tap.neutral) else "grid.tap_without_position"
    no_step = (np.isnan(tap.percent) or tap.percent == 0) and (np.isnan(tap.degree) or tap.degree == 0)
    return "grid.tap_without_step" if tap.is_off_neutral and no_step else ""
