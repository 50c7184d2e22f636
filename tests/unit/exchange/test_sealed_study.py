"""The tables of a sealed study are read back as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gridprio.exchange.sealed_study import GRID_COLUMNS, GRID_TABLES, write_tables
from gridprio.exchange.withheld import WithheldStations
from gridprio.inputs import inspect_study, read_study
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
