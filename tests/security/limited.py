"""Commands of gridprio in a process of their own with limits on time and memory, as a user would start them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
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

    def limit() -> None:
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))

    program = [sys.executable, "-m", "gridprio", *map(str, arguments)]
    place = {"PYTHONPATH": str(Path(gridprio.__file__).parents[1]), "COLUMNS": "400"}
    with (cwd / "out.txt").open("w+") as out, (cwd / "errors.txt").open("w+") as errors:
        process = subprocess.Popen(
            program, cwd=cwd, env={**os.environ, **place}, stdout=out, stderr=errors, preexec_fn=limit
        )
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > end:
                process.kill()
                process.wait()
                raise subprocess.TimeoutExpired(program, PATIENCE_SECONDS)
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [file.seek(0) or file.read() for file in (out, errors)]
    return Ended(process.returncode, *texts, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


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
