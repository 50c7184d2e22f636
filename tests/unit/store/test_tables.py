from __future__ import annotations

from pathlib import Path

import pytest

from gridprio.model.metrics import METRIC_COLUMNS
from gridprio.store.tables import RUN_TABLES

PAGE = (Path(__file__).parents[3] / "docs" / "run-folder.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "table",
    ["plan", "cells", "outcomes", "status_effect", "connections", "distribution", "goal_shift",
     "lorenz", "inequality", "externality", "reach", "reach_months", "why_not", "flips", "ledger", "last_out",
     "rank_acceptability", "sensitivity", "regret", "search_room", "as_given", "moves", "space"],
)  # fmt: skip
def test_contract_stands_on_its_page(table):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{table}` |"))
    columns = [column for column in RUN_TABLES[table] if f"`{column}`" not in PAGE and column not in row]
    assert columns == []


def test_columns_of_metrics_keep_their_places():
    known = [
        "waiting_mw_years_demand", "waiting_mw_years_feed_in", "waiting_dwelling_years", "overload_mvah",
        "shortfall_mw_years", "capital_cost_meur", "congestion_cost_meur", "insecure_hours",
    ]  # fmt: skip
    assert list(METRIC_COLUMNS)[: len(known)] == known
