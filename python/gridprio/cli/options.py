"""Arguments that several commands share, and what they are turned into."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridprio.cli.spoken import name
from gridprio.errors import InputError, Problem

if TYPE_CHECKING:
    from gridprio.inputs import Study


class Backend(StrEnum):
    AUTO = "auto"
    RUST = "rust"
    NUMBA = "numba"
    REFERENCE = "reference"


class Speech(StrEnum):
    NL = "nl"
    EN = "en"


StudyArgument = Annotated[Path, typer.Argument(metavar="STUDY", help="Study folder or workbook (.xlsx).")]
BackendOption = Annotated[Backend, typer.Option("--backend", help="Who computes; auto takes the fastest present.")]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Threads; results do not depend on it.", show_default="all cores")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the study; may be given more than once."),
]
CellsOption = Annotated[
    Path | None,
    typer.Option("--cells", help="Folder of cells that runs share.", show_default=".gridprio/cells beside the study"),
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="Dask scheduler (tls://HOST:8786) that computes cells, or local:N.",
        show_default="this process",
    ),
]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Simulate every cell anew and keep none.")]
LanguageOption = Annotated[
    Speech | None, typer.Option("--language", help="Language of what is printed.", show_default="that of the study")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def threads_or_all(threads: int | None) -> int:
    return threads or usable_cores()


def usable_cores() -> int:
    """Cores that this process may use; all of the machine where the system does not say (macOS, Windows)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cells_folder(study: Study, given: Path | None, fresh: bool) -> Path | None:
    """Where cells are kept: as given, else beside the study; None when the user wants every cell anew."""
    return None if fresh else given or study.folder / ".gridprio" / "cells"


def read_study_with(path: Path, pairs: Sequence[str] | None) -> Study:
    """The study with the settings of `--set`; InputError holds every problem of the study, then those of the pairs."""
    from gridprio.inputs import inspect_study
    from gridprio.inputs.read import changed_settings

    study, found = inspect_study(path)
    if study is not None:
        name(study.settings.language)
    if found or study is None:
        raise InputError(found)
    changes: dict[str, object] = {}
    problems = []
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            problems.append(Problem("--set", None, None, "not a setting", found=repr(pair), expected="key=value"))
        changes[key.strip()] = value.strip()
    if problems:
        raise InputError(problems)
    if changes:
        study = changed_settings(study, changes, "--set")
        name(study.settings.language)
    return study
