from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gridprio.inputs.enumerations import Direction, Maturity
from gridprio.inputs.scenario_tables import Scenario
from gridprio.inputs.schema import Project, Station
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.study import Study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return Study(
        head=StudyHead(name="small", fictional=True),
        settings=Settings(seed=7),
        folder=tmp_path,
        stations=(Station(station_id="s1", name="North", buses=(12, 13)),),
        projects=(
            Project(
                project_id="p1", name="Line", operator_id="west", maturity=Maturity.CONCRETE, requires=("p2", "p3")
            ),
            Project(project_id="p2", name="Bay", operator_id="west", maturity=Maturity.CONCRETE, operator_rank=1),
        ),
        scenarios=(Scenario(scenario_id="low", name="Low"),),
        municipalities={"type": "FeatureCollection", "features": []},
        input_hashes={"study.toml": "00"},
    )


@pytest.fixture
def plan() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "draw": [0, 1],
            "order_name": ["with_status", "with_status"],
            "scenario": ["low", "low"],
            "project_id": ["p1", "p1"],
            "phase": ["build", "build"],
            "start_month": [3, 5],
            "finish_month": [9, -1],
            "binding_constraint": ["crew:hv", None],
            "note": [Direction.DEMAND.value, "x"],
        }
    )
