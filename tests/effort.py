"""How much the searching tests try: a little each time, and much with GRIDPRIO_FUZZ=long (`make fuzz-inputs`).

A number in its place is the share of the long run: GRIDPRIO_FUZZ=0.1 tries a tenth.
"""

from __future__ import annotations

import functools
import os
import resource
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

_EFFORT = os.environ.get("GRIDPRIO_FUZZ", "")
IS_LONG = bool(_EFFORT)
SHARE = 1.0 if _EFFORT in ("", "long") else float(_EFFORT)
HANGS = timedelta(seconds=10)
"""An input that takes longer is a fault of its reader."""
MOST_BYTES = 2_000_000_000
"""An input that takes more memory is one too."""


def times(short: int, long: int) -> int:
    return max(1, round(SHARE * long)) if IS_LONG else short


def fuzzed(short: int, long: int) -> Callable[[Any], Any]:
    """Decorates a test of `given` on a reader: within `HANGS` and `MOST_BYTES` for each input.

    The same inputs in every ordinary run, others each time in a long one.
    """
    chosen = settings(
        max_examples=times(short, long),
        derandomize=not IS_LONG,
        deadline=HANGS,
        suppress_health_check=list(HealthCheck),
        database=None,
    )

    def decorated(test: Any) -> Any:
        test.hypothesis.inner_test = within_memory(test.hypothesis.inner_test)
        return chosen(test)

    return decorated


def within_memory(read: Callable[..., None]) -> Callable[..., None]:
    """`read`, which fails where it takes more than `MOST_BYTES` beside what the process holds already."""

    @functools.wraps(read)
    def watched(*args: Any, **kwargs: Any) -> None:
        held, before = held_bytes(), peak_bytes()
        read(*args, **kwargs)
        after = peak_bytes()
        assert after == before or after - held < MOST_BYTES, f"{(after - held) / 1e9:.2f} GB of memory"

    return watched


def held_bytes() -> int:
    """The memory of this process now; 0 where the system does not say."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[1]) * resource.getpagesize() if pages.exists() else 0


def peak_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
