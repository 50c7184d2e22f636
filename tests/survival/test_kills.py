"""Killed at any moment, a run leaves a whole one or a refused one, and the next run goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gridprio
from gridprio.cells.disk_cache import CellDiskCache
from tests.effort import times

KILLS = times(8, 60)


@pytest.mark.slow
def test_no_half_written_run_is_taken_for_a_whole_one(tmp_path: Path) -> None:
    program = [sys.executable, str(Path(__file__).parent / "killer.py"), str(tmp_path), str(KILLS), "7"]
    place = {"PYTHONPATH": str(Path(gridprio.__file__).parents[1])}
    done = subprocess.run(program, env={**os.environ, **place}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *kills, last = map(json.loads, done.stdout.splitlines())
    assert len(kills) == KILLS and last["last"] is True
    assert not {name for name in last["left"] if name.startswith("run.")}
    killed = [kill for kill in kills if kill["killed"]]
    assert len(killed) > KILLS // 2
    refused = {kill["whole"] for kill in kills if kill["whole"] is not True}
    assert all("not a folder" in why or "not complete" in why for why in refused), refused
    assert CellDiskCache(tmp_path / "cells", "any").refused[0].code == "cells.other_version"
    assert all(
        name in ("cells", "reference", "run", "run.lock", "run.partial") or name.startswith("run.old-")
        for kill in kills
        for name in kill["left"]
    )
