"""Starts runs of a small study and kills them at random moments; a program of its own: `killer.py FOLDER KILLS SEED`.

Every run is a child that is forked warm, so that moments are spread over the run and not over its imports. Half of the
kills fall into the whole run, half into the stage in which tables are written and put in place. Prints one JSON line
per kill: what stands in the folders after it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
import warnings
from pathlib import Path

import gridprio
from gridprio.errors import StoreError
from gridprio.store import read_run

STUDY = Path(__file__).parents[1] / "cases" / "one_crew"


def main(folder: Path, kills: int, seed: int) -> None:
    study = gridprio.read_study(STUDY)
    _run(study, folder / "reference", None)
    whole = _killed(study, folder, in_writing=False, after=600.0)["spent"]
    expected = _tables(folder / "reference")
    rng = random.Random(seed)
    writing = _killed(study, folder, in_writing=True, after=60.0)["spent"]
    for number in range(kills):
        in_writing = number % 2 == 1
        after = rng.uniform(0, writing if in_writing else whole)
        found = _killed(study, folder, in_writing=in_writing, after=after)
        _say({**found, "whole": _is_whole(folder / "run", expected), "left": _left(folder)})
        if number % 4 == 0:
            shutil.rmtree(folder / "cells", ignore_errors=True)
    _run(study, folder / "run", folder / "cells")
    _say({"last": _is_whole(folder / "run", expected), "left": _left(folder)})


def _say(found: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def _run(study: gridprio.Study, out: Path, cells: Path | None, told: int | None = None) -> None:
    def progress(stage: str, part: float) -> None:
        if told is not None and stage == "write" and part == 0.0:
            os.write(told, b"w")

    gridprio.run_study(study, out, "auto", 1, progress, cells)


def _killed(study: gridprio.Study, folder: Path, *, in_writing: bool, after: float) -> dict[str, float]:
    """One run that is killed `after` seconds, counted from its start or from the stage of writing."""
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _run(study, folder / "run", folder / "cells", told)
        finally:
            os._exit(0)
    os.close(told)
    if in_writing:
        os.read(ready, 1)  # ends too when the child does
    began = time.monotonic()
    while time.monotonic() < began + after and not os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        time.sleep(0.0005)
    spent = time.monotonic() - began
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(ready)
    return {"in_writing": in_writing, "after": after, "spent": spent, "killed": os.WIFSIGNALED(status)}


def _tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


def _is_whole(folder: Path, expected: dict[str, bytes]) -> bool | str:
    """True for a whole run, equal to an undisturbed one; else why it is refused. An unequal one is an error."""
    try:
        run = read_run(folder)
        for name in run.tables:
            getattr(run, name)
    except StoreError as error:
        return str(error)
    assert _tables(folder) == expected, "a run that is no run was taken for one"
    return True


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # of forking beside the threads of libraries
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
