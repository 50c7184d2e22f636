"""What is congested, on every backend: by hand on two lines, and in sum what `evaluate_cells` gives."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from gridprio.kernels.protocol import Kernels
from gridprio.kernels.reference import ReferenceKernels
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN
from gridprio.model.congestion import CongestionArrays
from tests.kernels.cell_cases import RULES, Cell, contingencies, evaluate
from tests.kernels.test_cells import X, corridor, lossless_limit_mw, ring

SUMMED = dict.fromkeys(("hours", "overload_mvah", "worst_percent", "interrupted_mw", "intact_percent"), 1e-06)


def find(kernels: Kernels, cell: Cell, **rules: Any) -> CongestionArrays:
    used = replace(RULES, **rules)
    return kernels.find_congestion(cell.grid, cell.contingencies, cell.batch(), rules=used, threads=2)


def test_direction_hours_and_cause_by_hand(kernels: Kernels) -> None:
    """Two lines of 100 MVA: 120 MW of demand passes the limit without one of them, 240 MW of feed-in with both."""
    demand, feed_in = lossless_limit_mw(1.2, X), lossless_limit_mw(2.4, X / 2)
    hours = (-demand, feed_in, -50.0, -demand)
    cell = Cell(corridor(2), contingencies([0], [1]), p_mw={1: hours}, month=(0, 0, 5, 7), weight_h=(100, 60, 8000, 40))
    found = find(kernels, cell)
    assert found.branch.tolist() == [0, 0, 1, 1] and found.feed_in.tolist() == [False, True] * 2
    np.testing.assert_allclose(found.hours, [140, 60] * 2)
    np.testing.assert_allclose(found.overload_mvah, [140 * 20, 60 * 20] * 2, rtol=1e-6)
    np.testing.assert_allclose(found.worst_percent, 120.0, atol=1e-6)
    assert found.worst_contingency.tolist() == [2, 0, 1, 0] and found.worst_hour.tolist() == [0, 1] * 2
    np.testing.assert_allclose(found.intact_percent, [[120.0, 120.0]], atol=1e-6)
    assert not len(found.contingency)


def test_the_worst_hour_has_the_largest_loading_over_its_limit(kernels: Kernels) -> None:
    """12 MVA above 100 is worse than 13.5 MVA above 130."""
    grid = replace(corridor(1), rating_percent=np.array([[100.0, 130.0]]))
    demand = [-lossless_limit_mw(share, X) for share in (1.12, 1.435, 1.05)]
    found = find(kernels, Cell(grid, contingencies(), p_mw={1: demand}, month=(0, 6, 0), limit_class=(0, 1, 0)))
    assert found.worst_hour.tolist() == [0]
    np.testing.assert_allclose(found.worst_percent, 112.0, atol=1e-6)
    np.testing.assert_allclose(found.overload_mvah, (12.0 + 13.5 + 5.0) * 2920, rtol=1e-6)


def test_lost_load_of_an_outage_by_hand(kernels: Kernels) -> None:
    outage, hours = contingencies([0], interruption_max_mw=10.0), (100, 60, 600)
    found = find(kernels, Cell(corridor(1), outage, p_mw={1: (-30.0, -8.0, 5.0)}, month=(0, 0, 0), weight_h=hours))
    assert found.contingency.tolist() == [1] and found.outage_cell.tolist() == [0]
    assert (found.interrupted_mw[0], found.interrupted_h[0], found.not_accepted_h[0]) == (30.0, 160.0, 100.0)
    assert not found.unsolved_h.any() and not len(found.branch)


def test_a_case_without_a_solution_counts_with_its_hours(kernels: Kernels) -> None:
    found = find(kernels, Cell(corridor(1), contingencies(), p_mw={1: (-30.0, -5000.0)}, month=(0, 0)))
    assert found.contingency.tolist() == [0] and found.unsolved_h.tolist() == [4380.0]


@pytest.mark.parametrize("direction", [CASE_DEMAND, CASE_DEMAND | CASE_FEED_IN])
def test_sums_are_those_of_the_cells(kernels: Kernels, direction: int) -> None:
    """Months apart add up to the year; energy, worst loading and interruption as `evaluate_cells` folds them."""
    rng = np.random.default_rng(3)
    n = 24
    feed_in = rng.uniform(0, 420, n) * (rng.random(n) < 0.4)
    cell = Cell(
        ring(),
        contingencies([0], [1], [2], [0, 2], direction=direction),
        p_mw={1: feed_in - rng.uniform(0, 120, n), 2: -rng.uniform(0, 90, n)},
        q_mvar={1: -rng.uniform(0, 30, n)},
        exempt_mw={1: feed_in},
        month=[at % 12 for at in range(n)],
    )
    found, cells = find(kernels, cell), evaluate(kernels, cell)
    by_branch = np.bincount(found.branch, found.overload_mvah, minlength=cell.grid.n_branch)
    np.testing.assert_allclose(by_branch, cells.branch_overload_mvah[0], rtol=1e-6)
    assert found.feed_in.any() and not found.feed_in.all()
    assert found.worst_percent.max() == pytest.approx(cells.worst_loading_percent[0], abs=1e-5)
    assert found.interrupted_mw.max() == pytest.approx(cells.interrupted_mw[0])
    reference = find(ReferenceKernels(), cell)
    for field in fields(CongestionArrays):
        ours, theirs = getattr(found, field.name), getattr(reference, field.name)
        np.testing.assert_allclose(ours, theirs, rtol=SUMMED.get(field.name, 1e-9), atol=1e-6, err_msg=field.name)
