"""Nested capacities in general: no area is overfull, and room that is added serves the queue in its order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gridprio.cells.nested import allocate_nested

MW = st.integers(0, 40).map(float)
SLACK_MW = 1e-9


@st.composite
def queues(draw: st.DrawFn, *, tree: bool, may_be_firm: bool) -> tuple[NDArray[np.float64], ...]:
    """Room, requests, which limit holds which request, and who is firm; `tree`: every area lies in one other."""
    n_limit = draw(st.integers(1, 5))
    parents: list[list[int]] = [[]]
    for area in range(1, n_limit):
        above = st.sets(st.integers(0, area - 1), max_size=1 if tree else 2)
        parents.append(sorted(draw(above)))
    reached: list[set[int]] = []
    for area, above in enumerate(parents):
        reached.append({area}.union(*(reached[parent] for parent in above)))
    n = draw(st.integers(1, 7))
    places = draw(st.lists(st.integers(0, n_limit - 1), min_size=n, max_size=n))
    room = np.array(draw(st.lists(st.integers(-5, 40).map(float), min_size=n_limit, max_size=n_limit)))
    asked = np.array(draw(st.lists(MW, min_size=n, max_size=n)))
    firm = np.array([may_be_firm and draw(st.booleans()) for _ in range(n)])
    return room, asked, np.array([[limit in reached[place] for limit in range(n_limit)] for place in places]), firm


def allocated(
    room: NDArray[np.float64], asked: NDArray[np.float64], holds: NDArray[np.bool_], firm: NDArray[np.bool_]
) -> NDArray[np.float64]:
    limits = [np.flatnonzero(row) for row in holds]
    order = np.arange(len(asked), dtype=np.int32)
    return allocate_nested(room[None], asked[None], limits, firm, order)[0][0]


@given(queues(tree=False, may_be_firm=True))
def test_no_area_gives_more_than_it_has(queue: tuple[NDArray[np.float64], ...]) -> None:
    room, asked, holds, firm = queue
    served = allocated(*queue)
    assert (served >= 0).all() and (served <= asked).all()
    assert (served @ holds <= np.maximum(room, 0) + SLACK_MW).all()
    assert ((served == 0) | (served == asked))[firm].all()


@given(queues(tree=False, may_be_firm=True), st.integers(0, 4), st.integers(1, 20))
def test_more_room_is_for_who_stands_first(queue: tuple[NDArray[np.float64], ...], limit: int, more: int) -> None:
    """The first request of which the allocation changes gets more."""
    room, *rest = queue
    enlarged = room.copy()
    enlarged[limit % len(room)] += more
    change = allocated(enlarged, *rest) - allocated(room, *rest)
    moved = np.flatnonzero(np.abs(change) > SLACK_MW)
    assert not len(moved) or change[moved[0]] > 0


@given(queues(tree=True, may_be_firm=False), st.integers(0, 4), st.integers(1, 20))
def test_more_room_never_serves_less_in_a_tree(queue: tuple[NDArray[np.float64], ...], limit: int, more: int) -> None:
    room, *rest = queue
    enlarged = room.copy()
    enlarged[limit % len(room)] += more
    assert allocated(enlarged, *rest).sum() >= allocated(room, *rest).sum() - SLACK_MW


@given(queues(tree=False, may_be_firm=False), st.integers(0, 6), MW)
def test_a_larger_wish_of_the_same_request_never_gets_less(
    queue: tuple[NDArray[np.float64], ...], request: int, more: float
) -> None:
    """And takes nothing from who stands before it."""
    room, asked, holds, firm = queue
    request %= len(asked)
    wish = asked.copy()
    wish[request] += more
    before, after = allocated(*queue), allocated(room, wish, holds, firm)
    assert after[request] >= before[request]
    assert (after[:request] == before[:request]).all()
