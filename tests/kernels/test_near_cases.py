"""The screen of whole-year cells against the same kernel without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gridprio.model.cell import CellResults
from tests.kernels.cell_cases import Cell, evaluate
from tests.kernels.conftest import present
from tests.kernels.test_cells import random_cell

HOURS = 480
"""More than the fewest that are screened."""
CLOSE = {"allocated_mw": 1e-5, "overload_mvah": 1e-4, "branch_overload_mvah": 1e-4, "worst_loading_percent": 1e-5}


def whole_year(cell: Cell, factor: float) -> Cell:
    def times(by_node: dict[int, np.ndarray] | None) -> dict[int, np.ndarray]:
        return {node: np.asarray(values) * factor for node, values in (by_node or {}).items()}

    month = (np.arange(HOURS) * 12 // HOURS).tolist()
    return replace(cell, month=month, p_mw=times(cell.p_mw), q_mvar=times(cell.q_mvar), exempt_mw=times(cell.exempt_mw))


def assert_same(found: CellResults, expected: CellResults) -> None:
    for name, values in vars(expected).items():
        np.testing.assert_allclose(getattr(found, name), values, rtol=0, atol=CLOSE.get(name, 1e-6), err_msg=name)


@pytest.mark.parametrize("factor", [0.3, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_screened_cell_is_that_of_every_case(seed: int, factor: float) -> None:
    kernels, cell = present("rust"), whole_year(random_cell(seed, n_node=7, n_hour=HOURS), factor)
    assert_same(evaluate(kernels, cell), evaluate(kernels, cell, margin_percent=100.0))
