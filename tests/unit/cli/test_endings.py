"""How commands end that cannot do what they were asked: in words, never with a traceback."""

from __future__ import annotations

import builtins
import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

import gridprio
import gridprio.errors
from gridprio.cli.guard import guarded
from gridprio.text import sentence

ORIGIN = Path(__file__).parents[2] / "cases" / "one_crew"


def ended(capsys: pytest.CaptureFixture[str], error: BaseException) -> tuple[int, str]:
    def command() -> None:
        raise error

    with pytest.raises(typer.Exit) as exit_:
        guarded(command)()
    return exit_.value.exit_code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x/out.csv"), 4, "/x/out.csv: No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 4, "/x: Permission denied"),
        (MemoryError(), 5, "not enough memory"),
        (gridprio.errors.CalculationError("project p1: overflow\x1b[31m"), 5, "project p1: overflow\\u001b[31m"),
        (gridprio.errors.InputError("a[/]b"), 2, "a[/]b"),
    ],
)
def test_errors_end_in_words(capsys: pytest.CaptureFixture[str], error: Exception, code: int, words: str) -> None:
    found, said = ended(capsys, error)
    assert found == code and words in " ".join(said.split()) and "Traceback" not in said


@pytest.mark.parametrize(("language", "words"), [("nl", "Fout: /r is beschadigd"), ("en", "Error: /r is damaged")])
def test_errors_are_said_in_the_language_that_is_asked_for(
    capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    def command(study: str, language: str) -> None:
        raise gridprio.errors.StoreError(sentence("store.damaged", file=study))

    with pytest.raises(typer.Exit):
        guarded(command)(study="/r", language=language)
    assert words in capsys.readouterr().err


def test_thousands_of_problems_are_not_all_printed(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [gridprio.errors.Problem("a.csv", row, "x", "wrong") for row in range(5000)]
    code, said = ended(capsys, gridprio.errors.InputError(problems))
    assert code == 2 and said.count("wrong") == 200 and "4,800 more" in said


@pytest.mark.slow
def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    place = {"PYTHONPATH": str(Path(gridprio.__file__).parents[1])}
    reading, writing = os.pipe()
    program = [sys.executable, "-m", "gridprio", "check", str(ORIGIN), "--json"]
    process = subprocess.Popen(program, stdout=writing, stderr=subprocess.PIPE, text=True, env={**os.environ, **place})
    os.close(reading)
    os.close(writing)
    _, errors = process.communicate()
    assert errors == "" and process.returncode in (0, 1)


def test_a_missing_peer_is_named(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("lightsim2grid"):
            raise ModuleNotFoundError(f"No module named {name!r}", name="lightsim2grid")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    result = invoke("bench", "outages", "--peers", "--grid", "case118", "--scale", "0.01", "--repeats", "1")
    assert result.exit_code == 2 and "lightsim2grid is not installed" in result.stderr


def test_debug_says_what_lies_behind(invoke: Any, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("[study]\nname='x'\n")
    (tmp_path / "municipalities.geojson").write_text("{")
    result = invoke("--debug", "check", tmp_path)
    assert result.exit_code == 2 and "municipalities.geojson" in result.stdout


def test_version(invoke: Any) -> None:
    result = invoke("--version")
    assert result.exit_code == 0 and result.stdout == f"gridprio {gridprio.__version__}\n"
