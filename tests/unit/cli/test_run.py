from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import gridprio
from gridprio.cli.run import effects_table
from gridprio.errors import BackendError, InputError, Problem, StoreError
from gridprio.report.answer import answer
from tests.synthetic_run import make_run


def test_run_prints_the_answer_and_the_page(invoke, asked, write_study, tmp_path):
    result = invoke("run", write_study(), "--out", tmp_path / "out", "--backend", "reference", "--threads", 3)
    assert result.exit_code == 0, result.output
    assert (asked[0].backend, asked[0].threads, asked[0].out) == ("reference", 3, tmp_path / "out")
    assert "FICTIONAL" in result.stdout and "Status" in result.stdout
    assert "with minus without status" in result.stdout and "half of the draws: Line West." in result.stdout
    assert result.stdout.strip().endswith(str(tmp_path / "out" / "index.html"))
    assert (tmp_path / "out" / "index.html").stat().st_size > 1000


def test_default_folder_is_called_after_the_study(invoke, asked, write_study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert invoke("run", write_study()).exit_code == 0
    assert (tmp_path / "runs" / "small" / "manifest.json").exists()
    assert asked[0].threads >= 1 and asked[0].backend == "auto"


def test_settings_of_the_command_line(invoke, asked, write_study, tmp_path):
    sets = ("--set", "bindingness=0,8", "--set", "draws = 3", "--set", "language=en", "--set", "scenarios=high low")
    result = invoke("run", write_study(), "--out", tmp_path / "out", *sets)
    assert result.exit_code == 0, result.output
    settings = asked[0].study.settings
    assert (settings.bindingness, settings.draws, settings.scenarios) == (0.8, 3, ("high", "low"))
    assert "with minus without status" in result.stdout and "FICTIONAL" in result.stdout


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("bindingnes=0.8", "Did you mean 'bindingness'?"),
        ("bindingness=2", "at most 1"),
        ("bindingness", "key=value"),
        ("draws=many", "a whole number"),
        ("draws=", "found nothing; expected a whole number"),
        ("rule=lottery", "one of head_start, tiers, reserved_share"),
        ("drivers=war", "not in table drivers"),
    ],
)
def test_wrong_settings_end_with_2(invoke, asked, write_study, tmp_path, pair, words):
    result = invoke("run", write_study(), "--out", tmp_path / "out", "--set", pair)
    assert result.exit_code == 2 and asked == []
    assert "--set" in result.stderr and words in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr and not (tmp_path / "out").exists()


def test_json(invoke, asked, write_study, tmp_path):
    result = invoke("run", write_study(), "--out", tmp_path / "out", "--json")
    found = json.loads(result.stdout)
    assert found["run"] == str(tmp_path / "out") and found["manifest"]["status"] == "complete"
    assert {"nl", "en"} <= set(found["answer"]["headline"])
    assert found["tables"]["plan"].endswith("plan.parquet")
    assert found["answer"]["rows"][0]["metric"]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InputError([Problem("grid.json", None, "bus", "no such bus", found="99")]), 2, "no such bus; found 99"),
        (BackendError("backend rust is not available"), 3, "backend rust is not available"),
        (StoreError("disk is full"), 4, "disk is full"),
        (ValueError("odd [red]"), 70, "Internal error: ValueError: odd [red]"),
        (KeyboardInterrupt(), 130, "Stopped."),
    ],
)
def test_errors_end_with_their_code_and_the_folder_says_so(invoke, failing, write_study, tmp_path, error, code, words):
    failing(error)
    result = invoke("run", write_study(), "--out", tmp_path / "out")
    assert result.exit_code == code
    assert words in result.stderr
    assert ("Traceback" in result.stderr) == (code == 70)
    assert ("Report it" in result.stderr) == (code == 70)
    assert "Stage reached: cells" in (tmp_path / "out" / "INTERRUPTED").read_text()


def test_a_folder_of_somebody_else_is_left_alone(invoke, asked, write_study, tmp_path):
    folder = write_study()
    result = invoke("run", folder, "--out", folder)
    assert result.exit_code == 4 and "is not a run of gridprio" in result.stderr
    assert (folder / "study.toml").exists()


@pytest.mark.slow
def test_report_makes_the_page_again(invoke, asked, write_study, tmp_path):
    invoke("run", write_study(), "--out", tmp_path / "out")
    page = tmp_path / "out" / "index.html"
    before = page.read_bytes()
    page.unlink()
    result = invoke("report", tmp_path / "out")
    assert result.exit_code == 0 and result.stdout.strip() == str(page)
    assert page.read_bytes() == before
    assert invoke("report", tmp_path / "nowhere").exit_code == 4


def test_help_of_run_lists_every_setting(invoke):
    from gridprio.inputs.settings import Settings

    text = invoke("run", "--help").stdout
    assert [name for name in Settings.model_fields if name not in text] == []
    assert "[settings]" in text


SLEEPER = """
import sys, time
from types import SimpleNamespace
from gridprio.store import RunWriter

def run_study(study, out, backend, threads, progress, **others):
    with RunWriter(out, study, backend=backend, threads=threads, progress=progress) as writer, writer.stage("cells"):
        print("ready", flush=True)
        time.sleep(60)

sys.modules["gridprio.pipeline.run"] = SimpleNamespace(run_study=run_study)
sys.argv = ["gridprio", "run", *sys.argv[1:]]
from gridprio.cli import main
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_leave_a_folder_that_says_so(write_study, tmp_path, number, code):
    environment = {**os.environ, "PYTHONPATH": str(Path(gridprio.__file__).parents[1])}
    command = [sys.executable, "-c", SLEEPER, str(write_study()), "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        process.communicate(timeout=30)
    assert process.returncode == code
    assert "Stage reached: cells" in (tmp_path / "out" / "INTERRUPTED").read_text()


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_reads_line_by_line(width):
    from rich.console import Console

    console = Console(width=width, record=True, file=io.StringIO())
    console.print(effects_table(answer(make_run()), "nl"))
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert sum("▼ −80 (−110 tot −60)" in line and line.endswith("gunstiger") for line in lines) == 1
    assert sum(line.startswith("Wachten op invoeding") and line.endswith("geen meetbaar effect") for line in lines) == 1
    assert not any("Wat als" in line for line in lines)


@pytest.mark.slow
def test_cells_are_kept_beside_the_study_unless_asked_otherwise(invoke, asked, write_study, tmp_path):
    study = write_study()
    for options in ((), ("--cells", tmp_path / "shared"), ("--fresh",)):
        assert invoke("run", study, "--out", tmp_path / "out", *options).exit_code == 0
    assert [call.cells for call in asked] == [study / ".gridprio" / "cells", tmp_path / "shared", None]
