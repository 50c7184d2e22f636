"""Growth of existing connections and the drivers that are switched on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gridprio.inputs.scenario_tables import Driver, Growth


class GrowthFactors:
    """Factors per sector and year: interpolated between given years, held outside, 1 where nothing is given."""

    def __init__(self, growth: Sequence[Growth], drivers: Sequence[Driver], switched_on: Sequence[str]) -> None:
        self._growth: dict[tuple[str, str], list[tuple[int, float]]] = {}
        for row in growth:
            self._growth.setdefault((row.scenario_id, row.sector), []).append((row.year, row.factor))
        self._drivers: dict[tuple[str, str], list[tuple[int, float]]] = {}
        for driver in drivers:
            if driver.driver_id in switched_on:
                self._drivers.setdefault((driver.driver_id, driver.sector), []).append((driver.year, driver.factor))

    def existing(self, scenario: str, sector: str, year: int) -> float:
        """What existing connections of a sector are multiplied with: growth and drivers."""
        return _at(self._growth.get((scenario, sector)), year) * self.driven(sector, year)

    def driven(self, sector: str, year: int) -> float:
        """What the drivers do to a sector; the requests of developments are multiplied with it too."""
        factor = 1.0
        for (_, of_sector), points in self._drivers.items():
            if of_sector == sector:
                factor *= _at(points, year)
        return factor


def _at(points: list[tuple[int, float]] | None, year: int) -> float:
    if not points:
        return 1.0
    years, factors = zip(*sorted(points), strict=True)
    return float(np.interp(year, years, factors))
