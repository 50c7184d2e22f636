"""Measured against modelled by hand: two stations, each behind one transformer of 40 MVA, the first overloaded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gridprio.errors import InputError
from gridprio.inputs.measurement_table import Measurement
from gridprio.inputs.ratings import SeasonalRating
from gridprio.inputs.read import checked_study
from gridprio.inputs.study import Study
from gridprio.pipeline.measured import IntactYear, _kind, measured_tables, rating_of_year
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


COLD = (11, 12, 1, 2)
COLD_HOURS = 120 * 24


def rated_by_month(warm_percent: float, row: dict[str, Any]) -> pd.Series[Any]:
    """trafo:0 at 150 % in cold months and at half of it in others; its limits are 160 % and `warm_percent`."""
    months = tuple(month for month in range(1, 13) if month not in COLD)
    ratings = tuple(
        SeasonalRating(rating_id=str(percent), elements=("trafo:0",), months=some, rating_percent=percent)
        for some, percent in ((COLD, 160.0), (months, warm_percent))
    )
    asked = with_measurements({"element": "trafo:0", **row})
    cold = pd.date_range("2026", periods=8760, freq="h").month.isin(COLD)
    profiles = asked.profiles.assign(flat=np.where(cold, 1.0, 0.5))
    with Session(replace(asked, profiles=profiles, seasonal_ratings=ratings), threads=1) as session:
        table = measured_tables(session)["measured"]
    return table.set_index("branch").loc["trafo:0"]


@pytest.mark.parametrize(("percent", "kind"), [(155.0, "neither"), (165.0, "missed")])
def test_a_cold_month_may_load_more(percent: float, kind: str) -> None:
    """150 of 160 % in cold months is nearer to its limit than 75 of 100 %, so the limit of the year is 160 %."""
    row = rated_by_month(100.0, {"highest_percent": percent})
    assert (row["kind"], row["limit_percent"], row["modelled_hours"]) == (kind, pytest.approx(160.0), 0.0)


@pytest.mark.parametrize(("percent", "kind"), [(130.0, "found"), (110.0, "extra")])
def test_a_warm_month_limits_the_whole_year(percent: float, kind: str) -> None:
    """75 of 60 % in warm months: a year with 150 / 1.25 = 120 % in cold months would be at its limit in warm ones."""
    row = rated_by_month(60.0, {"highest_percent": percent})
    assert (row["kind"], row["modelled_hours"]) == (kind, pytest.approx(8760 - COLD_HOURS))
    assert row["limit_percent"] == pytest.approx(120.0, rel=0.03)  # half the power: a little less than half the loading
    assert row["modelled_percent"] == pytest.approx(150.0, rel=0.05)


def test_a_limit_of_the_operator_holds_in_every_month() -> None:
    row = rated_by_month(60.0, {"highest_percent": 130.0, "limit_percent": 140.0})
    assert (row["kind"], row["limit_percent"], row["modelled_hours"]) == ("extra", 140.0, pytest.approx(COLD_HOURS))


def test_the_rating_of_a_year_by_hand() -> None:
    loading = np.array([[80.0, 50.0, 0.0], [60.0, 40.0, 0.0]])
    rating = np.array([[160.0, 100.0, 120.0], [100.0, 100.0, 90.0]])
    year = IntactYear.none(3)
    for hour in ([0], [1]):
        year = year.with_hours(loading[hour], rating[hour], np.zeros(3), is_solved=hour == [0])
    # 60 of 100 is more than 80 of 160: the year may be 1 / 0.6 as large
    assert rating_of_year(year).tolist() == pytest.approx([80.0 / 0.6, 100.0, 90.0])
    assert not year.is_solved


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
