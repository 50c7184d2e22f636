"""How soon the command line is there."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import gridprio

MOST_SECONDS = 0.3
HEAVY = ("numpy", "pandas", "numba", "pyarrow", "scipy", "pandapower", "plotly", "babel", "xlsxwriter")


def start(*program: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(Path(gridprio.__file__).parents[1])}
    return subprocess.run([sys.executable, *program], capture_output=True, text=True, check=True, env=env)


def test_help_takes_less_than_a_third_of_a_second_of_a_processor() -> None:
    start("-m", "gridprio", "--help")  # compiled files are written once
    found = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "headroom" in start("-m", "gridprio", "--help").stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(found) < MOST_SECONDS


def test_the_command_line_imports_nothing_heavy() -> None:
    loaded = start("-c", "import sys, gridprio.cli.app; print(*sys.modules)").stdout.split()
    assert set(HEAVY) & set(loaded) == set()
