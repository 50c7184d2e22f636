"""A full disk, a folder that may not be written: a clear message, nothing half-written, and the next run goes on."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import gridprio
from gridprio.errors import StoreError
from gridprio.inputs.study import Study
from gridprio.store import RunWriter, read_run
from tests.unit.store.conftest import plan, study

__all__ = ["plan", "study"]

ORIGIN = Path(__file__).parents[1] / "cases" / "one_crew"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own of 512 KB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no right to mount a file system here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.slow
def test_a_full_disk_is_said_and_the_next_run_goes_on(small_disk: Path) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 505_000)
    opened = gridprio.read_study(ORIGIN)
    with pytest.raises(StoreError, match=r"No space left on device.*run again"):
        gridprio.run_study(opened, small_disk / "run", threads=1, cells=small_disk / "cells")
    with pytest.raises(StoreError):
        read_run(small_disk / "run")
    assert not list(small_disk.rglob("*.new"))
    filler.unlink()
    done = gridprio.run_study(opened, small_disk / "run", threads=1)
    assert len(done.plan) and not (small_disk / "run.partial").exists()


WRITES = ("write_bytes", "replace", "rename", "mkdir")


@pytest.mark.parametrize("function", WRITES)
@pytest.mark.parametrize("number", range(6))
def test_whatever_cannot_be_written_is_said(
    tmp_path: Path, study: Study, plan: Any, monkeypatch: pytest.MonkeyPatch, function: str, number: int
) -> None:
    """The disk is full at the first, second, ... write of a kind; before it stood another run."""
    before = RunWriter(tmp_path / "a", study, backend="reference", threads=1)
    with before:
        before.write("plan", plan.iloc[:1])
    calls = 0
    real = getattr(Path, function)

    def full(self: Path, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += tmp_path in self.parents
        if calls > number and tmp_path in self.parents:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, function, full)
    failed = False
    try:
        with RunWriter(tmp_path / "a", study, backend="reference", threads=1) as writer:
            writer.write("plan", plan)
    except StoreError as error:
        failed = True
        assert "No space left on device" in str(error)
    monkeypatch.undo()
    assert failed == (calls > number)
    if (tmp_path / "a").exists():
        assert len(read_run(tmp_path / "a").plan) == (1 if failed else 2)
    with RunWriter(tmp_path / "a", study, backend="reference", threads=1) as writer:
        writer.write("plan", plan)
    assert len(read_run(tmp_path / "a").plan) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"a"}


def test_files_may_not_grow(tmp_path: Path, study: Study, plan: Any) -> None:
    """A limit on the size of files, as a quota gives it, in a process of its own."""
    child = os.fork()
    if child == 0:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500))
        code = 1
        try:
            with RunWriter(tmp_path / "a", study, backend="reference", threads=1) as writer:
                writer.manifest["messages"] = ["long"] * 1000
        except StoreError as error:
            code = 0 if "File too large" in str(error) else 2
        os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    with pytest.raises(StoreError):
        read_run(tmp_path / "a")


@pytest.mark.parametrize("place", ["/proc/run", "/dev/null/run", "/sys/run"])
def test_places_that_cannot_be_written(study: Study, place: str) -> None:
    with pytest.raises(StoreError, match=r"cannot write|is a file"):
        RunWriter(place, study, backend="reference", threads=1)


def test_a_read_only_folder(tmp_path: Path, study: Study) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("no right to mount a file system here")
    try:
        with pytest.raises(StoreError, match="Read-only file system"):
            RunWriter(place / "run", study, backend="reference", threads=1)
    finally:
        subprocess.run(["umount", "-l", place], check=True)


Spoil = Callable[[Path], object]


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE: dict[str, Spoil] = {
    "a flipped bit": _flip,
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-7]),
    "empty": lambda path: path.write_bytes(b""),
    "missing": lambda path: path.unlink(),
    "a folder": _folder,
    "of another run": lambda path: path.write_bytes(b"PAR1" + b"x" * 100),
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", ["plan.parquet", "municipalities.geojson", "manifest.json"])
def test_damage_in_a_run_folder_is_named(tmp_path: Path, study: Study, plan: Any, name: str, how: str) -> None:
    with RunWriter(tmp_path / "a", study, backend="reference", threads=1) as writer:
        writer.write("plan", plan)
    DAMAGE[how](tmp_path / "a" / name)
    with pytest.raises(StoreError) as told:
        opened = read_run(tmp_path / "a")
        _ = opened.plan, opened.municipalities
    assert name in str(told.value) or "not a run of gridprio" in str(told.value)
    if how != "a folder":
        if name == "manifest.json" and "not a run" in str(told.value):
            shutil.rmtree(tmp_path / "a")  # it may be anything, so it is not overwritten
        with RunWriter(tmp_path / "a", study, backend="reference", threads=1) as writer:
            writer.write("plan", plan)
        assert len(read_run(tmp_path / "a").plan) == 2


def test_foreign_files_are_no_tables(tmp_path: Path, study: Study, plan: Any) -> None:
    with RunWriter(tmp_path / "a", study, backend="reference", threads=1) as writer:
        writer.write("plan", plan)
    shutil.copy(tmp_path / "a" / "plan.parquet", tmp_path / "a" / "cells.parquet")
    assert "cells" not in read_run(tmp_path / "a").tables
    (tmp_path / "a" / "manifest.json").write_text('{"product": "another", "status": "complete"}')
    with pytest.raises(StoreError, match="not a run of gridprio"):
        read_run(tmp_path / "a")
