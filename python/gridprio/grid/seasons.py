"""Seasonal ratings: what each branch of a union net may carry in each month."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import Problem
from gridprio.grid.changes import parse_element
from gridprio.inputs.enumerations import BranchKind
from gridprio.inputs.ratings import SeasonalRating
from gridprio.inputs.study import Study
from gridprio.model.grid import GROUP, BranchId, branch_name
from gridprio.model.limits import MONTHS
from gridprio.text import sentence

TABLES = ("line", "trafo", "trafo3w", "impedance")
"""Tables of pandapower whose elements have a rating of their own."""
LINE_TYPES = {BranchKind.OVERHEAD_LINE: "ol", BranchKind.CABLE: "cs"}
"""How pandapower marks them in column `type` of its lines."""


def season_percent(net: Any, branch_ids: Sequence[BranchId], ratings: Sequence[SeasonalRating]) -> NDArray[np.float64]:
    """`[branch, month]` in percent of the rating: by kind first, then what names the branch."""
    percent = np.full((len(branch_ids), MONTHS), 100.0)
    for rating in sorted(ratings, key=lambda rating: bool(rating.elements)):
        held = _elements(net, rating)
        rows = [row for row, branch in enumerate(branch_ids) if branch[:2] in held]
        percent[np.ix_(rows, [month - 1 for month in rating.months])] = rating.rating_percent
    return percent


def rating_problems(net: Any, study: Study) -> Iterator[Problem]:
    """`net`: with or without what projects add."""
    first: dict[tuple[str, int], int] = {}
    groups = {group.group_limit_id for group in study.group_limits}
    for at, rating in enumerate(study.seasonal_ratings):
        if (rating.kind is None) == (not rating.elements):
            yield study.problem(
                "seasonal_ratings",
                at,
                "kind",
                sentence("problem.kind_or_elements"),
                found=" ".join([rating.kind or "", *rating.elements]).strip() or sentence("found.nothing"),
                expected=sentence("expected.kind_or_elements"),
                mend=sentence("remedy.kind_or_elements"),
            )
        for text in rating.elements:
            element = _branch(text)
            if element is not None and element[0] == GROUP and element[1] in groups:
                continue
            if element is None or element[0] not in TABLES or element[1] not in net[element[0]].index:
                yield study.problem(
                    "seasonal_ratings",
                    at,
                    "elements",
                    sentence("problem.not_in_grid"),
                    found=repr(text),
                    expected=" / ".join([*(f"{table}:index" for table in TABLES), f"{GROUP}:group_limit_id"]),
                    mend=sentence(
                        "remedy.index_of_table", table=element[0] if element and element[0] in TABLES else "line"
                    ),
                )
        for what, month in _asked(rating):
            before = first.setdefault((what, month), at)
            if before != at:
                yield study.problem(
                    "seasonal_ratings",
                    at,
                    "months",
                    sentence("problem.month_rated_twice", what=what),
                    found=str(month),
                    expected=sentence("expected.month_of_one_row"),
                    mend=sentence("remedy.rated_by", other=study.seasonal_ratings[before].rating_id),
                )


def unused_ratings(net: Any, study: Study) -> Iterator[Problem]:
    """Ratings of a kind that the union net has not: they would say nothing in silence."""
    for at, rating in enumerate(study.seasonal_ratings):
        if rating.kind is not None and not _elements(net, rating):
            types: Collection[str] = sorted({str(kind) for kind in net.line["type"]}) if len(net.line) else ()
            yield study.problem(
                "seasonal_ratings",
                at,
                "kind",
                sentence("problem.no_branch_of_kind"),
                found=", ".join(types) or sentence("found.nothing"),
                expected=sentence("expected.line_types"),
                mend=sentence("remedy.set_line_type"),
            )


def _asked(rating: SeasonalRating) -> Iterator[tuple[str, int]]:
    named = [branch_name(element) for element in map(_branch, rating.elements) if element is not None]
    for what in named or ([rating.kind.value] if rating.kind else []):
        for month in dict.fromkeys(rating.months):
            yield what, month


def _branch(text: str) -> BranchId | None:
    """`line:12`, or `group:bay` for the limit of a group; None where it is not written so."""
    table, _, group = text.partition(":")
    return (GROUP, group) if table == GROUP else parse_element(text)


def _elements(net: Any, rating: SeasonalRating) -> set[BranchId | None]:
    """Those that a row names, else all of its kind."""
    if rating.elements:
        return {_branch(text) for text in rating.elements}
    return {(table, index) for table in TABLES for index in _of_kind(net, rating.kind, table)}


def _of_kind(net: Any, kind: BranchKind | None, table: str) -> list[int]:
    """Indices of a table that are of this kind."""
    if kind is BranchKind.TRANSFORMER and table in ("trafo", "trafo3w"):
        return [int(index) for index in net[table].index]
    if kind in LINE_TYPES and table == "line":
        return [int(index) for index in net.line.index[net.line["type"] == LINE_TYPES[kind]]]
    return []
