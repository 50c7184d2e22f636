"""How much the searching tests try: a little each time, and much with GRIDPRIO_FUZZ=long (`make fuzz-inputs`)."""

from __future__ import annotations

import os

IS_LONG = os.environ.get("GRIDPRIO_FUZZ") == "long"


def times(short: int, long: int) -> int:
    return long if IS_LONG else short
