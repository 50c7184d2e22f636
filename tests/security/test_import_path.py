"""Python files beside a study never stand in for libraries, whichever way the command is started."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import gridprio
from tests.effort import IS_LONG

from .studies import CANARY, Attack, PickledCall, module_beside, write_study

pytestmark = pytest.mark.slow

LIBRARIES = ("numpy", "pandas", "pandapower", "networkx", "scipy", "numba", "json", "csv", "typer", "matpower")
SCRIPT = Path(sys.executable).parent / "gridprio"
COMMANDS = ([str(SCRIPT)], [sys.executable, "-m", "gridprio"])
PACKAGE = str(Path(gridprio.__file__).parents[1])


def _shadowed(folder: Path) -> None:
    for name in LIBRARIES:
        module_beside(folder, name)


WAYS = [
    pytest.param(COMMANDS[0], f"{PACKAGE}{os.pathsep}", True, id="gridprio, empty part, in the study"),
    pytest.param(COMMANDS[1], PACKAGE, True, id="python -m, package, in the study"),
]
REST = [
    pytest.param(COMMANDS[1], f"{PACKAGE}{os.pathsep}", False, id="python -m, empty part, beside it"),
    pytest.param(COMMANDS[0], PACKAGE, False, id="gridprio, package, beside it"),
]


@pytest.mark.parametrize(("command", "python_path", "inside"), [*WAYS, *(REST if IS_LONG else ())])
def test_libraries_are_the_installed_ones(tmp_path: Path, command: list[str], python_path: str, inside: bool) -> None:
    write_study(tmp_path / "study", Attack("", _shadowed, ()))
    place = tmp_path / "study" if inside else tmp_path
    done = _check(command, place, "." if inside else "study", python_path)
    assert not (tmp_path / "study" / CANARY).exists()
    assert done.returncode == 0, done.stdout + done.stderr


def test_study_folder_named_by_the_environment(tmp_path: Path) -> None:
    write_study(tmp_path / "study", Attack("", _shadowed, ()))
    study = str(tmp_path / "study")
    program = (
        "import sys; sys.argv = ['gridprio', 'check', sys.argv[1]]; from gridprio.cli import main; "
        "sys.path.insert(0, sys.argv[2]); main()"
    )
    done = _check([sys.executable, "-P", "-c", program], tmp_path, study, PACKAGE)
    assert not (tmp_path / "study" / CANARY).exists()
    assert done.returncode == 0, done.stdout + done.stderr


def test_settings_of_numba_beside_the_study_are_refused(tmp_path: Path) -> None:
    """They can name a folder of pickled functions, which Numba loads."""
    compiled = tmp_path / "compiled"
    write_study(tmp_path / "study", Attack("", lambda folder: None, ()))
    environment = {"NUMBA_CACHE_DIR": str(compiled)}
    assert _check(COMMANDS[0], tmp_path / "study", ".", PACKAGE, environment).returncode == 0
    indices = list(compiled.rglob("*.nbi"))
    assert indices
    for index in indices:
        index.write_bytes(pickle.dumps(PickledCall(tmp_path / CANARY)))
    (tmp_path / "study" / ".numba_config.yaml").write_text(f"cache_dir: {json.dumps(str(compiled))}\n")
    done = _check(COMMANDS[0], tmp_path / "study", ".", PACKAGE)
    assert not (tmp_path / CANARY).exists()
    assert done.returncode == 2
    assert ".numba_config.yaml" in done.stderr


def _check(
    command: list[str], folder: Path, study: str, python_path: str, more: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": python_path, **(more or {})}
    arguments = [*command, "check", study] if command in COMMANDS else [*command, study, study]
    return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True)
