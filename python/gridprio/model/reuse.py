"""Memory for results that is taken again when nobody holds the result any more."""

from __future__ import annotations

from threading import Lock
from weakref import ref

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 1 << 28
"""Larger results are not kept."""


class Reuse:
    """Keeps the memory of the last result: fresh pages of a large one take the system as long as its load flows."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._memory = np.empty(0, dtype=np.uint8)
        self._lent: ref[NDArray[np.complex128]] | None = None

    def empty(self, shape: tuple[int, ...]) -> NDArray[np.complex128]:
        """As `np.empty`; an earlier result, or a view of it, keeps its memory from being taken."""
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(np.complex128).itemsize
        if not 0 < size <= MOST_BYTES:
            return np.empty(shape, dtype=np.complex128)
        with self._lock:
            is_held = self._lent is not None and self._lent() is not None
            if is_held or self._memory.size < size:
                self._memory = np.empty(size, dtype=np.uint8)
            # NumPy makes all views of an array on foreign memory hold that array, so it lives as long as they do
            lent: NDArray[np.complex128] = np.frombuffer(self._memory[:size].data, dtype=np.complex128)
            self._lent = ref(lent)
        return lent.reshape(shape)
