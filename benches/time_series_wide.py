"""Many hours on one topology: every load drawn apart between 60 % and 105 % of its own value."""

from __future__ import annotations

from collections.abc import Iterator

from benches import time_series
from benches.registry import Case, Options

LOW, HIGH = 0.6, 1.05


def cases(options: Options) -> Iterator[Case]:
    return time_series.cases(options, LOW, HIGH)
