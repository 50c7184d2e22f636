"""Timelines without repetition: what gives equal plans is planned once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridprio.model.plan import PriorityTimeline


class DistinctTimelines:
    """Timelines in the order in which they were first asked for; `row` gives the row of one, adding it where it is new.

    `matters` [project]: those whose place can matter (`place_matters`); timelines that differ in the places of others
    alone are one.
    """

    def __init__(self, matters: NDArray[np.bool_]) -> None:
        self.timelines: list[PriorityTimeline] = []
        self._matters = matters
        self._rows: dict[tuple[bytes, ...], int] = {}

    def row(self, timeline: PriorityTimeline) -> int:
        key = self._content(timeline)
        if key not in self._rows:
            self._rows[key] = len(self.timelines)
            self.timelines.append(timeline)
        return self._rows[key]

    def _content(self, timeline: PriorityTimeline) -> tuple[bytes, ...]:
        """Timelines with equal content give equal plans; epochs that change nothing do not count."""
        places = np.stack([row[self._matters[row]] for row in timeline.project_order])
        fields = (places, timeline.claim, timeline.permit_months_saved, timeline.land_months_saved)
        keep = [
            epoch
            for epoch in range(len(timeline.epoch_month))
            if epoch == 0 or any((field[epoch] != field[epoch - 1]).any() for field in fields)
        ]
        return tuple(np.ascontiguousarray(field[keep]).tobytes() for field in (timeline.epoch_month, *fields))
