"""Redispatch by hand: a station behind one transformer of 40 MVA can draw what the transformer carries, all year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandapower as pp
import pytest
from typer.testing import CliRunner

from gridprio.cli.app import app
from gridprio.errors import InputError
from gridprio.inputs import read_study, with_settings
from gridprio.pipeline import redispatch
from tests.station_studies import write_station_study
from tests.unit.grid.stations import stations_net, stations_study
from tests.unit.pipeline.test_base_case import ONE_CREW, study


@pytest.mark.slow
def test_what_a_transformer_does_not_carry_is_curtailed() -> None:
    found = redispatch.study_redispatch(study(60.0, congestion_cost_eur_per_mwh=50.0), threads=1)
    assert tuple(found.columns) == redispatch.COLUMNS
    assert set(found.outage_rule) == {redispatch.INTACT, redispatch.REQUIRED} and set(found.year) == {2026, 2030}
    row = found.iloc[0]
    assert row.demand_mwh == pytest.approx(8760 * (60.0 - 40.0), rel=0.05) and row.feed_in_mwh == 0.0
    assert row.cost_eur == pytest.approx(50.0 * row.demand_mwh)
    assert row.overload_hours == pytest.approx(8760) and row.left_mvah < 1.0 and row.unsolved_hours == 0.0


def fed_in_by_a_load(net: Any) -> None:
    pp.create_load(net, 1, -260.0)


def drawn_by_a_ward(net: Any) -> None:
    pp.create_ward(net, 2, 150.0, 0.0, 0.0, 0.0)
    pp.create_sgen(net, 2, 30.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("add", "curtailed", "end_year"),
    [(fed_in_by_a_load, "feed_in_mwh", 2030), (drawn_by_a_ward, "demand_mwh", 2026)],
    ids=["load", "ward"],
)
def test_what_elements_of_the_net_inject_counts_by_its_sign(
    tmp_path: Path, add: Any, curtailed: str, end_year: int
) -> None:
    """About 230 MW of feed-in, or 140 MW of demand, behind two transformers of 40 MVA."""
    net = stations_net()
    add(net)
    stations_study(tmp_path / "s", net)
    (tmp_path / "s" / "loads.csv").unlink()
    found = redispatch.study_redispatch(with_settings(read_study(tmp_path / "s"), end_year=end_year), threads=1)
    assert set(found["year"]) == {2026, end_year}
    assert (found[curtailed] > 8760 * 50.0).all() and (found["left_mvah"] < 1.0).all()


def test_the_command_prints_the_table_with_its_rules() -> None:
    done = CliRunner().invoke(app, ["redispatch", str(ONE_CREW)], env={"COLUMNS": "250"})
    assert done.exit_code == 0
    assert "net zonder storing" in done.stdout and "zoals de studie vereist" in done.stdout


def test_without_a_grid_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a grid"):
        redispatch.study_redispatch(read_study(write_station_study(tmp_path)), threads=1)
