"""A run folder with a text that a spreadsheet could take for a formula, and with places on the map."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gridprio.inputs.enumerations import Direction, Maturity
from gridprio.inputs.scenario_tables import Scenario
from gridprio.inputs.schema import Development, Project, Station
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.study import Study
from gridprio.store import Run, RunWriter, read_run
from gridprio.store.kinds import BOOL, TEXT
from gridprio.store.ledger_tables import LEDGER_TABLES
from gridprio.text import message
from tests import synthetic_run

FORMULA = "=1+1"
SCENARIOS = tuple(Scenario(scenario_id=key, name=name) for key, name in synthetic_run.SCENARIOS)


def made_run(folder: Path, language: str = "nl", longitude: float = 5.10) -> Run:
    stations = (
        Station(station_id="N", name="Noord", longitude=longitude, latitude=52.60),
        Station(station_id="Z", name="Zuid", longitude=5.30, latitude=52.40),
        Station(station_id="X", name="without a place"),
    )
    projects = [
        Project(
            project_id=key, name=name, operator_id="op", maturity=Maturity.CONCRETE, listed=status, status=status,
            longitude=lon, latitude=lat,
        )
        for key, name, status, _, lon, lat, *_ in synthetic_run.PROJECTS
    ]  # fmt: skip
    developments = [
        Development(
            development_id=key, name=f"Plan {key}", station_id=station, direction=Direction.DEMAND, p_mw=10,
            sector="industry", profile="flat", requested_year=2028, request_date="2024-05-01",
        )
        for key, station in (("D1", "N"), ("D2", "Z"), ("D3", "N"), ("D4", "X"), ("D5", "Z"))
    ]  # fmt: skip
    study = Study(
        head=StudyHead(name="small", fictional=True),
        settings=Settings(seed=7, language=language),
        folder=folder,
        stations=stations,
        projects=tuple(projects),
        developments=tuple(developments),
        scenarios=SCENARIOS,
    )
    with RunWriter(folder / "run", study, backend="reference", threads=1) as writer:
        made = synthetic_run.make_run()
        for name in ("plan", "status_effect", "connections", "distribution"):
            writer.write(name, getattr(made, name))
        writer.write("grid_lines", grid_lines())
        writer.write("base_case", base_case())
        writer.write("branch_loading", branch_loading())
        writer.write("as_given", as_given())
        writer.write("ledger", ledger())
        writer.message(message("plan.late", projects=["Line West"]))
    return read_run(folder / "run")


def grid_lines() -> pd.DataFrame:
    rows = [
        ("line:0", "N", "Z", 5.1, 52.6, 5.3, 52.4, 150.0, 200.0, True, "", ""),
        ("line:1", "N", "Z", 5.1, 52.6, 5.3, 52.4, 150.0, 200.0, False, "P1", ""),
        ("line:2", "N", "", 5.1, 52.6, None, None, 150.0, 200.0, True, "", "P2"),
    ]
    names = ["branch", "from_station_id", "to_station_id", "from_longitude", "from_latitude", "to_longitude"]
    names += ["to_latitude", "nominal_kv", "rating_mva", "in_service", "added_by", "removed_by"]
    return pd.DataFrame(rows, columns=names)


def branch_loading() -> pd.DataFrame:
    rows = [
        ("with_status", "midden", 2030, "A", "line:0", 80.0, 130.0, "line:1"),
        ("with_status", "midden", 2030, "A", "line:2", 80.0, None, ""),
        ("with_status", "midden", 2030, "A", "trafo:0", 80.0, None, ""),
    ]
    names = ["order_name", "scenario", "year", "area", "branch", "loading_percent", "overload_percent"]
    intact = {"intact_hours": 0.0, "intact_overload_mvah": 0.0}
    no_case = {"intact_overload_percent": np.nan, "intact_limit_percent": np.nan}
    return pd.DataFrame(rows, columns=[*names, "overload_outage"]).assign(**intact, **no_case)


def base_case() -> pd.DataFrame:
    rows = [
        ("A", 2026, "midden", "", "line:0", 90.0, 100.0, 3, 0.0, 0.0, 0.0, "", 0),
        ("A", 2026, "midden", "line:1", "line:0", 130.0, 120.0, 3, 4.0, 2.0, 0.0, "", 0),
    ]
    names = ["area", "year", "scenario", "outage", "worst_branch", "worst_loading_percent"]
    names += [
        "worst_limit_percent",
        "worst_hour",
        "overload_mvah",
        "insecure_hours",
        "interrupted_mw",
        "interrupted_stations",
        "unsolved_cases",
    ]
    return pd.DataFrame(rows, columns=names)


def as_given() -> pd.DataFrame:
    rows = [
        ("midden", 2030, "N", "demand", "D1", 10.0, 4.0, FORMULA),
        ("midden", 2030, "N", "demand", "", 20.0, 4.0, ""),
        ("midden", 2030, "Z", "demand", "", 20.0, 20.0, ""),
    ]
    names = ["scenario", "year", "station_id", "direction", "development_id", "requested_mw", "fits_mw"]
    return pd.DataFrame(rows, columns=[*names, "limiting_element"])


def ledger() -> pd.DataFrame:
    """Two rounds of the first project; columns that the map does not show are empty."""
    columns = LEDGER_TABLES["ledger"]
    empty = {name: "" if kind == TEXT else False if kind == BOOL else 0 for name, kind in columns.items()}
    shown = {"project_id": "P1", "start_year": 2026, "lever": "province", "binding_constraint": "phase:permit"}
    rounds = [{"round": 1, "plan_month": 90.0}, {"round": 2, "plan_month": 60.0, "month_with_both": 48.0}]
    return pd.DataFrame([empty | shown | entry for entry in rounds])


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return made_run(tmp_path_factory.mktemp("exchange"))
