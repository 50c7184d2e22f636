from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gridprio
from gridprio.cli import escape_what_cannot_be_written
from tests.unit.cli.conftest import WITHOUT_OUTAGES

PACKAGE = Path(gridprio.__file__).parents[1]
GRID = ("simbench:1-HV-mixed--2-no_sw", "pandapower:case24_ieee_rts")


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=environment, timeout=60)


@pytest.mark.slow
def test_check_of_a_good_study(invoke, write_study):
    result = invoke("check", write_study({"study.toml": [GRID, WITHOUT_OUTAGES]}))
    assert result.exit_code == 0 and result.stdout.startswith("No problems.")


def test_check_names_every_problem(invoke, write_study):
    folder = write_study(
        {
            "loads.csv": [("20.5", "[bold]much"), ("l2,s2", "l2,s9")],
            "study.toml": [
                ("bindingness", "bindingnes"),
                ("simbench:1-HV-mixed--2-no_sw", "pandapower:case24_ieee_rts"),
            ],
        }
    )
    result = invoke("check", folder)
    assert result.exit_code == 2
    assert "3 problems in the input" in result.stdout
    assert "row 2, p_mw: not readable; found '[bold]much'; expected a number" in result.stdout
    assert "row 3, station_id" in result.stdout and "Did you mean 'bindingness'?" in result.stdout
    as_json = json.loads(invoke("check", folder, "--json").stdout)
    assert {(entry["file"], entry["row"]) for entry in as_json} == {
        ("loads.csv", 2),
        ("loads.csv", 3),
        ("study.toml", 9),
    }


def test_check_looks_into_the_grid(invoke, write_study):
    grid = [("simbench:1-HV-mixed--2-no_sw", "pandapower:case14")]
    result = invoke("check", write_study({"study.toml": grid}))
    assert result.exit_code == 2
    assert "stations.csv" in result.stdout
    assert [f"row 3, buses: not a bus of the grid; found {bus}" in result.stdout for bus in (14, 15)] == [True, True]
    result = invoke("check", write_study({"study.toml": [("simbench:1-HV-mixed--2-no_sw", "pandapower:case15")]}))
    assert result.exit_code == 2 and "case15" in result.stdout


def test_check_looks_at_changes_beside_the_grid(invoke, write_study):
    changes = {
        "study.toml": [("simbench:1-HV-mixed--2-no_sw", "pandapower:case24_ieee_rts")],
        "project_changes.csv": [("line:3", "line:900"), ("14,NAYY 4x50 SE,3.2", "14,NAYY 5x50 SE,")],
    }
    found = json.loads(invoke("check", write_study(changes), "--json").stdout)
    places = [(entry["file"], entry["row"], entry["column"]) for entry in found]
    assert ("project_changes.csv", 3, "element") in places and ("project_changes.csv", 2, "std_type") in places
    assert places.count(("project_changes.csv", 2, "length_km")) == 1


def test_check_speaks_the_language_of_the_study(invoke, write_study):
    changes = {
        "study.toml": [
            ('language = "en"\n', ""),
            ("simbench:1-HV-mixed--2-no_sw", "pandapower:case24_ieee_rts"),
        ],
        "loads.csv": [("20.5", "x")],
    }
    folder = write_study(changes)
    assert "in de invoer" in invoke("check", folder).stdout  # as its page: Dutch where it names none
    assert "in the input" in invoke("check", folder, "--language", "en").stdout
    assert "in de invoer" in invoke("run", folder).stderr
    assert "in the input" in invoke("run", folder, "--language", "en").stderr
    assert "does not exist" in invoke("run", folder.parent / "elsewhere").stderr  # nothing says another language


def test_check_speaks_dutch(invoke, write_study):
    grid = [("simbench:1-HV-mixed--2-no_sw", "pandapower:case24_ieee_rts")]
    changes = {"loads.csv": [("20.5", "20.5 MW")], "growth.csv": [("2035,1.2", "2035,102")], "study.toml": grid}
    folder = write_study(changes)
    said = " ".join(invoke("check", folder, "--language", "nl").stdout.split())
    assert "1 probleem in de invoer" in said and "rij 2, p_mw: niet te lezen; gevonden '20.5 MW'" in said
    assert "verwacht een getal zonder scheidingsteken" in said
    assert "1 waarschuwing" in said and "staat er een percentage?" in said
    result = invoke("run", folder, "--language", "nl")
    assert result.exit_code == 2 and "1 probleem in de invoer" in result.stderr


@pytest.mark.slow
def test_warnings_do_not_fail_a_check(invoke, write_study):
    folder = write_study({"study.toml": [GRID, WITHOUT_OUTAGES], "growth.csv": [("2035,1.2", "2035,102")]})
    result = invoke("check", folder)
    assert result.exit_code == 0 and result.stdout.startswith("No problems.") and "is it a percentage?" in result.stdout
    listed = json.loads(invoke("check", folder, "--json").stdout)
    assert ("warning", "warning.growth_percent", "growth.csv", 3) in [
        (entry["kind"], entry["code"], entry["file"], entry["row"]) for entry in listed
    ]


def test_check_of_nothing(invoke, tmp_path):
    result = invoke("check", tmp_path / "nowhere")
    assert result.exit_code == 2 and "does not exist" in result.stdout


def test_info(invoke):
    found = json.loads(invoke("info", "--json").stdout)
    assert found["versions"]["gridprio"] == gridprio.__version__
    assert found["backends"]["reference"] == "present"
    assert int(found["machine"]["threads"]) >= 1
    assert "gridprio" in invoke("info").stdout


def test_start_is_light():
    """Help must not wait for what only a computation needs."""
    code = (
        "import sys\n"
        "from gridprio.cli.app import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'pandas', 'pandapower', 'numba', 'numpy', 'scipy', 'pyarrow', 'duckdb', 'plotly', 'pydantic'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )
    result = python("-c", code)
    assert "HEAVY []" in result.stdout, result.stdout + result.stderr


def test_module_entry_and_unknown_command():
    assert "run" in python("-m", "gridprio", "--help").stdout
    assert python("-m", "gridprio", "runn").returncode == 2


def test_an_output_that_lacks_a_character_gets_its_code(monkeypatch):
    """As cp1252 does, which Windows gives to an output that is a file."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252"))
    escape_what_cannot_be_written()
    print("≥ 5 €", flush=True)  # noqa: T201
    assert written.getvalue().decode("cp1252").strip() == "\\u2265 5 €"


def test_check_says_the_base_case(invoke):
    one_crew = Path(__file__).parents[2] / "cases" / "one_crew"
    said = invoke("check", one_crew, "--language", "en").stdout
    assert "63 %" in said and "transformer T1 (150/10 kV, Station 1)" in said
    listed = json.loads(invoke("check", one_crew, "--json", "--language", "nl").stdout)
    (base_case,) = [entry for entry in listed if entry["kind"] == "base_case"]
    assert base_case["code"] == "base_case.loading" and "transformator T1 (150/10 kV, Station 1)" in base_case["what"]
