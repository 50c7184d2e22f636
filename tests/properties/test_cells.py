"""Invariants of cells: what is allocated is secure by full enumeration, a cell stands alone, threads change nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridprio.errors import BackendError
from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.model.cell import CellBatch
from tests.kernels.cell_cases import RULES, evaluate, worst_excess_percent
from tests.kernels.conftest import present
from tests.kernels.test_cells import random_cell

FEW = settings(max_examples=12, deadline=None, derandomize=True)


def fastest() -> Kernels:
    try:
        return get_kernels("rust")
    except BackendError:
        return get_kernels("numba")


@FEW
@given(seed=st.integers(1000, 100_000))
def test_what_is_served_is_secure_within_the_wish_and_firm_is_all_or_nothing(seed: int) -> None:
    cell = random_cell(seed, n_node=5, n_hour=3)
    allocated = evaluate(fastest(), cell).allocated_mw[0]
    requested = np.array([request.requested_mw for request in cell.requests])
    assert ((allocated >= 0) & (allocated <= requested + 1e-9)).all()
    firm = np.array([request.firm for request in cell.requests])
    assert np.isclose(allocated[firm], np.where(allocated[firm] > 0, requested[firm], 0.0), atol=1e-6).all()
    assert worst_excess_percent(cell, allocated) <= 1e-5


@FEW
@given(seed=st.integers(1000, 100_000))
def test_a_request_that_stops_names_a_limit_and_a_served_one_does_not(seed: int) -> None:
    cell = random_cell(seed, n_node=5, n_hour=3)
    out = evaluate(fastest(), cell)
    requested = np.array([request.requested_mw for request in cell.requests])
    full = out.allocated_mw[0] > requested - 1e-6
    assert ((out.limit_contingency[0] < 0) == full).all()
    assert ((out.limit_hour[0] < 0) == full).all()


@pytest.mark.parametrize("backend", ["rust", "numba"])
def test_a_cell_gives_the_same_bytes_for_any_threads_and_any_company(backend: str) -> None:
    kernels = present(backend)
    cells = [random_cell(seed) for seed in (7, 7, 7, 7, 7)]
    batch = CellBatch(**{n: np.concatenate([vars(c.batch())[n] for c in cells]) for n in vars(cells[0].batch())})
    requested = batch.requested_mw * np.array([0.2, 0.5, 1.0, 1.5, 3.0])[:, None]
    batch = CellBatch(**{**vars(batch), "requested_mw": requested})
    first = cells[0]

    def run(part: CellBatch, threads: int) -> dict[str, np.ndarray]:
        queue = first.queue()
        return vars(kernels.evaluate_cells(first.grid, first.contingencies, queue, part, rules=RULES, threads=threads))

    one = run(batch, 1)
    for threads in (2, 3):
        for name, array in run(batch, threads).items():
            assert array.tobytes() == one[name].tobytes(), name
    for row in reversed(range(5)):
        alone = run(CellBatch(**{n: v[row : row + 1] for n, v in vars(batch).items()}), 1)
        for name, array in alone.items():
            assert array[0].tobytes() == one[name][row].tobytes(), name


@pytest.mark.parametrize(
    "field", ["month", "limit_class", "weight_h", "p_mw", "q_mvar", "exempt_feed_in_mw", "branch_in_service"]
)
def test_a_state_that_differs_in_one_array_shares_no_base_case(field: str) -> None:
    kernels, first = fastest(), random_cell(11)
    percent = np.where(np.arange(13) < 12, 100.0, 60.0)[None].repeat(first.grid.n_branch, axis=0)
    first = replace(first, grid=replace(first.grid, rating_percent=percent))
    own = {name: np.concatenate([array, array]) for name, array in vars(first.batch()).items()}
    own["p_mw"] *= 2.0
    changes: dict[str, Callable[[Any], Any]] = {
        "month": lambda months: (months + 1) % 12,
        "limit_class": lambda classes: np.full_like(classes, 12),
        "branch_in_service": lambda mask: mask & (np.arange(mask.size) > 0),
        "exempt_feed_in_mw": lambda exempt: exempt + 20.0,
    }
    own[field][1] = changes.get(field, lambda values: 2.0 * values)(own[field][1])

    def run(rows: slice) -> dict[str, np.ndarray]:
        part = CellBatch(**{name: array[rows] for name, array in own.items()})
        queue = first.queue()
        return vars(kernels.evaluate_cells(first.grid, first.contingencies, queue, part, rules=RULES, threads=1))

    both, alone = run(slice(0, 2)), run(slice(1, 2))
    assert any(array[0].tobytes() != array[1].tobytes() for array in both.values())
    for name, array in alone.items():
        assert array[0].tobytes() == both[name][1].tobytes(), name
