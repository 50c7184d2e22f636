"""The ready studies are what their scripts make, and are what their README says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from data.make import simbench_hv_mixed
from data.make.fictional_province import study as fictional
from data.make.write import differing

from gridprio.cli.check import grid_problems
from gridprio.inputs.read import read_study
from gridprio.inputs.study import Study

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
    assert grid_problems(province) == []


def test_profiles_are_per_unit_of_their_peak(province: Study) -> None:
    assert province.profiles is not None and province.missing_profiles == ()
    assert len(province.profiles) == 8760
    assert np.all((province.profiles.max() > 0.95) & (province.profiles.min() >= 0))


def test_the_simbench_study_is_what_its_script_makes() -> None:
    pytest.importorskip("simbench", reason="optional extra simbench")
    net = simbench_hv_mixed.simbench_net()
    folder = GRIDS / simbench_hv_mixed.STUDY_FOLDER
    assert list(differing(folder, simbench_hv_mixed.study_texts(net))) == []
    study = read_study(folder)
    columns = set(net.profiles["load"].columns) | set(net.profiles["renewables"].columns)
    assert set(study.missing_profiles) <= columns
    assert not list(folder.glob("grid*")) and not list(folder.glob("profiles*"))
