"""Where all have status it orders nobody: every table of a run says so, whatever tables there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gridprio
from gridprio.effect import BY_LIST
from gridprio.inputs import with_settings
from gridprio.inputs.study import Study

HERE = Path(__file__).parent
BESIDE_STATUS = frozenset(
    {"contribution", "interaction", "shadow_prices", "sensitivity", "search", "rank_acceptability"}
)
"""Tables of which `mean`, `effect` or `change` is not that of status."""
EFFECTS = ("effect", "mean", "low95", "high95", "change")
WITHOUT, WITH = "without_status", "with_status"


def everyone(name: str, **settings: object) -> Study:
    study = with_settings(gridprio.read_study(HERE / name), curve_lists=3, **settings)
    changed = {"status": True, "status_from": "", "support_permit_months": 0, "support_land_months": 0}
    return replace(study, projects=tuple(p.model_copy(update=changed) for p in study.projects))


def tables_of(run: gridprio.Run) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in Path(run.folder).glob("*.parquet")}


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "rule", ["head_start", pytest.param("tiers", marks=SLOW), pytest.param("reserved_share", marks=SLOW)]
)
def test_all_with_status_is_none_exactly_in_every_table(rule: str, tmp_path: Path) -> None:
    run = gridprio.run_study(everyone("crowded", rule=rule), out=tmp_path / "run", threads=1)
    looked_at: set[str] = set()
    for name, table in tables_of(run).items():
        if name == "status_effect":  # the rows of a project compare with the list of all others
            table = table[(table.project_id == "total") | (table.metric == BY_LIST)]
        if name == "dilution":  # before its end only some have status
            table = table[table.n_status == table.n_status.max()]
        for column in table.columns:
            if WITHOUT in column and column.replace(WITHOUT, WITH) in table:
                other = table[column.replace(WITHOUT, WITH)]
                pd.testing.assert_series_equal(table[column], other, check_names=False, obj=f"{name}.{column}")
                looked_at.add(name)
        if "order_name" in table and {WITHOUT, WITH} <= set(table.order_name):
            sides = [table[table.order_name == side].drop(columns="order_name") for side in (WITHOUT, WITH)]
            pd.testing.assert_frame_equal(*(side.reset_index(drop=True) for side in sides), obj=name)
            looked_at.add(name)
        if name not in BESIDE_STATUS:
            for column in [c for c in table.columns if c in EFFECTS]:
                values = table[column].to_numpy(float)
                assert (values[~np.isnan(values)] == 0).all(), f"{name}.{column}"
                looked_at.add(name)
    assert {"status_effect", "connections", "plan", "distribution", "dilution", "bindingness"} <= looked_at
