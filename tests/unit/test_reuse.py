"""Memory of results is taken again, but never from under a result that somebody holds."""

from __future__ import annotations

import numpy as np

from gridprio.model.reuse import MOST_BYTES, Reuse


def test_memory_is_taken_again_when_nobody_holds_it():
    reuse = Reuse()
    first = reuse.empty((3, 4))
    address = first.ctypes.data
    view = first[1].real[2:]
    del first
    second = reuse.empty((3, 4))
    assert second.ctypes.data != address  # the view holds it
    view[:] = 7.0
    second[:] = 1.0
    assert np.all(view == 7.0)
    address = second.ctypes.data
    del second
    assert reuse.empty((2, 5)).ctypes.data == address  # smaller fits


def test_large_results_are_not_kept():
    reuse = Reuse()
    rows = MOST_BYTES // 16 + 1
    assert reuse.empty((rows, 1)).shape == (rows, 1) and reuse._memory.size == 0
    assert reuse.empty((0, 4)).shape == (0, 4)
