"""Work shared out over threads; compiled code lets go of the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")


def share_out(work: Callable[[Piece], None], pieces: Sequence[Piece], threads: int) -> None:
    """Calls `work` for each piece; an error of one is raised when those that have begun are done."""
    if threads <= 1 or len(pieces) <= 1:
        for piece in pieces:
            work(piece)
        return
    with ThreadPoolExecutor(min(threads, len(pieces))) as pool:
        begun = [pool.submit(work, piece) for piece in pieces]
        try:
            for future in begun:
                future.result()
        except BaseException:  # an interrupt must not wait for the rest
            pool.shutdown(wait=False, cancel_futures=True)
            raise
