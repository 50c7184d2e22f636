"""Instructions per load flow under callgrind, held against the figures in `instructions.json`.

Seconds on a shared machine say little; instructions repeat to the last few. `python -m benches.instructions` compares,
`--update` stores. Valgrind knows no AVX-512, so the AVX2 kernels are counted.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
STORED = Path(__file__).with_name("instructions.json")
EXAMPLE = "instructions"
SUITES = ("time_series", "time_series_radial", "time_series_wide", "outages", "hours_outages")
LEVEL = "avx2"
ROOM = 0.10
"""A count this much above the stored one is a step back; so much below, the stored one is out of date."""


@dataclass(frozen=True)
class Count:
    suite: str
    per_load_flow: float
    failed: int
    """load flows that did not converge"""
    stored: float | None

    @property
    def ratio(self) -> float | None:
        return None if self.stored is None else self.per_load_flow / self.stored

    @property
    def verdict(self) -> str:
        if self.failed:
            return f"{self.failed} load flows failed"
        if self.ratio is None:
            return "nothing is stored"
        if self.ratio > 1 + ROOM:
            return "slower than stored"
        return "faster than stored: store the new figure" if self.ratio < 1 - ROOM else "as stored"


def missing_tools() -> str:
    """What is not here, in words; empty where counting is possible."""
    absent = [name for name in ("cargo", "valgrind") if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


def counts() -> Iterator[Count]:
    """Builds the example and counts every suite.

    With the features of the whole workspace, as `make extension` and `cargo test` build: with those of one crate alone
    cargo compiles everything below it once more.
    """
    build = ("cargo", "build", "--release", "--quiet", "--workspace", "--example", EXAMPLE)
    subprocess.run(build, cwd=ROOT, check=True)
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.is_file() else {}
    for suite in SUITES:
        total, cases, failed = _callgrind(suite)
        yield Count(suite, total / cases, failed, stored.get(suite))


def _callgrind(suite: str) -> tuple[int, int, int]:
    """Instructions, load flows, load flows that failed."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    options = ("--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted*")
    done = subprocess.run(
        ["valgrind", *options, str(target / "release" / "examples" / EXAMPLE), suite],
        env=os.environ | {"GRIDPRIO_SIMD": LEVEL},
        capture_output=True,
        text=True,
        check=False,
    )
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or collected is None:
        raise RuntimeError(f"callgrind on {suite} ended with {done.returncode}: {done.stderr[-2000:]}")
    cases, failed = map(int, done.stdout.split())
    return int(collected.group(1)), cases, failed


def main() -> int:
    if reason := missing_tools():
        sys.stderr.write(f"instructions cannot be counted, {reason}\n")
        return 3
    found = list(counts())
    for count in found:
        ratio = "" if count.ratio is None else f"{count.ratio:6.3f} of the stored {count.stored:.0f}"
        sys.stdout.write(f"{count.suite:20} {count.per_load_flow:10.0f} {ratio}  {count.verdict}\n")
    if "--update" in sys.argv[1:]:
        figures = {count.suite: round(count.per_load_flow) for count in found}
        STORED.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        return 0
    return int(any(count.verdict != "as stored" for count in found))


if __name__ == "__main__":
    sys.exit(main())
