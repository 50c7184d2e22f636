"""Setting `voltage_limits` = hold and the columns of table `headroom`, on the planted feeder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gridprio.inputs import with_settings
from gridprio.inputs.study import Study
from gridprio.pipeline.headroom import NO_VOLTAGES, headroom_tables, study_headroom
from gridprio.pipeline.session import Session
from gridprio.pipeline.voltages import voltage_tables
from tests.cross_check.test_voltage_headroom import feeder
from tests.unit.pipeline.test_base_case import study as without_limits


@pytest.fixture(scope="module")
def planted_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return feeder(tmp_path_factory.mktemp("feeder") / "study", controlled=True, band=(1.03, 1.05))[2]


def headroom(study: Study, **settings: object) -> pd.DataFrame:
    return study_headroom(with_settings(study, language="en", **settings), threads=1).set_index(
        ["station_id", "direction"]
    )


def test_hold_takes_the_lesser_of_both_and_report_changes_nothing(planted_study: Study) -> None:
    report, hold = (headroom(planted_study, voltage_limits=how, taps="fixed") for how in ("report", "hold"))
    own = list(NO_VOLTAGES)
    pd.testing.assert_frame_equal(report[own], hold[own])
    lesser = np.fmin(report["headroom_mw"], report["voltage_headroom_mw"])
    assert hold["headroom_mw"].tolist() == lesser.tolist()
    at_end = hold.loc[("S2", "demand")]
    assert at_end["limiting_branch"] == f"bus:{at_end['voltage_bus']}" and at_end["limited_by"].startswith("bus ")
    assert at_end["limited_by"] == at_end["voltage_limited_by"] != report.loc[("S2", "demand"), "limited_by"]
    assert at_end["colour_class"] == "red" and hold.loc[("S2", "feed_in"), "colour_class"] == "yellow"
    assert report.loc[("S2", "feed_in"), "colour_class"] == "transparent"


def test_off_is_not_worked_out(planted_study: Study) -> None:
    for left_out in ({"voltage_limits": "off"}, {"hours": "all", "taps": "fixed"}):
        assert headroom(planted_study, **left_out)["voltage_headroom_mw"].isna().all()


def test_taps_that_act_mend_what_taps_that_stand_do_not(planted_study: Study) -> None:
    fixed, acting = (headroom(planted_study, taps=how)["voltage_headroom_mw"] for how in ("fixed", "acting"))
    assert acting[("S2", "demand")] > fixed[("S2", "demand")] + 0.3


def test_a_project_that_ends_the_outage_lifts_the_limit_of_a_bus(planted_study: Study) -> None:
    """Project B puts a third transformer behind the feeder, which holds up its voltage when another one is out."""
    held = headroom(planted_study, voltage_limits="hold").loc[("S2", "demand")]
    assert held["voltage_outage"].startswith("trafo:") and held["lifted_by_project"] == "B"


def test_table_voltages_goes_by_the_taps_too(planted_study: Study) -> None:
    def outside(how: str) -> int:
        loads = tuple(x.model_copy(update={"p_mw": 6.5}) if x.load_id == "L2" else x for x in planted_study.loads)
        with Session(with_settings(replace(planted_study, loads=loads), taps=how), threads=1) as session:
            table = voltage_tables(session)["voltages"]
        return int((table["vm_pu"] < table["limit_pu"]).sum())

    assert outside("fixed") > 0 and outside("acting") == 0


def test_a_grid_without_limits_has_none_and_a_run_has_the_columns() -> None:
    with Session(without_limits(), threads=1) as session:
        table = headroom_tables(session)["headroom"]
    assert table[["voltage_headroom_mw", "voltage_limit_pu"]].isna().all(axis=None)
    assert set(table["voltage_bus"]) == set(table["voltage_hour"]) == {-1} and set(table["voltage_outage"]) == {""}
