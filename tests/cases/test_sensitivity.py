"""Drivers and assumptions one by one, through the whole pipeline on a planted study."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import gridprio
from gridprio.errors import InputError
from gridprio.exchange import Hold, seal_study
from gridprio.inputs import with_settings
from gridprio.inputs.scenario_tables import Assumption, Driver
from gridprio.inputs.study import Study
from gridprio.store import Run
from tests.cases.test_planted import planted, ran, with_rows

WAITING = "waiting_mw_years_demand"


def uncertain() -> Study:
    """`one_crew`: without requests nobody waits, with two teams the order does not count, money changes nothing."""
    study = planted("one_crew", sensitivity=True)
    [crew] = study.crews
    return with_rows(
        study,
        drivers=(Driver(driver_id="no_building", sector=study.developments[0].sector, year=2026, factor=0),),
        assumptions=(
            Assumption(table="projects", row="A", column="cost_meur", low=study.projects[0].cost_meur, high=900),
            Assumption(table="crews", row=crew.crew_type, column="units", low=1, high=2),
        ),
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return ran(uncertain(), tmp_path_factory.mktemp("sensitivity"))


def of(run: Run, name: str) -> pd.Series:
    rows = run.sensitivity[(run.sensitivity.name == name) & (run.sensitivity.metric == WAITING)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_what_turns_a_verdict_is_named_before_what_does_not(run: Run) -> None:
    crew = f"crews.{run.crews.loc[0, 'crew_type']}.units"
    for name, value, mean in (("no_building", "on", 0), (crew, "2", 0)):
        found = of(run, name)
        assert (found["value"], found["mean_before"], found["verdict_before"]) == (value, pytest.approx(-10), "better")
        assert (found["mean"], found["verdict"], found["turns"]) == (pytest.approx(mean), "none", True)
        assert found["change_margins"] == pytest.approx(10)
    cost = run.sensitivity[run.sensitivity.name == "projects.A.cost_meur"]
    assert cost[cost.metric == WAITING]["turns"].tolist() == [False]
    assert set(run.sensitivity["place"]) == {1, 2, 3}
    assert {of(run, "no_building")["place"], of(run, crew)["place"]} == {1, 2} and set(cost["place"]) == {3}
    [told] = [entry for entry in run.manifest["messages"] if entry["code"] == "sensitivity.turns"]
    assert told["params"]["n"] == 3 and len(told["params"]["names"]) >= 2


def test_a_value_that_is_the_study_s_own_is_not_tried_and_nothing_without_the_setting(run: Run, tmp_path: Path) -> None:
    assert set(run.sensitivity["value"]) == {"on", "2", "900"}
    quiet = ran(with_settings(uncertain(), sensitivity=False), tmp_path, "quiet")
    assert "sensitivity" not in quiet.tables
    [told] = [entry for entry in quiet.manifest["messages"] if entry["code"] == "sensitivity.off"]
    assert told["params"]["n"] == 3


def test_what_is_switched_on_is_switched_off(tmp_path: Path) -> None:
    run = ran(with_settings(uncertain(), drivers=("no_building",)), tmp_path)
    found = of(run, "no_building")
    assert (found["value"], found["verdict_before"], found["verdict"]) == ("off", "none", "better")


def test_a_change_that_makes_no_study_is_refused(tmp_path: Path) -> None:
    study = uncertain()
    wrong = Assumption(table="projects", row="A", column="operator_rank", low=1, high=2)
    with pytest.raises(InputError, match="operator_rank"):
        ran(with_rows(study, assumptions=(wrong,)), tmp_path)


def test_a_sealed_study_keeps_what_moves_plans_alone(run: Run, tmp_path: Path) -> None:
    study = uncertain()
    load = Assumption(table="loads", row="L1", column="p_mw", low=20, high=30)
    open_study = with_settings(with_rows(study, assumptions=(*study.assumptions, load)), search_orders=0)
    sealed = gridprio.read_study(seal_study(open_study, tmp_path / "sealed", hold=Hold(random=0), threads=1).folder)
    assert sealed.assumptions == study.assumptions and not sealed.drivers
    found = ran(sealed, tmp_path).sensitivity
    expected = run.sensitivity[run.sensitivity["kind"] == "assumption"]
    columns = ["name", "value", "metric", "verdict_before", "verdict"]
    pd.testing.assert_frame_equal(found[columns], expected[columns].reset_index(drop=True))
