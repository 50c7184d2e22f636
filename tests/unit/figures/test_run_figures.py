"""Figures of a stored run hold what its tables hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridprio.store import Run
from tests.unit.exchange.conftest import made_run

RING = [[5.0, 52.0], [5.1, 52.0], [5.1, 52.1], [5.0, 52.0]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return made_run(Path(tmp_path_factory.mktemp("figures")), "en")


def test_bars_of_every_planned_project(run: Run) -> None:
    shown = run.plot.plan().to_json()
    assert all(name in shown for name in run.projects["name"])


def test_connections_that_move_and_no_others(run: Run) -> None:
    shown = run.plot.connections("eigen").to_json()
    assert [name in shown for name in ("Plan D1", "Plan D3", "Plan D4", "Plan D5")] == [True, True, False, True]


def test_a_map_of_what_changes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    feature = {
        "properties": {"municipality_id": "M1", "name": "Eerst"},
        "geometry": {"type": "Polygon", "coordinates": [RING]},
    }
    monkeypatch.setattr(type(run), "municipalities", {"features": [feature]})
    shown = run.plot.map().to_json()
    assert "Eerst" in shown and "70.0 MW-years" in shown and "Noord" in shown


@pytest.mark.parametrize("figure", ["dilution", "bindingness"])
def test_a_figure_whose_curves_were_not_asked_for_names_the_setting(run: Run, figure: str) -> None:
    with pytest.raises(AttributeError, match=r"curve_lists is 0; run the study again with --set curve_lists=39"):
        getattr(run.plot, figure)()


def test_a_table_that_no_setting_left_out_is_told_beside_those_there_are(run: Run) -> None:
    with pytest.raises(AttributeError, match=r"no table 'dilutoin'; it has .*status_effect"):
        run.dilutoin  # noqa: B018 - the access is what is asked
