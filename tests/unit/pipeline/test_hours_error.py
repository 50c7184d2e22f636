"""Representative hours beside all hours: all hours by another kernel, and what is said where nothing is compared."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

import gridprio
from gridprio.inputs import with_settings
from gridprio.inputs.study import Study
from gridprio.pipeline import hours_error
from gridprio.pipeline.congestion import congestion_tables
from gridprio.pipeline.hours_error import hours_error_messages, hours_error_tables
from gridprio.pipeline.schedules import make_schedules
from gridprio.pipeline.session import Session
from gridprio.store.tables import checked_table
from gridprio.text import Message
from tests.kernels.conftest import present
from tests.unit.pipeline.test_base_case import ONE_CREW

YEAR = 2028
"""Of 2026 to 2030, the one in the middle."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Station S1 peaks at 100 MW behind transformers of 40 MVA, with a load that is another in every hour."""
    folder = tmp_path_factory.mktemp("study") / "one_crew"
    shutil.copytree(ONE_CREW, folder)
    hour = np.arange(8760)
    shape = 0.6 + 0.2 * np.cos(2 * np.pi * hour / 8760) + 0.2 * np.random.default_rng(0).random(8760)
    (folder / "profiles.csv").write_text("flat\n" + "\n".join(map(str, shape / shape.max())) + "\n")
    loads = (folder / "loads.csv").read_text().replace("L1,S1,services,demand,25.0", "L1,S1,services,demand,100.0")
    (folder / "loads.csv").write_text(loads)
    return with_settings(gridprio.read_study(folder), hours_per_month=2)


def compared(of: Study, backend: str = "rust") -> tuple[pd.DataFrame | None, list[Message]]:
    if backend == "rust":
        present(backend)
    with Session(of, backend, threads=1) as session:
        table = hours_error_tables(session, make_schedules(session.evaluator), lambda part: None).get("hours_error")
        return table, hours_error_messages(session, table)


def test_all_hours_are_those_of_a_run_with_all_hours(study: Study) -> None:
    table, (said,) = compared(study)
    assert table is not None
    checked_table("hours_error", table)
    assert set(table["year"]) == {YEAR} and set(table["order_name"]) == {"without_status", "with_status"}
    with Session(with_settings(study, hours="all"), "rust", threads=1) as session:
        congestion = congestion_tables(session.evaluator, make_schedules(session.evaluator), lambda part: None)
    every = congestion["congestion"].query(f"year == {YEAR}").groupby(["order_name", "area"])["overload_mvah"].sum()
    overload = table[table["metric"] == "overload_mvah"].set_index(["order_name", "area"])
    assert every.gt(0).any()
    for place, mvah in overload["all_hours"].items():
        assert mvah == pytest.approx(every.get(place, 0.0), rel=1e-6)
    assert not np.allclose(overload["representative"], overload["all_hours"], rtol=1e-3)
    assert said.params["n"] == 4 and said.params["overload_mvah_all_hours"] == pytest.approx(every.sum() / 4)


def test_more_years_are_spread_over_the_horizon_and_what_status_changes_is_told(study: Study) -> None:
    """In 2027 one of the two stations has its second transformer: the first without status, the other with it."""
    table, (said,) = compared(with_settings(study, hours_check_years=2))
    assert table is not None and set(table["year"]) == {2027, 2029}
    every = table[table["metric"] == "overload_mvah"].groupby(["year", "order_name"])["all_hours"].sum()
    in_2027 = every[2027, "with_status"] - every[2027, "without_status"]
    assert said.params["effect_all_hours"] == pytest.approx(in_2027 / 2) and in_2027 > 2e5
    assert every[2029, "with_status"] == every[2029, "without_status"]


def test_taps_that_nothing_moves_leave_the_comparison(study: Study) -> None:
    acting, (said,) = compared(with_settings(study, taps="acting"))
    assert said.code == "hours_error.found" and acting is not None
    pd.testing.assert_frame_equal(acting, compared(study)[0])


def test_an_area_that_is_too_large_is_named(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours_error, "MOST_CASES", 8760)
    table, said = compared(study)
    assert table is not None and table.empty and [x.code for x in said] == ["hours_error.large"]
    assert said[0].params["areas"]


@pytest.mark.parametrize("settings", [{"hours": "all"}, {"hours_check_years": 0}])
def test_nothing_is_compared_where_nothing_is_asked(study: Study, settings: dict[str, object]) -> None:
    assert compared(with_settings(study, **settings), "auto") == (None, [])


def test_other_backends_say_that_they_do_not_compare(study: Study) -> None:
    table, said = compared(study, "numba")
    assert table is None and [x.code for x in said] == ["hours_error.backend"]
