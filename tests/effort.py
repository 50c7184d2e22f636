"""How much the searching tests try: a little each time, and much with GRIDPRIO_FUZZ=long (`make fuzz-inputs`).

A number in its place is the share of the long run: GRIDPRIO_FUZZ=0.1 tries a tenth.
"""

from __future__ import annotations

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings

_EFFORT = os.environ.get("GRIDPRIO_FUZZ", "")
IS_LONG = bool(_EFFORT)
SHARE = 1.0 if _EFFORT in ("", "long") else float(_EFFORT)
HANGS = timedelta(seconds=10)
"""An input that takes longer is a fault of its reader."""


def times(short: int, long: int) -> int:
    return max(1, round(SHARE * long)) if IS_LONG else short


def fuzzed(short: int, long: int) -> settings:
    """Settings of a fuzzed reader: the same inputs in every ordinary run, others each time in a long one."""
    return settings(
        max_examples=times(short, long),
        derandomize=not IS_LONG,
        deadline=HANGS,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
