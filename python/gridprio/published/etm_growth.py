"""Growth and profiles per class from exports of the Energy Transition Model, and what each column became.

The factor of a class in a year is its highest hour in that year over its highest hour in the first year: `p_mw` of a
load is a peak. Its profile is its curve in the first year in which it has one, over its highest hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.errors import InputError, Problem
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.scenario_tables import Growth, Scenario
from gridprio.published.etm import EtmExport
from gridprio.published.etm_classes import CLASSES, column_parts, column_use
from gridprio.text import Language, say, sentence

SCENARIO = PREFIX = "etm"


@dataclass(frozen=True)
class EtmColumn:
    """What became of a column of the exports."""

    column: str
    sector: str
    """blank where it is left out"""
    direction: str
    reason: str
    """why it is left out: code of a text"""
    highest_mw: Mapping[int, float]
    """by year of the exports that have the column"""

    def row(self, language: Language) -> dict[str, object]:
        """As the table of columns has it."""
        highest = {f"highest_mw_{year}": value for year, value in self.highest_mw.items()}
        left_out = say(self.reason)[language] if self.reason else ""
        named = {"column": self.column, "sector": self.sector, "direction": self.direction}
        return {**named, "left_out_because": left_out, **highest}


@dataclass(frozen=True, eq=False)
class EtmTables:
    """What a study takes from the exports."""

    scenario: Scenario
    growth: tuple[Growth, ...]
    profiles: pd.DataFrame
    """[hour, profile], highest hour 1"""
    columns: tuple[EtmColumn, ...]
    """of any year once, in the order of the exports"""
    without_factor: tuple[str, ...]
    """sectors with nothing in the first year, which no factor can make grow"""


def etm_tables(exports: Sequence[EtmExport], sectors: Mapping[str, str], language: Language) -> EtmTables:
    """`sectors`: name in the study by class, where it is another. InputError for unknown classes and negative power."""
    columns = tuple(_columns(exports, sectors))
    growth: list[Growth] = []
    without, profiles = [], {}
    for sector, by_year in _curves(exports, columns).items():
        peaks = [float(curve.max()) for curve in by_year]
        first = next((curve for curve, peak in zip(by_year, peaks, strict=True) if peak > 0), None)
        if first is None:
            continue
        profiles[f"{PREFIX}_{sector}"] = np.round(first / first.max(), 6)
        if peaks[0] == 0:
            without.append(sector)
            continue
        for export, peak in zip(exports, peaks, strict=True):
            factor = float(f"{peak / peaks[0]:.6g}")
            growth.append(Growth(scenario_id=SCENARIO, sector=sector, year=export.year, factor=factor))
    sources = ", ".join(f"{export.file} ({export.year})" for export in exports)
    note = say("etm.note", sources=sources)[language]
    scenario = Scenario(scenario_id=SCENARIO, name=say("etm.scenario")[language], note=note)
    return EtmTables(scenario, tuple(growth), pd.DataFrame(profiles), columns, tuple(without))


def _columns(exports: Sequence[EtmExport], sectors: Mapping[str, str]) -> list[EtmColumn]:
    """InputError for a class that there is not, power below 0, and one sector for both directions."""
    what, expected = sentence("problem.etm_class"), ", ".join(CLASSES)
    problems = [
        Problem("--sector", None, None, what, repr(name), expected) for name in sorted(set(sectors) - {*CLASSES})
    ]
    columns = []
    for name in dict.fromkeys(name for export in exports for name in export.curves_mw.columns):
        use, parts = column_use(name), column_parts(name)
        having = [export for export in exports if name in export.curves_mw]
        if use.class_:
            problems += [problem for export in having for problem in _below_zero(export, name)]
        highest = {export.year: float(export.curves_mw[name].max()) for export in having}
        sector = sectors.get(use.class_, use.class_)
        columns.append(EtmColumn(name, sector, parts[1].value if parts else "", use.reason, highest))
    directions = {
        direction: {c.sector for c in columns if c.sector and c.direction == direction} for direction in Direction
    }
    both = directions[Direction.DEMAND] & directions[Direction.FEED_IN]
    problems += [
        Problem("--sector", None, None, sentence("problem.etm_both_directions"), name) for name in sorted(both)
    ]
    if problems:
        raise InputError(problems)
    return columns


def _below_zero(export: EtmExport, column: str) -> list[Problem]:
    values = export.curves_mw[column].to_numpy()
    row, what = int(values.argmin()), sentence("problem.profile_negative")
    if values[row] >= 0:
        return []
    expected, remedy = sentence("expected.not_negative"), sentence("remedy.etm_export")
    return [Problem(export.file, row + 2, column, what, f"{values[row]:g}", expected, remedy)]


def _curves(exports: Sequence[EtmExport], columns: Sequence[EtmColumn]) -> dict[str, list[NDArray[np.float64]]]:
    """[year] of each sector, the sum of its columns in MW; a column that a year lacks is 0 there."""
    named: dict[str, list[str]] = {}
    for column in columns:
        if column.sector:
            named.setdefault(column.sector, []).append(column.column)
    return {
        sector: [export.curves_mw.reindex(columns=names, fill_value=0.0).to_numpy().sum(axis=1) for export in exports]
        for sector, names in named.items()
    }
