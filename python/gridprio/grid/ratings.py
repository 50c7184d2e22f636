"""Ratings by month and by temperature: what each branch of a union net may carry in each class of hours.

Hours of one class have the same limits. The classes are the calendar months; where ratings go by temperature they are
the combinations of month and temperature that occur, in steps of `STEP_C`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.grid.changes import parse_element
from gridprio.grid.kinds import kinds_of
from gridprio.inputs.checks_ratings import temperature_columns, unusable_temperatures
from gridprio.inputs.profiles import month_of_steps
from gridprio.inputs.ratings import SeasonalRating, TemperatureRating
from gridprio.inputs.study import Study
from gridprio.model.grid import GROUP, BranchId, branch_name
from gridprio.model.limits import MONTHS
from gridprio.text import sentence

TABLES = ("line", "trafo", "trafo3w", "impedance")
"""Tables of pandapower whose elements have a rating of their own."""
STEP_C = 1.0
"""A class holds at the highest temperature of its step, so that no hour is taken for cooler than it is."""
MOST_CLASSES = 2000
"""Every branch has a limit in every class. One series makes some 300."""

Rating = SeasonalRating | TemperatureRating


@dataclass(frozen=True, eq=False)
class LimitClasses:
    """Classes of hours."""

    month: NDArray[np.int8]
    """[class], calendar month 0..11"""
    temperature_c: Mapping[str, NDArray[np.float64]]
    """by column of profiles: [class]"""
    of_step: NDArray[np.int16] | None
    """[step of the profiles]; None: its month"""

    def __len__(self) -> int:
        return len(self.month)


MONTHLY = LimitClasses(np.arange(MONTHS, dtype=np.int8), {}, None)


def limit_classes(study: Study) -> tuple[LimitClasses, list[Problem]]:
    """The combinations of month and temperatures that occur; a temperature is rounded up to a whole `STEP_C`.

    The months alone where nothing goes by temperature, or cannot, with the problems that say why.
    """
    names, problems = sorted(temperature_columns(study)), unusable_temperatures(study)
    if not names or study.profiles is None or problems:
        return MONTHLY, problems
    steps = np.ceil(study.profiles[names].to_numpy() / STEP_C - 1e-9).astype(np.int64)
    keys = np.column_stack([month_of_steps(len(steps)), steps])
    classes, of_step = np.unique(keys, axis=0, return_inverse=True)
    if len(classes) > MOST_CLASSES:
        what, mend = sentence("problem.many_classes"), sentence("remedy.fewer_temperatures")
        words = {"found": str(len(classes)), "expected": sentence("expected.at_most_classes", n=MOST_CLASSES)}
        problems.append(study.problem("temperature_ratings", 0, "temperature", what, **words, mend=mend))
    temperature_c = {name: classes[:, 1 + at] * STEP_C for at, name in enumerate(names)}
    return LimitClasses(classes[:, 0].astype(np.int8), temperature_c, of_step.reshape(-1).astype(np.int16)), problems


def rating_percent(
    net: Any, branch_ids: Sequence[BranchId], ratings: Sequence[Rating], classes: LimitClasses = MONTHLY
) -> NDArray[np.float64]:
    """`[branch, limit class]` in percent of the rating: by kind first, then what names the branch."""
    percent = np.full((len(branch_ids), len(classes)), 100.0)
    for rating in sorted(ratings, key=lambda rating: bool(rating.elements)):
        held = _elements(net, rating)
        rows = [row for row, branch in enumerate(branch_ids) if branch[:2] in held]
        if isinstance(rating, TemperatureRating):
            # A step that ends above the last point holds at that point, which no hour of the series is above.
            points = rating.temperatures_c, rating.rating_percents
            percent[rows] = np.interp(classes.temperature_c[rating.temperature], *points)
        else:
            in_months = np.flatnonzero(np.isin(classes.month + 1, rating.months))
            percent[np.ix_(np.array(rows, dtype=np.intp), in_months)] = rating.rating_percent
    return percent


def rating_problems(net: Any, study: Study) -> Iterator[Problem]:
    """Of every row; `net`: with or without what projects add."""
    first: dict[tuple[str, int], tuple[str, int]] = {}
    for table, at, rating in _rows(study):
        yield from _names(net, study, table, at, rating)
        yield from _again(study, table, at, rating, first)


def _rows(study: Study) -> Iterator[tuple[str, int, Rating]]:
    for table in ("seasonal_ratings", "temperature_ratings"):
        for at, rating in enumerate(getattr(study, table)):
            yield table, at, rating


def _names(net: Any, study: Study, table: str, at: int, rating: Rating) -> Iterator[Problem]:
    """A kind or elements, and elements that are there."""
    groups = {group.group_limit_id for group in study.group_limits}
    if (rating.kind is None) == (not rating.elements):
        yield study.problem(
            table,
            at,
            "kind",
            sentence("problem.kind_or_elements"),
            found=" ".join([rating.kind or "", *rating.elements]).strip() or sentence("found.nothing"),
            expected=sentence("expected.kind_or_elements"),
            mend=sentence("remedy.kind_or_elements"),
        )
    for text in rating.elements:
        element = _branch(text)
        known = element[0] if element and element[0] in TABLES else "line"
        if element is not None and element[0] == GROUP and element[1] in groups:
            continue
        if element is None or element[0] not in TABLES or element[1] not in net[element[0]].index:
            yield study.problem(
                table,
                at,
                "elements",
                sentence("problem.not_in_grid"),
                found=repr(text),
                expected=" / ".join([*(f"{name}:index" for name in TABLES), f"{GROUP}:group_limit_id"]),
                mend=sentence("remedy.index_of_table", table=known),
            )


def _again(
    study: Study, table: str, at: int, rating: Rating, first: dict[tuple[str, int], tuple[str, int]]
) -> Iterator[Problem]:
    """What an earlier row has said already; `first`: row by kind or element and month."""
    is_monthly = isinstance(rating, SeasonalRating)
    told = set()
    for what, month in _asked(rating):
        before = first.setdefault((what, month), (table, at))
        if before == (table, at) or what in told:
            continue
        other = getattr(study, before[0])[before[1]].rating_id
        if is_monthly:
            column, found = "months", str(month)
            words = "problem.month_rated_twice", "expected.month_of_one_row", "remedy.rated_by"
        else:
            told.add(what)
            column, found = "elements" if rating.elements else "kind", what
            words = "problem.rated_twice", "expected.one_rating", "remedy.one_of_ratings"
        wrong, expected, mend = sentence(words[0], what=what), sentence(words[1]), sentence(words[2], other=other)
        yield study.problem(table, at, column, wrong, found=found, expected=expected, mend=mend)


def unused_ratings(net: Any, study: Study) -> Iterator[Problem]:
    """Ratings of a kind that the union net has not: they would say nothing in silence."""
    for table, at, rating in _rows(study):
        if rating.kind is not None and not _elements(net, rating):
            types: Collection[str] = sorted({str(kind) for kind in net.line["type"]}) if len(net.line) else ()
            yield study.problem(
                table,
                at,
                "kind",
                sentence("problem.no_branch_of_kind"),
                found=", ".join(types) or sentence("found.nothing"),
                expected=sentence("expected.line_types"),
                mend=sentence("remedy.set_line_type"),
            )


def _asked(rating: Rating) -> Iterator[tuple[str, int]]:
    """Kind or element, and month."""
    months = rating.months if isinstance(rating, SeasonalRating) else range(1, MONTHS + 1)
    named = [branch_name(element) for element in map(_branch, rating.elements) if element is not None]
    for what in named or ([rating.kind.value] if rating.kind else []):
        for month in dict.fromkeys(months):
            yield what, month


def _branch(text: str) -> BranchId | None:
    """`line:12`, or `group:bay` for the limit of a group; None where it is not written so."""
    table, _, group = text.partition(":")
    return (GROUP, group) if table == GROUP else parse_element(text)


def _elements(net: Any, rating: Rating) -> set[BranchId | None]:
    """Those that a row names, else all of its kind."""
    if rating.elements:
        return {_branch(text) for text in rating.elements}
    return {(table, index) for table in TABLES for index, kind in kinds_of(net, table).items() if kind == rating.kind}
