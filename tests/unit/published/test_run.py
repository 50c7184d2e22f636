"""From a map to the page: the small publication, run."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import gridprio
from gridprio.cli.app import app

from .entries import ABOVE, AREA, changed, write


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> gridprio.Run:
    """Two areas: one whose own project is enough once the grid above is in, one that the grid above alone limits."""
    folder = tmp_path_factory.mktemp("map")
    free = changed(AREA, id="BB", requiredTransportCapacityWithdrawal="40 MW", projects=AREA["projects"][1:])
    path = write(folder, AREA, free, ABOVE)
    arguments = ["new", str(folder / "study"), "--from", "capacity-map", str(path), "--date", "2026-08-08"]
    done = CliRunner().invoke(app, [*arguments, "--province", "Utrecht", "--language", "en"])
    assert done.exit_code == 0, done.output
    study = gridprio.read_study(folder / "study")
    return gridprio.run_study(gridprio.with_settings(study, draws=2, max_draws=2), out=folder / "run")


def test_the_transmission_project_binds_both_areas(run: gridprio.Run) -> None:
    table = run.connections[run.connections["scenario"] == "published:all_needed"]
    assert set(table["binding_project"]) == {"tennet-zandveen-150-kv"}
    assert set(table["binding_operator"]) == {"TenneT"}


def test_the_run_says_how_many_are_bound_by_others(run: gridprio.Run) -> None:
    said = [entry["params"] for entry in run.manifest["messages"] if entry["code"] == "run.bound_by_others"]
    assert [(one["n"], one["areas"]) for one in said] == [(2, 2), (2, 2)]


def test_the_page_shows_reach_of_every_project_and_what_cannot_be_known(run: gridprio.Run) -> None:
    from gridprio.report.run_tables import run_tables
    from gridprio.report.view import page_view

    view = page_view(run_tables(run))
    assert [line.name for line in view.reach.lines] == ["Extra trafo Aa", "Zandveen 150 kV"]
    assert "permit" in view.reach.lines[1].binding.en
    assert any("Overload" in remark for remark in view.remarks)
