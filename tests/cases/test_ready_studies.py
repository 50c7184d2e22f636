"""The ready studies are what their scripts make, and are what their README says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from data.make import simbench_hv_mixed
from data.make.fictional_province import study as fictional
from data.make.fictional_province.places import PLACES
from data.make.write import differing

import gridprio
from gridprio.cli.check import beside_the_grid
from gridprio.inputs.read import read_study
from gridprio.inputs.study import Study
from gridprio.model.flows import LoadFlowStatus

GRIDS = Path(__file__).parents[2] / "data" / "grids"
PUBLISHED_MATURITY = {"concrete": 130 / 257, "exploration": 70 / 257, "research": 57 / 257}
PUBLISHED_CARRIER = {"heat": 0.16, "hydrogen": 0.09, "gas": 0.03, "electricity": 0.72}


@pytest.fixture(scope="module")
def province() -> Study:
    return read_study(GRIDS / fictional.STUDY_FOLDER)


def test_the_province_is_what_its_script_makes() -> None:
    folder = GRIDS / fictional.STUDY_FOLDER
    profiles = pd.read_parquet(folder / "profiles.parquet")
    assert list(differing(folder, fictional.study_texts(profiles))) == []


@pytest.mark.parametrize(("column", "published"), [("maturity", PUBLISHED_MATURITY), ("carrier", PUBLISHED_CARRIER)])
def test_projects_are_mixed_as_published(province: Study, column: str, published: dict[str, float]) -> None:
    counts = Counter(str(getattr(project, column)) for project in province.projects)
    n = len(province.projects)
    assert counts == {kind: round(share * n) for kind, share in published.items()}


def test_the_province_holds_what_a_province_holds(province: Study) -> None:
    assert province.head.fictional
    assert province.municipalities is not None and len(province.municipalities["features"]) == 12
    status = [project for project in province.projects if project.status]
    assert 10 <= len(status) <= 13
    assert all(project.listed for project in status)
    directions = Counter(development.direction for development in province.developments)
    assert len(province.developments) >= 80 and min(directions.values()) >= 25
    assert len(province.scenarios) == 4 and all(scenario.weight is None for scenario in province.scenarios)
    changed = {change.project_id for change in province.project_changes}
    research = [project for project in province.projects if project.maturity == "research"]
    assert all(project.project_id not in changed and project.decide_by_year for project in research)


def test_the_grid_has_what_the_tables_name(province: Study) -> None:
    assert beside_the_grid(province)[0] == []


def test_the_base_year_is_a_solvable_grid() -> None:
    flows = gridprio.solve_load_flow(
        gridprio.read_grid(GRIDS / fictional.STUDY_FOLDER / "grid.json"), backend="reference"
    )
    assert flows.status.tolist() == [LoadFlowStatus.CONVERGED]
    assert flows.vm_pu.min() > 0.9 and flows.vm_pu.max() < 1.1
    assert np.nanmax(flows.loading_percent) < 100


def growth_to_2035(study: Study, sector: str) -> float:
    factors = {g.year: g.factor for g in study.growth if (g.scenario_id, g.sector) == ("KM", sector)}
    return factors[2035]


def test_stations_are_congested_in_both_directions_and_some_are_not(province: Study) -> None:
    """Without works: demand against the transformers that are left after one outage, feed-in against all of them."""
    profiles = province.profiles
    assert profiles is not None
    demand, feed_in = [], []
    for place in PLACES:
        drawn, supplied = np.zeros(len(profiles)), np.zeros(len(profiles))
        for row in province.loads:
            if row.station_id == place.station_id:
                power = row.p_mw * growth_to_2035(province, row.sector) * profiles[row.profile].to_numpy()
                (drawn if row.direction == "demand" else supplied)[:] += power
        for requested in province.developments:
            if requested.station_id == place.station_id and requested.direction == "feed_in":
                assert requested.size is not None and requested.mw_per_unit is not None
                supplied += requested.size * requested.mw_per_unit * profiles[requested.profile].to_numpy()
        demand.append(drawn.max() / 0.98 / ((place.n_trafo - 1) * place.mva))
        feed_in.append((supplied - drawn).max() / (place.n_trafo * place.mva))
    for use in (demand, feed_in):
        assert sum(share > 1 for share in use) >= 5
        assert sum(share < 0.9 for share in use) >= 5


def test_profiles_are_per_unit_of_their_peak(province: Study) -> None:
    assert province.profiles is not None and province.missing_profiles == ()
    assert len(province.profiles) == 8760
    assert np.all((province.profiles.max() > 0.95) & (province.profiles.min() >= 0))


@pytest.mark.slow
def test_the_simbench_study_is_what_its_script_makes() -> None:
    pytest.importorskip("simbench", reason="optional extra simbench")
    net = simbench_hv_mixed.simbench_net()
    folder = GRIDS / simbench_hv_mixed.STUDY_FOLDER
    assert list(differing(folder, simbench_hv_mixed.study_texts(net))) == []
    study = read_study(folder)
    columns = set(net.profiles["load"].columns) | set(net.profiles["renewables"].columns)
    assert set(study.missing_profiles) <= columns
    assert not list(folder.glob("grid*")) and not list(folder.glob("profiles*"))
