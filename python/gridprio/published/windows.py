"""From a published window to a first month in service and a delay (docs/published.md).

A window promises a project between its first and its last year. Its first month is the planned one; where it ends is
drawn with mean and spread of the uniform distribution over the window. A single year is not certainty: it gets the
width that the same operator publishes for the same phase.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gridprio.published.records import PublishedProject

ASSUMED_WIDTH_YEARS = {"inProgress": 0.6, "scheduled": 1.9, "approved": 3.0, "": 3.0}
"""Mean widths of the transmission operator in August 2026, by phase; no phase counts as the widest."""
FEWEST_PROJECTS = 3
"""From so many on, an operator and phase have a width of their own."""
Slips = Mapping[tuple[str, str], tuple[float, float]]
"""Mean and standard deviation of moved dates, months, by operator and phase"""


@dataclass(frozen=True)
class Widths:
    """Width of a window in years by operator and phase, and what a single year gets."""

    by_operator: Mapping[tuple[str, str], float]
    slip_months: Slips = field(default_factory=dict)
    """From two publications; added to the windows"""

    def of(self, project: PublishedProject) -> tuple[float, bool]:
        """Years between first and last promised year, and whether that is assumed."""
        if project.width_years is not None:
            return project.width_years, False
        return self.by_operator.get((project.operator, project.phase), ASSUMED_WIDTH_YEARS[project.phase]), True

    def delay_months(self, project: PublishedProject) -> tuple[float, float]:
        """Mean and standard deviation after the first month of the window, months."""
        width, _ = self.of(project)
        promised = 12 * width + (3 if project.quarter else 12)
        mean, sd = promised / 2, promised / math.sqrt(12)
        slip_mean, slip_sd = self.slip_months.get((project.operator, project.phase), (0.0, 0.0))
        return max(mean + slip_mean, 0.0), math.hypot(sd, slip_sd)


def published_widths(projects: Iterable[PublishedProject]) -> dict[tuple[str, str], float]:
    """Mean width by operator and phase, single years as 0; none where all are single years, which tell nothing."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for project in projects:
        if project.to_year is not None:
            found[project.operator, project.phase].append(project.width_years or 0.0)
    return {key: statistics.fmean(w) for key, w in found.items() if len(w) >= FEWEST_PROJECTS and any(w)}
