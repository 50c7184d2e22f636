"""How soon the command line is there."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import gridprio

MOST = 2.0
"""Times what importing Typer and Rich takes."""
HEAVY = ("numpy", "pandas", "numba", "pyarrow", "scipy", "pandapower", "plotly", "babel", "xlsxwriter")


def start(*program: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(Path(gridprio.__file__).parents[1])}
    return subprocess.run([sys.executable, *program], capture_output=True, text=True, check=True, env=env)


def seconds(*program: str) -> float:
    """Of a processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start(*program)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_takes_less_than_twice_what_its_libraries_take() -> None:
    assert "headroom" in start("-m", "gridprio", "--help").stdout  # compiled files are written once
    runs = [(seconds("-m", "gridprio", "--help"), seconds("-c", "import typer.rich_utils")) for _ in range(3)]
    ours, theirs = map(min, zip(*runs, strict=True))
    assert ours < MOST * theirs


def test_the_command_line_imports_nothing_heavy() -> None:
    loaded = start("-c", "import sys, gridprio.cli.app; print(*sys.modules)").stdout.split()
    assert set(HEAVY) & set(loaded) == set()
