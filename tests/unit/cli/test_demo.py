"""gridprio demo: ready studies are copied, named and never written over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gridprio.inputs import read_study
from gridprio.inputs.ready_studies import READY_STUDIES, ready_study_names


def test_a_ready_study_is_written_without_kept_cells(invoke: Any, tmp_path: Path) -> None:
    done = invoke("demo", "fictional-map", "--out", tmp_path / "new")
    assert done.exit_code == 0 and done.stdout == f"{tmp_path / 'new'}\n"
    assert read_study(tmp_path / "new").head.fictional
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        path.name for path in (READY_STUDIES / "fictional-map").iterdir() if path.name != ".gridprio"
    }


def test_what_is_there_is_left_and_unknown_names_are_said(invoke: Any, tmp_path: Path) -> None:
    assert invoke("demo", "fictional-map", "--out", tmp_path).exit_code == 2
    unknown = invoke("demo", "nowhere", "--out", tmp_path / "new")
    assert unknown.exit_code == 2 and all(name in unknown.stderr for name in ready_study_names())


def test_the_help_names_every_ready_study(invoke: Any) -> None:
    said = invoke("demo", "--help").stdout
    assert all(name in said for name in ready_study_names())
