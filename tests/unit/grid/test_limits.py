"""Limits that a net gives its branches: read, reported, and honoured up to the tables of a study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gridprio import find_violations, read_grid
from gridprio.pipeline.base_case import base_case_messages, base_case_tables
from gridprio.pipeline.session import Session
from tests.unit.grid.stations import LOAD_MW, read_stations, stations_net, stations_study, two_stations


def test_limits_are_those_of_pandapower() -> None:
    net = two_stations(1, 2)
    net.line["max_loading_percent"] = 80.0
    net.trafo["max_loading_percent"] = [np.nan, np.inf]
    net.trafo["max_loading_percent_nminus1"] = [120.0, 0.0]
    arrays = read_grid(net).arrays
    np.testing.assert_array_equal(arrays.limit_percent, [80, 80, 100, 100, 100, 100])
    np.testing.assert_array_equal(arrays.outage_limit_percent, [np.nan, np.nan, 120, 120, np.nan, np.nan])


def test_a_three_winding_transformer_has_its_limits_at_every_side() -> None:
    import pandapower.networks as pn

    net = pn.example_multivoltage()
    net.trafo3w["max_loading_percent_nminus1"] = 110.0
    grid = read_grid(net)
    sides = [at for at, branch in enumerate(grid.branch_ids) if branch[0] == "trafo3w"]
    np.testing.assert_array_equal(grid.arrays.outage_limit_percent[sides], [110.0] * 3)


def test_matpower_rate_c_is_the_emergency_rating(tmp_path: Path) -> None:
    rows = ["1 2 0 0.1 0 100 0 120 0 0 1", "1 2 0 0.1 0 100 0 0 0 0 1", "1 2 0 0.1 0 0 0 120 0 0 1"]
    (tmp_path / "two.m").write_text(
        "function mpc = two\nmpc.version = '2';\nmpc.baseMVA = 100;\n"
        "mpc.bus = [1 3 0 0 0 0 1 1 0 110 1 1.1 0.9; 2 1 50 0 0 0 1 1 0 110 1 1.1 0.9];\n"
        "mpc.gen = [1 50 0 100 -100 1 100 1 100 0];\n"
        f"mpc.branch = [{'; '.join(rows)}];\n"
    )
    np.testing.assert_array_equal(read_grid(tmp_path / "two.m").arrays.outage_limit_percent, [120, np.nan, np.nan])


def test_violations_are_above_the_limit_of_their_case() -> None:
    """59 MW on two transformers of 40 MVA: 74 % each, 148 % after an outage."""
    net = stations_net()
    for emergency, outages in ((140.0, {"intact", "trafo:0", "trafo:1"}), (160.0, {"intact"})):
        net.trafo["max_loading_percent"] = 70.0
        net.trafo["max_loading_percent_nminus1"] = emergency
        found = find_violations(read_grid(net)).table
        of_station = found[found["branch"].isin(["trafo:0", "trafo:1"])]
        own = of_station[of_station["outage"].isin(["intact", "trafo:0", "trafo:1"])]
        assert set(own["outage"]) == outages
        assert set(own["limit_percent"]) == {70.0, emergency} if len(outages) > 1 else {70.0}
        assert (own["loading_percent"] > own["limit_percent"]).all()


def test_both_limits_are_named_where_both_are_passed(tmp_path: Path) -> None:
    """74 % of 60 % in the intact grid is worse than 148 % of 132 % after an outage; both have a row."""
    net = stations_net()
    net.trafo["max_loading_percent_nminus1"] = 220.0
    stations_study(tmp_path / "study", net)
    study = read_stations(tmp_path / "study")
    study = replace(study, settings=study.settings.model_copy(update={"loading_limit_percent": 60.0}))
    with Session(study, threads=1) as session:
        table = base_case_tables(session)["base_case"]
    (said,) = base_case_messages(table, study.settings.interruption_max_mw, {})
    passed = table[table["worst_loading_percent"] > table["worst_limit_percent"]].set_index("outage")
    rows = passed[passed["worst_branch"].isin(["trafo:0", "trafo:1"])]
    assert set(rows.index) == {"", "trafo:0", "trafo:1"}
    pd.testing.assert_series_equal(
        rows["worst_limit_percent"].sort_index(),
        pd.Series({"": 60.0, "trafo:0": 132.0, "trafo:1": 132.0}, name="worst_limit_percent"),
        check_index_type=False, check_names=False,
    )  # fmt: skip
    assert rows.at["trafo:0", "worst_loading_percent"] == pytest.approx(LOAD_MW / 0.4, rel=0.05)
    assert said.params["limit"].params["number"] == "0" and said.params["most"] == 60.0


@pytest.mark.parametrize("backend", ["reference", "numba", "rust"])
@pytest.mark.parametrize(("first", "rest"), [(70.0, 120.0), (120.0, 70.0)])
def test_violations_are_above_the_rating_itself_whatever_a_month_allows(
    first: float, rest: float, backend: str
) -> None:
    """59 MW on two transformers of 40 MVA: 74 % each, 148 % after an outage."""
    grid = read_grid(stations_net())
    ratings = np.full_like(grid.arrays.rating_percent, rest)
    ratings[:, 0] = first
    by_month = find_violations(replace(grid, arrays=replace(grid.arrays, rating_percent=ratings)), backend=backend)
    found = by_month.table
    assert set(found["branch"]) == {"trafo:0", "trafo:1"} and set(found["outage"]) == {"trafo:0", "trafo:1"}
    assert set(found["limit_percent"]) == {100.0}
    pd.testing.assert_frame_equal(found, find_violations(grid, backend=backend).table)
