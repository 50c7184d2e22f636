"""No grid file runs, imports, opens or fetches anything, through any door; each is refused by name and place."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import gridprio

from .cgmes_studies import CGMES_ATTACKS
from .studies import ATTACKS, CANARY, HARMLESS, Attack, write_study

pytestmark = pytest.mark.slow

REFUSED = (*ATTACKS, *CGMES_ATTACKS)
DOORS = ("check", "run", "python")
OUTWARD = ("subprocess.", "socket.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "webbrowser.", "urllib.")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Every study opened through every door, in one process of its own."""
    folder = tmp_path_factory.mktemp("attacks")
    plan = []
    for number, attack in enumerate((*REFUSED, *HARMLESS)):
        write_study(folder / str(number), attack)
        _with_quick_profiles(folder / str(number))
        plan.append((attack.name, str(folder / str(number)), attack.modules))
    (folder / "plan.json").write_text(json.dumps(plan))
    program = [sys.executable, str(Path(__file__).parent / "doors.py"), "plan.json", "result.json"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(gridprio.__file__).parents[1]),
        "BROWSER": f"{sys.executable} -c open('{CANARY}','w')",
        "COLUMNS": "500",
    }
    done = subprocess.run(program, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder, json.loads((folder / "result.json").read_text())


def _with_quick_profiles(study: Path) -> None:
    """As Parquet: no attack is in the year of hours, which as CSV would take half the time of every door."""
    as_csv = study / "profiles.csv"
    if as_csv.exists():
        (study / "profiles.parquet").write_bytes(_as_parquet(as_csv.read_text()))
        as_csv.unlink()


@cache
def _as_parquet(csv: str) -> bytes:
    return bytes(pd.read_csv(io.StringIO(csv)).to_parquet(None))


def _effects(attack: Attack, events: list[list[str]]) -> list[list[str]]:
    """Events that the file asked for."""
    return [
        [event, what]
        for event, what in events
        if event.startswith(OUTWARD)
        or (event == "exec" and any(_is_file_of(name, what) for name in attack.modules))
        or (event == "open" and any(what.endswith(file) for file in attack.files))
    ]


def _is_file_of(module: str, path: str) -> bool:
    path_of = "/" + module.replace(".", "/")
    return path.endswith((f"{path_of}.py", f"{path_of}/__init__.py"))


@pytest.mark.parametrize("attack", REFUSED, ids=lambda attack: attack.name)
@pytest.mark.parametrize("door", DOORS)
def test_attack_is_refused_without_effect(opened: tuple[Path, Any], attack: Attack, door: str) -> None:
    answer = opened[1][attack.name][door]
    assert _effects(attack, answer["events"]) == []
    assert answer["code"] == 2, answer["text"]
    for words in attack.says:
        assert words in answer["text"]
    assert "said by the file" not in answer["text"].split("found")[0]


@pytest.mark.parametrize("attack", HARMLESS, ids=lambda attack: attack.name)
@pytest.mark.parametrize("door", DOORS)
def test_passed_over_without_effect(opened: tuple[Path, Any], attack: Attack, door: str) -> None:
    assert _effects(attack, opened[1][attack.name][door]["events"]) == []


def test_no_canary(opened: tuple[Path, Any]) -> None:
    assert [str(path) for path in opened[0].rglob(CANARY)] == []


def test_the_watch_sees(tmp_path: Path) -> None:
    """The canary and the audit hook would show a payload that runs."""
    attack = next(attack for attack in ATTACKS if attack.name == "class beside the study")
    write_study(tmp_path / "0", attack)
    program = (
        "import sys, json; sys.path.insert(0, sys.argv[1]); import doors\n"
        "doors.DOORS.clear(); doors.DOORS['pandapower'] = lambda: __import__('beside_class')\n"
        "from pathlib import Path; doors.main(Path(sys.argv[2]), Path(sys.argv[3]))"
    )
    (tmp_path / "plan.json").write_text(json.dumps([(attack.name, str(tmp_path / "0"), [])]))
    files = [str(tmp_path / "plan.json"), str(tmp_path / "result.json")]
    subprocess.run([sys.executable, "-c", program, str(Path(__file__).parent), *files], check=True)
    answer = json.loads((tmp_path / "result.json").read_text())[attack.name]["pandapower"]
    assert _effects(attack, answer["events"])
    assert (tmp_path / "0" / CANARY).exists()
