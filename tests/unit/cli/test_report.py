"""gridprio report: every form is made from the run folder alone and its path is printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.unit.exchange.conftest import made_run


def test_forms_of_a_run(invoke: Any, tmp_path: Path) -> None:
    run = made_run(tmp_path).folder
    done = invoke("report", run, "--to", "workbook", "--to", "geojson")
    assert done.exit_code == 0, done.stderr
    paths = [Path(line) for line in done.stdout.splitlines()]
    assert [path.name for path in paths[:2]] == ["results.xlsx", "map_stations.geojson"]
    assert all(path.exists() for path in paths) and not (run / "index.html").exists()


def test_what_is_wrong_with_a_run_is_said_in_dutch(invoke: Any, tmp_path: Path) -> None:
    said = {language: invoke("report", tmp_path, "--language", language) for language in ("nl", "en")}
    assert [done.exit_code for done in said.values()] == [4, 4]
    assert "Fout: " in said["nl"].stderr and "Error: " in said["en"].stderr
