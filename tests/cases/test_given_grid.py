"""What fits in the grid as given, and which move fits: worked out by hand on a planted study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import gridprio
from gridprio.cells import SimulatedCells, StateYear
from gridprio.exchange import Hold, seal_study
from gridprio.inputs import with_settings
from gridprio.inputs.scenario_tables import Growth
from gridprio.inputs.study import Study
from gridprio.model.cell import CellResults
from gridprio.pipeline import make_evaluator
from gridprio.pipeline.given_requests import tried_requests
from gridprio.store import Run
from tests.cases.test_planted import planted, ran, with_rows


def given(**of_d1: object) -> Study:
    """`one_crew` in one municipality: 40 MVA at both stations, 35 MW taken at S1 and 25 at S2; D1 asks 12 MW at S1
    and D2 30 MW at S2, both firm. A needs land from its permit on, B 2 ha."""
    study = planted("one_crew")
    one, two = study.loads
    d1, d2 = study.developments
    return with_rows(
        study,
        stations=tuple(station.model_copy(update={"municipality_id": "m1"}) for station in study.stations),
        loads=(one.model_copy(update={"p_mw": 35.0}), two),
        developments=(d1.model_copy(update={"p_mw": 12.0, **of_d1}), d2.model_copy(update={"municipality_id": "m1"})),
        projects=tuple(
            project.model_copy(update={"land_ha": land, "planning_status": "none", "municipality_id": "m1"})
            for project, land in zip(study.projects, (0.5, 2.0), strict=True)
        ),
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return ran(given(), tmp_path_factory.mktemp("given"))


def test_what_fits_without_new_works_by_development_and_station(run: Run) -> None:
    found = run.as_given[run.as_given["development_id"] != ""].set_index("development_id")
    assert found.loc[["D1", "D2"], ["year", "station_id", "requested_mw", "fits_mw"]].values.tolist() == [
        [2030, "S1", 12, 0], [2030, "S2", 30, 0],
    ]  # fmt: skip
    assert found.loc["D1", "limiting_element"] == "trafo:0"
    totals = run.as_given[run.as_given["development_id"] == ""]
    assert totals.set_index("station_id")["requested_mw"].to_dict() == {"S1": 12, "S2": 30}


def test_the_least_change_comes_first_and_names_the_investment_that_it_avoids(run: Run) -> None:
    moves = run.moves[run.moves["development_id"] == "D1"]
    assert moves["kind"].tolist() == ["size", "place"] and moves["place"].tolist() == [1, 2]
    # 40 MVA less 35 MW leaves 5 MW at S1, less what the transformer takes itself; 15 are left at S2, as D2 does not fit
    assert 7 < moves["amount"].iloc[0] < 7.5
    assert moves["to"].iloc[1] == "S2" and moves["amount"].iloc[1] == pytest.approx(12)
    assert set(moves["needed_projects"]) == {"A"} == set(moves["avoids"])
    other = run.moves[run.moves["development_id"] == "D2"]
    assert other["kind"].tolist() == ["size"] and 15 < other["amount"].iloc[0] < 15.5


def test_requests_that_are_tried_share_the_hours_of_their_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its own copy, those of a whole year take hundreds of megabytes."""
    cells, batches = make_evaluator(given(), threads=1).cells, []
    assert isinstance(cells, SimulatedCells)
    evaluate = cells.cache.executor.evaluate

    def recorded(*args: Any) -> CellResults:
        batches.append(args[3])
        return evaluate(*args)

    monkeypatch.setattr(cells.cache.executor, "evaluate", recorded)
    states = [StateYear(area, (), (), 0) for area in range(len(cells.areas))]
    tried = tried_requests(cells, states, cells.scenarios[0], 2030, {0: 12.0, 1: 30.0}, [np.zeros(1)] * len(states))
    assert len(batches) == 2 and len(tried) == 4
    for batch in batches:
        assert len(batch) == 2 and {len(batch.p_mw), len(batch.queue_profile), len(batch.branch_in_service)} == {1}


def test_nobody_loses_by_a_move(tmp_path: Path) -> None:
    """D2 is asked before and takes 12 of the 15 MW at S2, so D1 does not fit there any more."""
    study = given()
    d1, d2 = study.developments
    crowded = with_rows(study, developments=(d1, d2.model_copy(update={"p_mw": 12.0})))
    run = ran(crowded, tmp_path)
    assert run.moves["development_id"].tolist() == ["D1"] and run.moves["kind"].tolist() == ["size"]
    fits = run.as_given.set_index("development_id")["fits_mw"]
    assert fits["D2"] == pytest.approx(12)


def test_what_grows_smaller_fits_later(tmp_path: Path) -> None:
    growth = tuple(
        Growth(scenario_id="base", sector="services", year=year, factor=factor)
        for year, factor in ((2031, 1.0), (2032, 0.5))
    )
    run = ran(with_rows(with_settings(given(), end_year=2033), growth=growth), tmp_path)
    moves = run.moves[(run.moves["development_id"] == "D1") & (run.moves["year"] == 2030)]
    assert moves.iloc[0][["kind", "to", "amount", "unit"]].tolist() == ["time", "2032", 24, "months"]


def test_land_by_municipality_and_year_and_what_is_not_weighed(run: Run) -> None:
    assert run.space.values.tolist() == [
        ["m1", "B", 2.0, "none", 2026], ["m1", "A", 0.5, "none", 2027],
    ]  # fmt: skip
    [told] = [entry for entry in run.manifest["messages"] if entry["code"] == "given.space"]
    assert told["params"] == {"n": 2, "land_ha": 2.5}


def test_a_sealed_study_tells_what_fits_and_no_other_place(run: Run, tmp_path: Path) -> None:
    study = with_settings(given(), search_orders=0)
    sealed = gridprio.read_study(seal_study(study, tmp_path / "sealed", hold=Hold(random=0), threads=1).folder)
    found = ran(sealed, tmp_path)
    given_by = [one.as_given.drop(columns="limiting_element") for one in (found, run)]
    pd.testing.assert_frame_equal(*given_by)
    assert found.moves.empty
