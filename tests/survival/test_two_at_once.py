"""Two runs on one folder, or on one folder of kept cells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import gridprio
from gridprio.errors import StoreError
from gridprio.inputs import read_study
from gridprio.store import RunWriter, read_run
from gridprio.store.whole import claim, put_in_place, release

ORIGIN = Path(__file__).parents[1] / "cases" / "one_crew"


@pytest.mark.slow
def test_one_folder_one_folder_of_cells(tmp_path: Path) -> None:
    """One of two that write one folder waits for nobody: it is refused. Others share the cells."""
    place = {"PYTHONPATH": str(Path(gridprio.__file__).parents[1])}
    outs = ("same", "same", "other")
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "gridprio", "run", str(ORIGIN), "--out", out, "--cells", "cells",
             "--language", "en", "--threads", "1", "--set", "search_orders=0", "--set", "hours_per_month=2"],
            cwd=tmp_path, env={**os.environ, **place}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for out in outs
    ]  # fmt: skip
    ended = [process.communicate() for process in started]
    codes = [process.returncode for process in started]
    assert codes[2] == 0 and sorted(codes[:2]) in ([0, 0], [0, 4]), ended
    for code, (_, errors) in zip(codes, ended, strict=True):
        assert "Traceback" not in errors
        assert code == 0 or "another run is writing" in errors
    runs = [read_run(tmp_path / out) for out in ("same", "other")]
    for name in runs[0].tables:
        assert len({(run.folder / f"{name}.parquet").read_bytes() for run in runs}) == 1
    assert not [path for path in (tmp_path / "cells").iterdir() if path.suffix != ".npz"]
    assert {path.name for path in tmp_path.iterdir()} == {"same", "other", "cells"}


def test_many_that_claim_and_move_never_share(tmp_path: Path) -> None:
    """Whoever holds the lock is alone until its folder is in place; no file of the lock is left."""
    inside, seen, finished = 0, 0, []
    guard = threading.Lock()

    def work(number: int) -> None:
        nonlocal inside, seen
        for turn in range(10):
            lock = None
            while lock is None:
                try:
                    lock = claim(tmp_path / "run")
                except StoreError as error:
                    assert "another run is writing" in str(error)
                    time.sleep(0.001)
            with guard:
                inside += 1
                seen = max(seen, inside)
            (tmp_path / "run.partial").mkdir()
            (tmp_path / "run.partial" / "who").write_text(json.dumps([number, turn]))
            assert json.loads((tmp_path / "run.partial" / "who").read_text()) == [number, turn]
            put_in_place(tmp_path / "run.partial", tmp_path / "run")
            with guard:
                inside -= 1
            release(lock)
            finished.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == 1 and len(finished) == 40
    assert {path.name for path in tmp_path.iterdir()} == {"run"}


def test_a_folder_that_is_written_holds_no_open_file(tmp_path: Path) -> None:
    """Windows renames no folder with an open file in it, so the lock lies beside the folder."""
    study = read_study(ORIGIN)
    for _ in range(2):
        with RunWriter(tmp_path / "run", study, backend="reference", threads=1) as writer:
            opened = {path.resolve() for path in Path("/proc/self/fd").iterdir() if path.exists()}
            assert tmp_path / "run.lock" in opened
            assert not [path for path in opened if path.is_relative_to(writer.partial)]
            with pytest.raises(StoreError, match="another run is writing"):
                RunWriter(tmp_path / "run", study, backend="reference", threads=1)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
