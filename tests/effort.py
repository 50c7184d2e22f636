"""How much the searching tests try: a little each time, and much with GRIDPRIO_FUZZ=long (`make fuzz-inputs`)."""

from __future__ import annotations

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings

IS_LONG = os.environ.get("GRIDPRIO_FUZZ") == "long"
HANGS = timedelta(seconds=10)
"""An input that takes longer is a fault of its reader."""


def times(short: int, long: int) -> int:
    return long if IS_LONG else short


def fuzzed(short: int, long: int) -> settings:
    """Settings of a fuzzed reader: the same inputs in every ordinary run, others each time in a long one."""
    return settings(
        max_examples=times(short, long),
        derandomize=not IS_LONG,
        deadline=HANGS,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
