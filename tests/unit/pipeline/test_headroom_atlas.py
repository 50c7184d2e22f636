"""Headroom of every station in both directions: who lifts the limit, and what it is enough for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from gridprio.inputs.enumerations import Direction, PublishedClass
from gridprio.inputs.read import read_study
from gridprio.inputs.spatial_tables import KeyFigure
from gridprio.pipeline.headroom import headroom_tables, study_headroom
from gridprio.pipeline.session import Session
from gridprio.store.tables import checked_table
from tests.station_studies import write_station_study
from tests.unit.pipeline.test_base_case import study

DWELLINGS = KeyFigure(
    key_figure_id="dwellings", name="Dwelling", mw_per_unit=0.0015, direction=Direction.DEMAND, sector="housing",
    profile="flat",
)  # fmt: skip


@pytest.fixture(scope="module")
def first_year() -> pd.DataFrame:
    """Two stations of 25 MW, each behind one transformer of 40 MVA; projects A and B add a second one."""
    found = study_headroom(replace(study(), key_figures=(DWELLINGS,)), threads=1)
    return found[found["year"] == 2026].set_index(["station_id", "direction"])


def test_every_station_has_both_directions(first_year: pd.DataFrame) -> None:
    assert sorted(first_year.index) == [(s, d) for s in ("S1", "S2") for d in ("demand", "feed_in")]
    assert first_year["sector"].to_dict() == {
        ("S1", "demand"): "housing", ("S2", "demand"): "housing", ("S1", "feed_in"): "", ("S2", "feed_in"): "",
    }  # fmt: skip
    level = first_year.loc[("S1", "feed_in"), "headroom_mw"]
    assert level == pytest.approx(25.0 + 40.0, rel=0.05)


def test_a_limit_names_the_projects_that_lift_it_and_whose_they_are(first_year: pd.DataFrame) -> None:
    assert first_year["lifted_by_project"].to_dict() == {
        ("S1", "demand"): "A", ("S1", "feed_in"): "A", ("S2", "demand"): "B", ("S2", "feed_in"): "B",
    }  # fmt: skip
    assert set(first_year["lifted_by_operator"]) == {"op"}


def test_key_figures_say_what_it_is_enough_for(first_year: pd.DataFrame) -> None:
    demand, feed_in = (first_year.xs(way, level="direction") for way in ("demand", "feed_in"))
    assert demand["dwellings"].tolist() == pytest.approx((demand["headroom_mw"] / 0.0015).tolist())
    assert feed_in["dwellings"].isna().all() and "solar_ha" not in first_year


def test_an_outage_that_interrupts_and_a_grid_without_solution_are_named() -> None:
    """S1 and S2 hang on one transformer each; at 2000 MW the intact grid of S1 has no solution."""
    strict = study(security_min_kv=10.0, interruption_max_mw=0.0)
    found = study_headroom(strict, threads=1).query("year == 2026 and direction == 'demand'")
    assert found["limiting_branch"].tolist() == found["limiting_outage"].tolist() == ["trafo:0", "trafo:1"]
    assert found["limited_by"].str.startswith("onderbreking of geen oplossing bij uitval van transformator").all()
    found = study_headroom(study(2000.0), threads=1).query("year == 2026 and direction == 'demand'").iloc[0]
    assert (found["limiting_branch"], found["limited_by"]) == ("no supply", "geen voeding of geen oplossing")


def test_a_run_has_the_first_year_and_scenario_of_it(first_year: pd.DataFrame) -> None:
    with Session(study(), threads=1) as session:
        table = checked_table("headroom", headroom_tables(session)["headroom"]).to_pandas()
    assert set(table["year"]) == {2026} and table["scenario"].nunique() == 1
    own = table.set_index(["station_id", "direction"])
    assert own.equals(first_year[own.columns].loc[own.index])


def test_a_run_of_stations_has_the_first_of_its_readings(tmp_path: Path) -> None:
    with Session(read_study(write_station_study(tmp_path)), threads=1) as session:
        table = headroom_tables(session)["headroom"]
        first = session.study.scenario_ids[0]
    assert len(table) and set(table["scenario"]) == {first} and set(table["limiting_branch"]) != {""}


def test_the_published_colour_stands_beside_the_computed_one_and_decides_nothing(first_year: pd.DataFrame) -> None:
    of = study()
    one, *others = of.stations
    coloured = one.model_copy(update={"published_class_demand": PublishedClass.AMBER})
    found = study_headroom(replace(of, stations=(coloured, *others)), threads=1)
    found = found[found["year"] == 2026].set_index(["station_id", "direction"])
    assert found["published_class"].to_dict() == {
        ("S1", "demand"): "amber", ("S1", "feed_in"): "", ("S2", "demand"): "", ("S2", "feed_in"): "",
    }  # fmt: skip
    assert found["colour_class"].equals(first_year["colour_class"])
