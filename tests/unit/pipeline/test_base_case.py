"""The base case by hand: two stations of 25 MW, each behind one transformer of 40 MVA."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import gridprio
from gridprio.inputs.study import Study
from gridprio.pipeline.base_case import base_case_messages, base_case_tables
from gridprio.pipeline.session import Session
from gridprio.text import Message, element

ONE_CREW = Path(__file__).parents[2] / "cases" / "one_crew"


def study(s1_mw: float = 25.0, **settings: object) -> Study:
    read: Study = gridprio.read_study(ONE_CREW)
    loads = tuple(x.model_copy(update={"p_mw": s1_mw if x.station_id == "S1" else x.p_mw}) for x in read.loads)
    return replace(read, loads=loads, settings=read.settings.model_copy(update=settings))


def base_case(of: Study) -> tuple[pd.DataFrame, dict[str, Message]]:
    with Session(of, threads=1) as session:
        table = base_case_tables(session)["base_case"]
    return table, {said.code: said for said in base_case_messages(table, of.settings.interruption_max_mw, {})}


def test_the_worst_loading_is_named_with_its_place() -> None:
    table, said = base_case(study(60.0))
    (row,) = table[table["worst_branch"] == "trafo:0"].to_dict("records")
    assert row["worst_loading_percent"] == pytest.approx(150.0, rel=0.05)
    assert row["overload_mvah"] == pytest.approx(8760 * (row["worst_loading_percent"] - 100) / 100 * 40, rel=1e-6)
    assert row["insecure_hours"] == pytest.approx(8760)
    assert set(said) == {"base_case.loading"}
    assert said["base_case.loading"].params["limit"] == element("trafo:0")


def test_a_station_behind_one_transformer_is_named_with_what_it_loses() -> None:
    table, said = base_case(study(security_min_kv=0.0, interruption_max_mw=10.0))
    lost = table[table["outage"] == "trafo:0"].iloc[0]
    assert (lost["interrupted_mw"], lost["interrupted_stations"]) == (pytest.approx(25.0), "S1")
    assert lost["insecure_hours"] == pytest.approx(8760) and lost["worst_hour"] == -1
    assert element("trafo:0") in said["base_case.interrupted"].params["outages"]
    assert "base_case.interrupted" not in base_case(study(security_min_kv=0.0, interruption_max_mw=30.0))[1]


def test_cases_without_a_solution_are_counted_where_they_are() -> None:
    table, said = base_case(study(2000.0))
    assert table["unsolved_cases"].sum() == said["base_case.unsolved"].params["n"] > 0
    (area,) = table[table["unsolved_cases"] > 0]["area"]
    places = said["base_case.unsolved"].params["places"]
    assert isinstance(places, list) and area in places
