"""Compiled code of other sources is dropped; that of these stays."""

from __future__ import annotations

from pathlib import Path

from gridprio.kernels.numba_backend.cached_code import drop_outdated


def test_only_outdated_code_goes(tmp_path: Path) -> None:
    folder = tmp_path / "__pycache__"
    drop_outdated([folder], "one")
    kept = [folder / name for name in ("newton.run-1.py311.nbi", "newton.run-1.py311.1.nbc", "newton.cpython-311.pyc")]
    for path in kept:
        path.touch()
    drop_outdated([folder], "one")
    assert all(path.exists() for path in kept)
    drop_outdated([folder], "two")
    assert [path.exists() for path in kept] == [False, False, True]


def test_a_folder_that_cannot_be_written_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    drop_outdated([tmp_path / "file" / "__pycache__"], "one")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
