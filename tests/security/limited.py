"""Commands of gridprio in a process of their own with limits on time and memory, as a user would start them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gridprio

MEMORY_BYTES = 2_000_000_000
SECONDS = 10.0
"""Of processor time of the command; the time on the clock depends on who else works on the machine."""
PATIENCE_SECONDS = 60.0
"""On the clock: a command that waits for a pipe uses no processor time."""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    errors: str
    cpu_seconds: float
    peak_bytes: int

    @property
    def text(self) -> str:
        return self.out + self.errors


def gridprio_command(*arguments: str | Path, cwd: Path, **limits: int) -> Ended:
    """How `gridprio ARGUMENTS` ended; TimeoutExpired where it hangs. `limits`: of `resource`, such as RLIMIT_FSIZE."""
    starter = _starter()
    assert starter.stdin and starter.stdout
    order = {"arguments": [str(argument) for argument in arguments], "cwd": str(cwd), "limits": limits}
    starter.stdin.write(json.dumps({**order, "patience_seconds": PATIENCE_SECONDS}) + "\n")
    starter.stdin.flush()
    ended = json.loads(starter.stdout.readline())
    if ended["code"] is None:
        raise subprocess.TimeoutExpired(order["arguments"], PATIENCE_SECONDS)
    texts = [(cwd / name).read_text() for name in ("out.txt", "errors.txt")]
    return Ended(ended["code"], *texts, ended["cpu_seconds"], ended["peak_bytes"])


@cache
def _starter() -> subprocess.Popen[str]:
    """Forks every command from one process that has imported the libraries: a start of its own costs two seconds."""
    place = {"PYTHONPATH": str(Path(gridprio.__file__).parents[1]), "COLUMNS": "400"}
    program = [sys.executable, str(Path(__file__).parent / "starter.py")]
    return subprocess.Popen(
        program, env={**os.environ, **place}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def assert_refused(ended: Ended, *words: str) -> None:
    """An input error in words, within the limits."""
    assert ended.code == 2, ended.text
    assert_civil(ended)
    for word in words:
        assert word in ended.text


def assert_civil(ended: Ended) -> None:
    """No traceback, no warning of a library, and within the limits."""
    assert "Traceback" not in ended.text and "Warning:" not in ended.text, ended.text
    assert ended.code in (0, 2, 3, 4, 5), ended.text
    assert ended.cpu_seconds < SECONDS and ended.peak_bytes < MEMORY_BYTES, (ended.cpu_seconds, ended.peak_bytes)
