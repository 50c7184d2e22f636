"""Warnings that take the plan or the grid, and a run in which nothing can be built."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridprio.grid.plausibility import implausible_beside_grid
from gridprio.inputs import read_study, with_settings
from gridprio.kernels.select import get_kernels
from gridprio.pipeline.plausibility import grid_warnings, study_warnings
from gridprio.pipeline.run import run_study
from gridprio.report.answer import answer
from gridprio.text import word_stored
from tests.unit.inputs.conftest import assert_all_words, write_study

__all__ = ["write_study"]
GRID = {"study.toml": [("simbench:1-HV-mixed--2-no_sw", "pandapower:case24_ieee_rts")]}
TOO_SMALL = {
    "crews": ({"crews.csv": [("hv,,2", "hv,,1.5")]}, "too few crews (hv)", 2),
    "budget": ({"budgets.csv": [("2026,12", "2026,0.1")]}, "the yearly budget", 2),
    "horizon": ({"project_phases.csv": [("build,18", "build,190")]}, "does not fit within the horizon", 2),
    "material": (
        {
            "project_phases.csv": "project_id,phase,duration_months,materials\np1,build,12,trafo:3\np2,build,9,\n",
            "deliveries.csv": "material,year,units\ntrafo,2026,2\n",
        },
        "the delivery time of material (trafo)",
        2,
    ),
}


@pytest.mark.parametrize("case", TOO_SMALL)
def test_a_project_that_can_never_be_built_is_named_with_its_reason(write_study, case):
    changes, reason, row = TOO_SMALL[case]
    warnings = study_warnings(read_study(write_study(changes)), get_kernels("reference"))
    assert_all_words(warnings)
    assert (warnings[0].file, warnings[0].row) == ("projects.csv", row)
    assert reason in warnings[0].what and "'p1' can never be built" in warnings[0].what


def test_what_fits_is_not_named(write_study):
    assert study_warnings(read_study(write_study()), get_kernels("reference")) == []


def test_kilowatts_stand_out_against_the_station(write_study):
    study = read_study(write_study(GRID | {"loads.csv": [("20.5", "95000")]}))
    warnings = [warning for warning in grid_warnings(study) if warning.file == "loads.csv"]
    assert_all_words(warnings)
    assert [(warning.row, warning.column) for warning in warnings] == [(2, "p_mw")]
    assert "is the power in kW?" in warnings[0].what


@pytest.mark.slow
def test_controllers_and_limits_of_the_net_are_named(write_study):
    import pandapower.networks
    from pandapower.control import DiscreteTapControl

    net = pandapower.networks.mv_oberrhein()
    DiscreteTapControl(net, int(net.trafo.index[0]), 0.98, 1.02)
    study = read_study(write_study(GRID))
    warnings = [warning for warning in implausible_beside_grid(net, study) if warning.row is None]
    assert_all_words(warnings)
    assert {warning.file for warning in warnings} >= {"controller"}


def test_limits_that_a_study_uses_are_not_named_as_unused(write_study):
    """Voltage limits are used in every study, controllers and reactive limits with `taps` = acting."""
    import pandapower

    net = pandapower.create_empty_network()
    pandapower.create_bus(net, 20.0, min_vm_pu=0.95, max_vm_pu=1.05)
    pandapower.create_gen(net, 0, 0.1, min_q_mvar=-1.0, max_q_mvar=1.0)
    study = read_study(write_study(GRID))
    for taps, files in (("fixed", ["gen"]), ("acting", [])):
        warnings = implausible_beside_grid(net, with_settings(study, taps=taps))
        assert [warning.file for warning in warnings if warning.row is None] == files


def test_a_run_in_which_nothing_can_be_built_says_so(write_study, tmp_path: Path):
    phases = [("permit,12", "permit,500"), ("p2,build,10", "p2,build,500")]
    study = with_settings(
        read_study(write_study(GRID | {"project_phases.csv": phases})), end_year=2028, hours_per_month=2, max_draws=2
    )
    run = run_study(study, out=tmp_path / "run", threads=1)
    codes = [message["code"] for message in run.manifest["messages"]]
    assert "plan.nothing_built" in codes and codes.count("warning.message") >= 2
    assert answer(run).headline.en == "No project can be built within the horizon, so there is nothing to compare."
    said = [word_stored(message).nl for message in run.manifest["messages"]]
    assert any("'p1' kan nooit worden gebouwd" in sentence for sentence in said)
