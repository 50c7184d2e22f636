"""The tables of a sealed study are read back as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gridprio.exchange.sealed_study import GRID_COLUMNS, GRID_TABLES, write_tables
from gridprio.exchange.withheld import WithheldStations
from gridprio.inputs import inspect_study, read_study
from gridprio.inputs.measurement_table import Measurement
from gridprio.inputs.ratings import GroupLimit, SeasonalRating, TemperatureRating
from gridprio.inputs.resource_tables import Budget
from gridprio.inputs.schema import TABLES

CROWDED = Path(__file__).parents[2] / "cases" / "crowded"


def test_every_row_comes_back_also_a_lone_number_with_three_decimals(tmp_path: Path) -> None:
    study = read_study(CROWDED)
    budget = Budget(operator_id=study.projects[0].operator_id, year=2026, budget_meur=1.234)
    study = replace(study, budgets=(budget,))
    write_tables(study, tmp_path / "sealed", WithheldStations(study, ()))
    back, problems = inspect_study(tmp_path / "sealed")
    assert back is not None and not [p for p in problems if p.file.endswith(".csv")], problems
    for table in set(TABLES) - GRID_TABLES - set(GRID_COLUMNS) - {"assumptions"}:
        assert getattr(back, table) == getattr(study, table), table


def test_what_the_grid_carries_and_what_was_measured_on_it_stay_with_the_operator(tmp_path: Path) -> None:
    rating = SeasonalRating(rating_id="cold", elements=("trafo:0",), months=(1,), rating_percent=117.0)
    measured = Measurement(element="trafo:0", year=2025, highest_percent=93.0)
    group = GroupLimit(group_limit_id="secretbay", name="Geheimveld", elements=("trafo:0",), limit_mva=30.0)
    warm = TemperatureRating(
        rating_id="secretair", kind="cable", temperature="flat", temperatures_c=(0, 30), rating_percents=(117, 93)
    )
    tables = {
        **{"seasonal_ratings": (rating,), "temperature_ratings": (warm,)},
        **{"measurements": (measured,), "group_limits": (group,)},
    }
    study = replace(read_study(CROWDED), **tables)
    write_tables(study, tmp_path / "sealed", WithheldStations(study, ()))
    names = {path.stem for path in (tmp_path / "sealed").iterdir()}
    assert "projects" in names and not names & {"loads", "project_changes", *tables}
    written = "".join(path.read_text() for path in (tmp_path / "sealed").iterdir())
    assert not [word for word in ("secretbay", "Geheimveld", "secretair") if word in written]
