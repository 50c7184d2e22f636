"""Allocation under nested capacities, by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from gridprio.cells.nested import allocate_nested

WEST, EAST, TOP = 0, 1, 2


def allocated(
    room: Sequence[float],
    asked: Sequence[float],
    limits: Sequence[Sequence[int]],
    firm: Sequence[bool] = (),
    order: Sequence[int] = (),
) -> tuple[list[float], list[int]]:
    of_request = [np.array(own, dtype=np.intp) for own in limits]
    found, held = allocate_nested(
        np.array([room], dtype=float),
        np.array([asked], dtype=float),
        of_request,
        np.array(firm or [False] * len(asked), dtype=np.bool_),
        np.array(order or range(len(asked)), dtype=np.int32),
    )
    return found[0].tolist(), held[0].tolist()


@pytest.mark.parametrize(
    ("room", "asked", "limits", "firm", "served", "held"),
    [
        pytest.param((10,), (4, 5), ((0,), (0,)), (), (4, 5), (-1, -1), id="all fits"),
        pytest.param((10,), (6, 6), ((0,), (0,)), (), (6, 4), (-1, 0), id="the last gets what is left"),
        pytest.param((10,), (6, 6, 3), ((0,),) * 3, (0, 1, 0), (6, 0, 3), (-1, 0, -1), id="firm: all or nothing"),
        pytest.param((-5,), (3,), ((0,),), (), (0,), (0,), id="more is contracted than there is"),
        pytest.param((-5,), (0,), ((0,),), (), (0,), (-1,), id="who asks nothing is not held back"),
        pytest.param((0.0,), (3,), ((),), (), (3,), (-1,), id="nothing limits"),
        # West 10, East 20 under Top 12: the first takes all of West, and Top leaves 2 for East.
        pytest.param(
            (10, 20, 12), (15, 15), ((WEST, TOP), (EAST, TOP)), (), (10, 2), (WEST, TOP), id="own area, then above"
        ),
        # In the other order East takes Top whole.
        pytest.param((10, 20, 12), (15, 15), ((EAST, TOP), (WEST, TOP)), (), (12, 0), (TOP, TOP), id="queue order"),
        # Two areas above: the tightest counts, and both are taken.
        pytest.param((10, 4, 7), (9, 9), ((0, 1, 2), (2,)), (), (4, 3), (1, 2), id="two areas above"),
        # What the firm request leaves is taken by the next.
        pytest.param((8, 9, 9), (10, 8), ((0, 2), (0, 2)), (1, 0), (0, 8), (0, -1), id="what is free is taken"),
    ],
)
def test_by_hand(
    room: Sequence[float],
    asked: Sequence[float],
    limits: Sequence[Sequence[int]],
    firm: Sequence[bool],
    served: Sequence[float],
    held: Sequence[int],
) -> None:
    assert allocated(room, asked, limits, firm) == (list(map(float, served)), list(held))


def test_the_order_is_that_of_the_places_and_not_of_the_rows() -> None:
    assert allocated((10,), (6, 6, 6), ((0,),) * 3, order=(2, 0, 1)) == ([4.0, 0.0, 6.0], [0, 0, -1])


def test_cells_are_apart() -> None:
    limits = [np.array([0], dtype=np.intp)] * 2
    room, asked = np.array([[5.0], [8.0]]), np.array([[6.0, 6.0], [6.0, 6.0]])
    order = np.arange(2, dtype=np.int32)
    found, held = allocate_nested(room, asked, limits, np.zeros(2, dtype=np.bool_), order)
    assert found.tolist() == [[5.0, 0.0], [6.0, 2.0]]
    assert held.tolist() == [[0, 0], [-1, 0]]
    assert room.tolist() == [[5.0], [8.0]]
