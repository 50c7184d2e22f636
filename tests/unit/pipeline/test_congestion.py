"""Tables `congestion`, `branch_loading`, `lost_load`: by hand on two transformers; in sum the metric of the plan."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest

from gridprio.inputs.study import Study
from gridprio.pipeline.congestion import Overload, congestion_tables, ranked, year_overloads
from gridprio.pipeline.schedules import make_schedules
from gridprio.pipeline.session import Session
from gridprio.store.tables import checked_table
from tests.unit.pipeline.test_base_case import study

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


def test_the_worst_of_a_year_is_the_furthest_above_its_own_limit() -> None:
    intact = Overload("line:1", "demand", 10.0, 5.0, 115.0, 100.0, "", 3)
    after_outage = Overload("line:1", "demand", 4.0, 1.0, 125.0, 120.0, "line:2", 7)
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


def test_lost_load_names_islands_stations_and_hours() -> None:
    tables, _ = found(study(security_min_kv=0.0, interruption_max_mw=10.0))
    first = tables["lost_load"].query("outage == 'trafo:0'").iloc[0]
    assert (first["interrupted_mw"], first["islands"], first["stations"]) == (pytest.approx(25.0), 1, "S1")
    assert first["interrupted_hours"] == first["not_accepted_hours"] == pytest.approx(8760)
