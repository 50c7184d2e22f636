"""gridprio seal on a planted study, and the sealed study through the other commands."""

from __future__ import annotations

from pathlib import Path

import pytest

import gridprio

PLANTED = Path(__file__).parents[2] / "cases" / "one_crew"


@pytest.mark.slow
def test_a_sealed_study_is_a_study(invoke, tmp_path):
    sealed = tmp_path / "sealed"
    options = ("--orders", "3", "--withhold", "all", "--cells", tmp_path / "cells", "--threads", "1")
    result = invoke("seal", PLANTED, "--out", sealed, *options)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == str(sealed) and " cellen." in result.stdout
    assert list((tmp_path / "cells").glob("*.npz"))
    assert invoke("check", sealed).exit_code == 0
    assert "vrijgegeven" in invoke("headroom", sealed).stdout
    ran = invoke("run", sealed, "--out", tmp_path / "run", "--fresh", "--threads", "1")
    assert ran.exit_code == 0, ran.output
    assert gridprio.read_run(tmp_path / "run").manifest["cells"]["kind"] == "sealed"
    request = tmp_path / "request.csv"
    asks = ("--skip-missing", "--request", request, "--threads", "1", "--set", "discount_rate=0.02")
    assert invoke("run", sealed, "--out", tmp_path / "run", *asks).exit_code == 0
    assert request.read_text() == "area,in_service,in_works,year,scenario\n"
    added = invoke("seal", PLANTED, "--out", sealed, "--add", request, "--cells", tmp_path / "cells", "--threads", "1")
    assert added.exit_code == 0, added.output
    assert added.stdout.startswith("0 toestanden") and added.stdout.splitlines()[-1] == str(sealed)
    again = invoke("seal", PLANTED, "--out", sealed)
    assert again.exit_code == 4 and "bestaat al" in again.stderr


def test_no_such_station(invoke, tmp_path):
    result = invoke("seal", PLANTED, "--out", tmp_path / "out", "--withhold", "nowhere")
    assert result.exit_code == 2 and "geen station met deze code" in result.stderr
