"""Measured against modelled by hand: two stations, each behind one transformer of 40 MVA, the first overloaded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from gridprio.errors import InputError
from gridprio.inputs.measurement_table import Measurement
from gridprio.inputs.read import checked_study
from gridprio.inputs.study import Study
from gridprio.pipeline.measured import _kind, measured_tables
from gridprio.pipeline.session import Session
from gridprio.store.tables import checked_table
from tests.unit.pipeline.test_base_case import study

NAN = float("nan")


def with_measurements(*rows: dict[str, Any]) -> Study:
    return replace(study(60.0), measurements=tuple(Measurement(year=2025, **row) for row in rows))


def measured(*rows: dict[str, Any]) -> pd.DataFrame:
    with Session(with_measurements(*rows), threads=1) as session:
        table = measured_tables(session)["measured"]
    checked_table("measured", table)
    return table.set_index("branch")


def test_modelled_beside_measured_with_difference_and_hours() -> None:
    table = measured({"element": "trafo:0", "highest_percent": 140.0}, {"element": "trafo:1", "highest_mva": 30.0})
    over, within = table.loc["trafo:0"], table.loc["trafo:1"]
    assert (over["kind"], over["limit_percent"], over["modelled_hours"]) == ("found", 100.0, pytest.approx(8760))
    assert over["modelled_percent"] == pytest.approx(150.0, rel=0.05)  # 60 MW at 40 MVA
    assert over["difference_percent"] == pytest.approx(over["modelled_percent"] - 140.0)
    assert (within["kind"], within["measured_percent"], within["modelled_hours"]) == ("neither", 75.0, 0.0)
    assert (over["year"], over["measured_year"]) == (2026, 2025)


def test_a_limit_of_the_operator_counts_on_both_sides() -> None:
    (row,) = (
        measured({"element": "T2", "highest_percent": 70.0, "limit_percent": 60.0})
        .query("kind != 'unmeasured'")[["kind", "limit_percent", "modelled_hours"]]
        .to_dict("records")
    )
    assert row == {"kind": "found", "limit_percent": 60.0, "modelled_hours": pytest.approx(8760)}  # 25 MW is 63 %
    assert measured({"element": "T2", "hours_above_limit": 12.0, "limit_percent": 65.0}).loc["trafo:1", "kind"] == (
        "missed"
    )


def test_what_is_overloaded_and_not_measured_is_there_too() -> None:
    table = measured({"element": "trafo:1", "highest_percent": 70.0})
    assert table["kind"].to_dict() == {"trafo:1": "neither", "trafo:0": "unmeasured"}
    assert table.loc["trafo:0", "measured_year"] == 0 and pd.isna(table.loc["trafo:0", "measured_percent"])


@pytest.mark.parametrize(
    ("percent", "hours", "is_bottleneck", "kind"),
    [
        (101.0, 1.0, True, "found"),
        (99.0, 0.0, True, "missed"),
        (101.0, 1.0, False, "extra"),
        (99.0, 0.0, False, "neither"),
        (NAN, 0.0, True, "unknown"),
    ],
)
def test_kinds(percent: float, hours: float, is_bottleneck: bool, kind: str) -> None:
    assert _kind(percent, hours, is_bottleneck=is_bottleneck) == kind


def test_without_measurements_there_is_no_table() -> None:
    with Session(study(60.0), threads=1) as session:
        assert measured_tables(session) == {}


def test_what_is_no_branch_and_what_is_there_twice_is_said_at_once() -> None:
    rows = ({"element": named, "highest_percent": 70.0} for named in ("trafo:9", "T1", "trafo:0"))
    with Session(with_measurements(*rows), threads=1) as session, pytest.raises(InputError) as refused:
        measured_tables(session)
    assert [problem.found for problem in refused.value.problems] == ["'trafo:9'", "'trafo:0'"]


def test_a_measurement_says_one_loading_or_hours() -> None:
    nothing, twice = {"element": "T1"}, {"element": "T2", "highest_percent": 70.0, "highest_mva": 30.0}
    with pytest.raises(InputError) as refused:
        checked_study(with_measurements(nothing, twice))
    assert [str(problem.found) for problem in refused.value.problems] == ["nothing", "highest_percent, highest_mva"]
