"""A study folder, and a `run_study` that writes a run by hand, so that the commands are tested apart from the rooms."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from gridprio.cli.app import app
from gridprio.store import RunWriter, read_run
from gridprio.text import message
from tests import synthetic_run
from tests.unit.inputs.conftest import write_study  # noqa: F401

WITHOUT_OUTAGES = ("[settings]", "[settings]\nsecurity_min_kv = 1000.0")
"""Replacement in study.toml, where the base case is not what the test is about."""


@pytest.fixture
def invoke() -> Callable[..., Any]:
    """Run a command in this process: the result has exit_code, stdout and stderr."""
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def write_synthetic_run(study: Any, folder: Path, backend: str, threads: int, progress: Any) -> Any:
    made = synthetic_run.make_run()
    with RunWriter(folder, study, backend=backend, threads=threads, progress=progress) as writer:
        with writer.stage("plan"):
            writer.write("plan", made.plan)
        with writer.stage("effect"):
            for name in ("status_effect", "connections", "distribution"):
                writer.write(name, getattr(made, name))
        writer.comparison(established=True, reason="", order="operator")
        writer.message(message("plan.late", projects=["Line West"]))
    return read_run(folder)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What `run_study` was asked; each entry has study, out, backend, threads and the rest."""
    calls: list[Any] = []

    def run_study(
        study: Any, out: Path, backend: str, threads: int, progress: Any, cells: Path | None, **others: Any
    ) -> Any:
        calls.append(SimpleNamespace(study=study, out=out, backend=backend, threads=threads, cells=cells, **others))
        return write_synthetic_run(study, out, backend, threads, progress)

    monkeypatch.setitem(sys.modules, "gridprio.pipeline.run", SimpleNamespace(run_study=run_study))
    return calls


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Make `run_study` end with an error in the middle of a stage."""

    def prepare(error: BaseException) -> None:
        def run_study(
            study: Any, out: Path, backend: str, threads: int, progress: Any, cells: Path | None, **others: Any
        ) -> Any:
            with (
                RunWriter(out, study, backend=backend, threads=threads, progress=progress) as writer,
                writer.stage("cells"),
            ):
                raise error

        monkeypatch.setitem(sys.modules, "gridprio.pipeline.run", SimpleNamespace(run_study=run_study))

    return prepare
