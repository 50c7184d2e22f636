"""Tables `congestion`, `branch_loading`, `lost_load`: by hand on two transformers; in sum the metric of the plan."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandapower as pp
import pandas as pd
import pytest

import gridprio
from gridprio.inputs import with_settings
from gridprio.inputs.study import Study
from gridprio.pipeline.congestion import Overload, congestion_tables, ranked, year_overloads
from gridprio.pipeline.schedules import make_schedules
from gridprio.pipeline.session import Session
from gridprio.store.tables import checked_table
from tests.unit.pipeline.test_base_case import ONE_CREW, study

Tables = dict[str, pd.DataFrame]


def found(of: Study) -> tuple[Tables, Callable[[str, str], float]]:
    """The tables, and the overload of a plan without delays over all years, MVAh, as `outcomes` has it."""
    with Session(of, threads=1) as session:
        schedules = make_schedules(session.evaluator)
        tables = congestion_tables(session.evaluator, schedules, lambda part: None)
        orders = schedules.orders
        plans = [orders.timelines[orders.without], orders.timelines[orders.with_all["both"]]]
        metric = session.evaluator.evaluate(plans)[:, :, 0, session.evaluator.metrics.index("overload_mvah")]
        sides, scenarios = ["without_status", "with_status"], session.evaluator.scenarios
    for name, table in tables.items():
        checked_table(name, table)
    return tables, lambda side, scenario: metric[
        sides.index(side.removeprefix("need_year_")), scenarios.index(scenario)
    ]


@cache
def overloaded() -> tuple[Study, Tables, Callable[[str, str], float]]:
    of = study(60.0)
    return of, *found(of)


def test_energy_adds_up_to_the_overload_of_the_plan() -> None:
    of, tables, overload = overloaded()
    table = tables["congestion"]
    assert set(table["direction"]) == {"demand"} and set(table["branch"]) >= {"trafo:0"}
    sums = table.groupby(["order_name", "scenario"])["overload_mvah"].sum()
    for (side, scenario), mvah in sums.items():
        assert mvah == pytest.approx(overload(side, scenario), rel=1e-6) and mvah > 0
    of_s1 = table[table["branch"] == "trafo:0"]
    assert of_s1["worst_loading_percent"].max() == pytest.approx(150.0, rel=0.05)
    assert set(of_s1["first_year"]) == {of.settings.start_year} and (of_s1["worst_outage"] == "").all()
    assert (of_s1["worst_limit_percent"] == 100.0).all()


def test_rows_of_a_year_are_ranked_by_loading_over_limit() -> None:
    key = {"order_name": "without_status", "scenario": "base", "area": "North"}
    rows = [(2027, "line:1", 125.0, 120.0), (2027, "line:2", 110.0, 100.0), (2026, "line:3", 101.0, 100.0)]
    columns = ["year", "branch", "worst_loading_percent", "worst_limit_percent"]
    assert ranked(pd.DataFrame(rows, columns=columns).assign(**key))["branch"].tolist() == [
        "line:3",
        "line:2",
        "line:1",
    ]


def test_the_worst_of_a_year_is_the_largest_over_its_own_limit() -> None:
    """12 % above a limit of 100 % of the rating is worse than 13.5 % of the rating above one of 130 %."""
    intact = Overload("line:1", "demand", 10.0, 5.0, 112.0, 100.0, "", 3)
    after_outage = Overload("line:1", "demand", 4.0, 1.0, 143.5, 130.0, "line:2", 7)
    (found,) = year_overloads([[after_outage], [intact]])
    assert found == intact._replace(hours=14.0, overload_mvah=6.0)


def test_loading_of_a_branch_in_service_is_there_every_year_and_falls_when_a_project_comes() -> None:
    of, tables, _ = overloaded()
    loading = tables["branch_loading"]
    trafo = loading[(loading["branch"] == "trafo:0") & loading["order_name"].str.endswith("without_status")]
    assert trafo["year"].tolist() == list(range(of.settings.start_year, of.settings.end_year + 1))
    assert trafo["loading_percent"].iloc[0] == pytest.approx(150.0, rel=0.05)
    over = trafo["overload_percent"].notna()
    assert trafo.loc[over, "overload_percent"].tolist() == pytest.approx(trafo.loc[over, "loading_percent"].tolist())
    assert (trafo.loc[~over, "loading_percent"] < 100).all() and not over.all()


def test_a_limit_of_the_intact_grid_is_told_beside_that_after_an_outage(tmp_path: Path) -> None:
    """Two transformers of 40 MVA carry 44 MW: 55 % at a limit of 50 %, and after an outage 110 % at 105 %, further."""
    shutil.copytree(ONE_CREW, tmp_path / "study")
    net = pp.from_json(str(tmp_path / "study" / "grid.json"))
    net.trafo.loc[len(net.trafo)] = net.trafo.loc[0]
    net.trafo["max_loading_percent"], net.trafo["max_loading_percent_nminus1"] = [50.0, 100.0, 50.0], 105.0
    pp.to_json(net, str(tmp_path / "study" / "grid.json"))
    read = gridprio.read_study(tmp_path / "study")
    loads = tuple(x.model_copy(update={"p_mw": 44.0}) if x.station_id == "S1" else x for x in read.loads)
    tables, _ = found(with_settings(replace(read, loads=loads), security_min_kv=0.0))
    first = {name: table[table["branch"] == "trafo:0"].iloc[0] for name, table in tables.items() if "branch" in table}
    worst, row = first["congestion"], first["branch_loading"]
    assert (worst["worst_limit_percent"], worst["worst_outage"]) == (105.0, "trafo:2")
    assert row["overload_percent"] == worst["worst_loading_percent"] == pytest.approx(112.0, abs=2.0)
    assert (row["intact_limit_percent"], row["intact_hours"]) == (50.0, pytest.approx(8760.0))
    assert row["intact_overload_percent"] == row["loading_percent"] == pytest.approx(55.5, abs=1.0)
    assert row["intact_overload_mvah"] == pytest.approx(8760 * (row["loading_percent"] - 50.0) / 100 * 40, rel=1e-6)
    other = tables["branch_loading"].query("branch == 'trafo:1'").iloc[0]
    assert other["intact_hours"] == other["intact_overload_mvah"] == 0.0 and np.isnan(other["intact_limit_percent"])


def test_lost_load_names_islands_stations_and_hours() -> None:
    tables, _ = found(study(security_min_kv=0.0, interruption_max_mw=10.0))
    first = tables["lost_load"].query("outage == 'trafo:0'").iloc[0]
    assert (first["interrupted_mw"], first["islands"], first["stations"]) == (pytest.approx(25.0), 1, "S1")
    assert first["interrupted_hours"] == first["not_accepted_hours"] == pytest.approx(8760)
