"""gridprio tabulate on a planted study: counted, resumable, refused with a number, and used by what comes after."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import gridprio
from gridprio.cells import SimulatedCells
from gridprio.inputs import read_study, with_settings
from gridprio.pipeline import Session
from gridprio.pipeline.contribution_tables import contribution_messages
from gridprio.pipeline.tabulate import FullTable
from gridprio.search import study_objective
from gridprio.search.bound import lower_bound

pytestmark = pytest.mark.slow

PLANTED = Path(__file__).parents[2] / "cases" / "one_crew"


def missing(folder: Path) -> int:
    with Session(read_study(PLANTED), "auto", 1, folder) as session:
        return FullTable(session).missing


def test_everything_is_counted_simulated_once_and_there_afterwards(invoke, tmp_path):
    cells = tmp_path / "cells"
    counted = invoke("tabulate", PLANTED, "--cells", cells, "--count")
    assert counted.exit_code == 0 and not cells.exists()
    with Session(read_study(PLANTED), "auto", 1, cells) as session:
        table = FullTable(session)
        assert table.missing == sum(count.missing for count in table.counts) > 0
        assert all(count.cells == count.states * len(session.study.scenario_ids) for count in table.counts)
    done = invoke("tabulate", PLANTED, "--cells", cells, "--threads", "1")
    assert done.exit_code == 0 and done.stdout.splitlines()[-1] == str(cells)
    assert done.stdout.startswith(counted.stdout)
    assert missing(cells) == 0
    again = invoke("tabulate", PLANTED, "--cells", cells)
    assert again.exit_code == 0 and again.stdout.splitlines()[-1] == str(cells)


def test_a_table_that_was_broken_off_goes_on(tmp_path, monkeypatch):
    every, calls = missing(tmp_path), []
    values = SimulatedCells.values

    def broken_off(self, states, progress=None):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(len(states))
        return values(self, states, progress)

    monkeypatch.setattr(SimulatedCells, "values", broken_off)
    with pytest.raises(KeyboardInterrupt), Session(read_study(PLANTED), "auto", 1, tmp_path) as session:
        FullTable(session).make()
    monkeypatch.undo()
    left = missing(tmp_path)
    assert 0 < left < every
    with Session(read_study(PLANTED), "auto", 1, tmp_path) as session:
        parts: list[float] = []
        FullTable(session).make(parts.append)
        assert session.cells.origin()["simulated"] == left
    assert parts == sorted(parts) and parts[-1] == 1.0
    assert missing(tmp_path) == 0


def test_the_bound_of_a_later_session_covers_every_year_without_simulating(invoke, tmp_path):
    study = read_study(PLANTED)
    with Session(study, "auto", 1, tmp_path) as session:
        before = lower_bound(study_objective(session.evaluator), 0)
    assert before.share == 0 and before.points == 0
    assert invoke("tabulate", PLANTED, "--cells", tmp_path, "--threads", "1").exit_code == 0
    with Session(study, "auto", 1, tmp_path) as session:
        objective = study_objective(session.evaluator)
        after, whole = lower_bound(objective, 0), lower_bound(objective, 100_000)
        assert after.whole and after.points == whole.points
        assert session.cells.origin()["simulated"] == 0


def test_a_run_of_a_tabulated_study_has_contributions(invoke, tmp_path):
    assert invoke("tabulate", PLANTED, "--cells", tmp_path / "cells", "--threads", "1").exit_code == 0
    done = gridprio.run_study(read_study(PLANTED), tmp_path / "run", threads=1, cells=tmp_path / "cells")
    table = done.contribution
    assert {"fixed_dates", "replanned"} <= set(table.game) and table.exact.all()
    total = table[table.area == "total"]
    keys = ["game", "scenario", "metric"]
    by_area = table[table.area != "total"].groupby(keys).shapley.sum()
    whole = total.groupby(keys).shapley.sum()
    without_capital = [key for key in whole.index if key[2] != "capital_cost_meur"]
    assert by_area[without_capital].to_numpy() == pytest.approx(whole[without_capital].to_numpy())
    assert (total.owen_province.groupby([total[key] for key in keys]).sum() - whole).abs().max() < 1e-6
    assert set(done.interaction.game) <= set(table.game) and len(done.interaction)


def test_a_run_without_contributions_says_which_command_gives_them():
    study = read_study(PLANTED)
    assert [told.code for told in contribution_messages(study, {})] == ["contributions.not_tabulated"]
    assert contribution_messages(study, {"contribution": pd.DataFrame()}) == []
    assert contribution_messages(with_settings(study, shapley_blocks=0), {}) == []


def test_refusals_say_how_many(invoke, tmp_path):
    found = invoke("tabulate", PLANTED, "--cells", tmp_path, "--set", "table_states=3", "--set", "language=en")
    assert found.exit_code == 2 and "too large to tabulate" in found.stderr and "at most 3" in found.stderr
    found = invoke("tabulate", PLANTED, "--cells", tmp_path, "--areas", "nowhere", "--language", "en")
    assert found.exit_code == 2 and "no such area" in found.stderr
    sealed = tmp_path / "sealed"
    assert invoke("seal", PLANTED, "--out", sealed, "--orders", "0", "--cells", tmp_path / "cells").exit_code == 0
    found = invoke("tabulate", sealed, "--language", "en")
    assert found.exit_code == 2 and "no grid" in found.stderr
