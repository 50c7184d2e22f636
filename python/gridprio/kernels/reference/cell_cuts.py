"""The cutting planes of the queue of one cell (docs/theory/cells.md, Queue)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridprio.kernels.reference.cell_flow import Bools, Floats, Ints
from gridprio.model.cell import TIE_PERCENT


class Cuts(NamedTuple):
    """Rows of sum_i slope_i s_i <= room."""

    limit: NDArray[np.int32]
    """[cut, 3], branch, contingency, hour"""
    room: Floats
    slope: Floats
    """[cut, member], percent per MW (MW per MW where no branch loading is meant)"""
    holds: Bools
    """[cut, member], held back by this cut"""
    excess: Floats
    """what the cut was taken for: percent above the cap, or MW"""
    is_bisected: Bools
    """found by bisection: no linear cut holds the request back there, or one too early"""


def chosen(cuts: Cuts, rows: Ints | Bools) -> Cuts:
    limit, room, slope, holds, excess, is_bisected = cuts
    return Cuts(limit[rows], room[rows], slope[rows], holds[rows], excess[rows], is_bisected[rows])


def no_cuts(n_member: int) -> Cuts:
    slope, holds = np.zeros((0, n_member)), np.zeros((0, n_member), np.bool_)
    return Cuts(np.zeros((0, 3), np.int32), np.zeros(0), slope, holds, np.zeros(0), np.zeros(0, np.bool_))


def one_cut(limit: tuple[int, int, int], room: float, slope: Floats, excess: float, is_bisected: bool = False) -> Cuts:
    """A cut that holds back all that add to it."""
    rows = np.array([limit], np.int32), np.array([room]), slope[None, :], slope[None, :] > 0
    return Cuts(*rows, np.array([excess]), np.array([is_bisected]))


def joined(parts: list[Cuts]) -> Cuts:
    return Cuts(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def by_case(cuts: Cuts) -> Cuts:
    """By hour, then contingency; cuts of one case stay in order."""
    return chosen(cuts, np.lexsort((cuts.limit[:, 1], cuts.limit[:, 2])))


def most_exceeded(cuts: Cuts, month: Ints) -> Cuts:
    """Of each branch and contingency, in each calendar month `month[hour]`, the cut of the largest excess."""
    branch, k, hour = cuts.limit.T
    size = np.round(cuts.excess / TIE_PERCENT)
    group = np.stack([branch, k, month[hour]], axis=1)
    order = np.lexsort((hour, -size))
    _, first = np.unique(group[order], axis=0, return_index=True)
    return chosen(cuts, np.sort(order[first]))
