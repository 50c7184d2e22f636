"""The ready studies that come with gridprio, to try and to begin from."""

from __future__ import annotations

import shutil
from pathlib import Path

from gridprio.errors import InputError, Problem
from gridprio.text import sentence

INSTALLED = Path(__file__).parents[1] / "ready_studies"
READY_STUDIES = INSTALLED if INSTALLED.is_dir() else Path(__file__).parents[3] / "data" / "grids"
"""In a wheel a folder of the package, which `make wheel` copies from `data/grids`; in the source tree that itself."""


def ready_study_names() -> list[str]:
    """Names of the ready studies."""
    return sorted(path.parent.name for path in READY_STUDIES.glob("*/study.toml"))


def copy_ready_study(name: str, folder: Path) -> None:
    """Copy a ready study without the cells kept beside it; InputError where `folder` exists or the name is none."""
    if name not in ready_study_names():
        expected = ", ".join(ready_study_names())
        raise InputError(
            [Problem("STUDY", None, None, sentence("problem.no_ready_study"), found=repr(name), expected=expected)]
        )
    if folder.exists():
        raise InputError(sentence("store.there_already", folder=str(folder), option="--out"))
    shutil.copytree(READY_STUDIES / name, folder, ignore=shutil.ignore_patterns(".gridprio"))
