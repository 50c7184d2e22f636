"""Months in which works on site would leave the grid less secure (docs/theory/plan.md)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gridprio.cells import CellSource
from gridprio.errors import MissingCellsError, Problem
from gridprio.inputs.study import Study
from gridprio.outcome.table import AreaTable

TOLERANCE_H = 1e-6
"""Insecure hours that are no difference."""


def insecure_works(study: Study, source: CellSource, tables: Sequence[AreaTable]) -> NDArray[np.bool_]:
    """[project, month], whether the works of a project add an insecure hour in any scenario.

    Compared are two states of the grid as given with what the project requires in service: with and without the works.
    MissingCellsError names cells that cannot be had.
    """
    requires = study.required_rows
    n_year = study.settings.end_year - study.settings.start_year + 1
    insecure = np.zeros((len(study.projects), 12 * n_year), dtype=np.bool_)
    problems: list[Problem] = []
    for table in tables:
        pairs = {
            project: (table.key(requires[project], ()), table.key(requires[project], (project,)))
            for project in table.area.working
        }
        keys = [key for pair in pairs.values() for key in pair for _ in range(n_year)]
        problems += table.fetch(source, keys, list(range(n_year)) * (2 * len(pairs)), None)
        if not problems:
            for project, (without, with_works) in pairs.items():
                added = table.insecure_hours(with_works) - table.insecure_hours(without)
                insecure[project] |= (added > TOLERANCE_H).any(axis=1).ravel()
    if problems:
        raise MissingCellsError(problems)
    return insecure
