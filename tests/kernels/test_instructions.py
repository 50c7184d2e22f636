"""The kernels do not become slower unseen: instructions per load flow against the stored figures."""

from __future__ import annotations

import json

import pytest
from benches import instructions


@pytest.mark.slow
@pytest.mark.skipif(bool(instructions.missing_tools()), reason=f"callgrind: {instructions.missing_tools()}")
def test_instructions_per_load_flow_are_as_stored() -> None:
    found = {count.suite: (count.verdict, count.per_load_flow, count.stored) for count in instructions.counts()}
    assert set(found) == set(json.loads(instructions.STORED.read_text()))
    wrong = {suite: row for suite, row in found.items() if row[0] != "as stored"}
    assert not wrong, f"{wrong}; `make bench-instructions UPDATE=1` stores what is meant"


@pytest.mark.parametrize(
    ("now", "failed", "verdict"),
    [(109, 0, "as stored"), (111, 0, "slower"), (89, 0, "faster"), (100, 1, "1 load flows failed")],
)
def test_verdict(now: float, failed: int, verdict: str) -> None:
    assert instructions.Count("s", now, failed, 100.0).verdict.startswith(verdict)
