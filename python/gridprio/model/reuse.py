"""Memory for results that is taken again when nobody holds the result any more."""

from __future__ import annotations

from sys import getrefcount

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 1 << 28
"""Larger results are not kept."""
NOBODY = 2
"""References to an array that one variable holds, as `getrefcount` counts them."""


class Reuse:
    """Keeps the memory of the last result: fresh pages of a large result
    take the system as long as the load flows in it."""

    def __init__(self) -> None:
        self._kept: NDArray[np.uint8] | None = None

    def empty(self, shape: tuple[int, ...]) -> NDArray[np.complex128]:
        """As `np.empty`; views of an earlier array keep its memory from being taken."""
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(np.complex128).itemsize
        if size > MOST_BYTES:
            return np.empty(shape, dtype=np.complex128)
        memory, self._kept = self._kept, None
        if memory is None or memory.size < size or getrefcount(memory) > NOBODY:
            memory = np.empty(size, dtype=np.uint8)
        self._kept = memory
        return memory[:size].view(np.complex128).reshape(shape)
