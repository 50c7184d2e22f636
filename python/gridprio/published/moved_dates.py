"""Two publications of the map beside each other: what slipped, what moved back, and what was promised (back-test).

Projects are matched on operator and name. A date moves when the last promised month moves.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from gridprio.published.records import Publication, PublishedProject
from gridprio.published.windows import FEWEST_PROJECTS, Slips


@dataclass(frozen=True)
class MovedDate:
    """One project in two publications; months after January of year 0, of the last promised month."""

    earlier: PublishedProject
    later: PublishedProject | None
    """None where the later publication does not list it: finished, dropped or renamed"""

    @property
    def moved_months(self) -> int | None:
        """Positive where it slipped; None where one of the dates is not known."""
        first, last = promised_month(self.earlier), promised_month(self.later) if self.later else None
        return None if first is None or last is None else last - first


@dataclass(frozen=True)
class MovedGroup:
    """Projects of one operator and phase (of the earlier publication)."""

    operator: str
    phase: str
    projects: int
    slipped: int
    moved_back: int
    withdrawn: int
    """Dated before, and the date withdrawn or left out now"""
    gone: int
    dated: int
    """In both"""
    mean_months: float
    """Over those dated in both, moved or not; NaN where there are none"""
    sd_months: float


def promised_month(project: PublishedProject) -> int | None:
    """Last month of the promise."""
    if project.to_year is None:
        return None
    return project.to_year * 12 + (3 * project.quarter if project.quarter else 12) - 1


def moved_dates(earlier: Publication, later: Publication) -> list[MovedDate]:
    """The back-test table: every project of the earlier publication, promised against published later."""
    return [MovedDate(project, later.projects.get(key)) for key, project in sorted(earlier.projects.items())]


def moved_groups(moves: Sequence[MovedDate]) -> list[MovedGroup]:
    """By operator and phase, in alphabetical order."""
    groups: dict[tuple[str, str], list[MovedDate]] = defaultdict(list)
    for move in moves:
        groups[move.earlier.operator, move.earlier.phase].append(move)
    return [_group(*key, members) for key, members in sorted(groups.items())]


def _group(operator: str, phase: str, members: Sequence[MovedDate]) -> MovedGroup:
    months = [move.moved_months for move in members if move.moved_months is not None]
    return MovedGroup(
        operator,
        phase,
        len(members),
        sum(moved > 0 for moved in months),
        sum(moved < 0 for moved in months),
        sum(
            promised_month(move.earlier) is not None and move.later is not None and promised_month(move.later) is None
            for move in members
        ),
        sum(move.later is None for move in members),
        len(months),
        statistics.fmean(months) if months else math.nan,
        statistics.pstdev(months) if months else math.nan,
    )


def slips_between(earlier: Publication, later: Publication) -> Slips:
    """Mean and standard deviation in months by operator and phase, for `Widths`.

    Groups with fewer than three projects dated in both are left out: one that slipped would move all of its kind.
    """
    groups = moved_groups(moved_dates(earlier, later))
    return {(g.operator, g.phase): (g.mean_months, g.sd_months) for g in groups if g.dated >= FEWEST_PROJECTS}
