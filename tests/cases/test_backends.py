"""A cut of the fictional province under every fast backend: the same tables, and the same bytes for any threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from data.make.fictional_province import study as fictional

from gridprio.inputs import read_study, with_settings
from gridprio.pipeline import run_study
from tests.kernels.conftest import present

PROVINCE = Path(__file__).parents[2] / "data" / "grids" / fictional.STUDY_FOLDER
HOLDERS = 4
"""Projects with status: all sets of them are compared."""
MW = 1e-5
"""Allocated MW of a cell agree to about 1e-6; tables hold sums of them."""

Tables = Callable[[str, int], dict[str, Path]]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Paths of the tables by name, for a backend and a number of threads; each is run once."""
    study = with_settings(
        read_study(PROVINCE),
        end_year=2027,
        hours_per_month=2,
        hours_check_years=0,
        draws=2,
        max_draws=2,
        placebo_lists=2,
    )
    others = [project.project_id for project in study.projects if project.status][HOLDERS:]
    projects = [p.model_copy(update={"status": p.status and p.project_id not in others}) for p in study.projects]
    study = replace(study, scenarios=study.scenarios[:1], projects=tuple(projects))

    @cache
    def run(backend: str, threads: int) -> dict[str, Path]:
        present(backend)
        folder = tmp_path_factory.mktemp(f"{backend}{threads}") / "run"
        run_study(study, out=folder, backend=backend, threads=threads)
        return {path.stem: path for path in folder.glob("*.parquet")}

    return run


@pytest.mark.slow
def test_tables_are_the_same_bytes_for_any_number_of_threads(tables: Tables) -> None:
    one, two = tables("rust", 1), tables("rust", 2)
    assert set(one) == set(two) and "cells" in one
    for name, path in one.items():
        assert path.read_bytes() == two[name].read_bytes(), name


@pytest.mark.slow
def test_rust_and_numba_write_the_same_tables(tables: Tables) -> None:
    ours, theirs = tables("numba", 2), tables("rust", 2)
    assert set(ours) == set(theirs)
    for name, path in ours.items():
        found, expected = pd.read_parquet(path), pd.read_parquet(theirs[name])
        pd.testing.assert_frame_equal(found, expected, rtol=1e-6, atol=MW, obj=name)
    cells = pd.read_parquet(ours["cells"])
    assert (cells["waiting_mw_demand"] > 1.0).any() and (cells["overload_mvah"] > 1.0).any()
