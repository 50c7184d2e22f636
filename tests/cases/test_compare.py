"""Two rounds side by side, through the whole pipeline on a planted study."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import gridprio
from gridprio.cli.app import app
from gridprio.errors import InputError
from gridprio.store import Run
from gridprio.text import word_message
from tests.cases.test_planted import planted, ran, with_rows


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """`one_crew`; then with two teams from the start, B half a year longer in building, C new and E delivered."""
    folder = tmp_path_factory.mktemp("rounds")
    study = planted("one_crew")
    a, b = study.projects
    bare = {"status": False, "listed": True, "station_id": "", "operator_rank": None}
    gone = a.model_copy(update={**bare, "project_id": "G", "name": "Gone"})
    built = a.model_copy(update={**bare, "project_id": "E", "name": "Built"})
    before = with_rows(study, projects=(a, b, gone, built))
    new = a.model_copy(update={**bare, "project_id": "C", "name": "New"})
    phases = tuple(
        phase.model_copy(update={"duration_months": 18}) if phase.project_id == "B" else phase
        for phase in study.project_phases
    )
    after = with_rows(
        study,
        projects=(a, b, built.model_copy(update={"delivered_on": "2025-11"}), new),
        project_phases=phases,
        crews=tuple(crew.model_copy(update={"units": 2}) for crew in study.crews),
    )
    return ran(before, folder, "before"), ran(after, folder, "after")


def test_what_became_of_each_project(rounds: tuple[Run, Run]) -> None:
    found = gridprio.compare_runs(*rounds).projects.set_index("project_id")
    assert found["change"].to_dict() == {
        "A": "moved", "B": "moved", "G": "dropped", "E": "delivered", "C": "added",
    }  # fmt: skip
    # one team and B first: B in January 2027, A a year later; with two teams A from the start, B after 18 months
    assert found.loc[["A", "B"], ["promised", "expected"]].values.tolist() == [
        ["2028-01", "2027-01"], ["2027-01", "2027-07"],
    ]  # fmt: skip
    assert found.loc[["A", "B"], "months_later"].tolist() == [-12, 6]
    assert found.loc["B", "changed"] == "build.duration_months: 12 > 18" and found.loc["A", "changed"] == ""
    assert found.loc["E", "realised"] == "2025-11"


def test_what_is_shared_and_the_outcomes(rounds: tuple[Run, Run]) -> None:
    found = gridprio.compare_runs(*rounds)
    assert found.shared["what"].tolist() == [f"crews {rounds[0].crews.loc[0, 'crew_type']}"]
    waiting = found.outcomes.set_index("metric").loc["waiting_mw_years_demand"]
    # D1 waits one year for A (20 MW), D2 a year and a half for B (30 MW)
    assert waiting[["before", "after", "difference"]].tolist() == pytest.approx([70, 65, -5])
    assert (waiting["verdict_before"], waiting["verdict_after"]) == ("better", "none")
    assert found.notes == ()


def test_a_run_beside_itself_is_unchanged(rounds: tuple[Run, Run]) -> None:
    found = gridprio.compare_runs(rounds[0], rounds[0])
    assert set(found.projects["change"]) == {"unchanged"} and (found.projects["changed"] == "").all()
    assert found.shared.empty and (found.outcomes["difference"] == 0).all()


def test_a_project_that_leaves_the_plan_and_a_later_horizon(rounds: tuple[Run, Run], tmp_path: Path) -> None:
    study = planted("one_crew", start_year=2028, end_year=2032, price_year=2028)
    phases = tuple(
        phase.model_copy(update={"duration_months": 80}) if phase.project_id == "B" else phase
        for phase in study.project_phases
    )
    later = with_rows(study, projects=study.projects[1:], project_phases=phases[1:], project_changes=())
    found = gridprio.compare_runs(rounds[0], ran(later, tmp_path))
    assert found.projects.set_index("project_id")["change"]["B"] == "out_of_plan" and found.outcomes.empty
    assert [note.code for note in found.notes] == ["compare.perhaps_delivered", "compare.horizons"]
    assert found.notes[0].params["projects"] == [rounds[0].projects.set_index("project_id")["name"]["A"]]


def test_what_cannot_be_compared_is_named(rounds: tuple[Run, Run]) -> None:
    def changed(**tables: pd.DataFrame) -> Run:
        run = Run(rounds[0].folder, rounds[0].manifest)
        run.__dict__ |= tables
        return run

    renamed = rounds[0].projects.assign(project_id=["W", "X", "Y", "Z"])
    with pytest.raises(InputError, match="no project in common; found W, X, Y, Z; expected A, B, E, G"):
        gridprio.compare_runs(rounds[0], changed(projects=renamed))
    searched = changed(plan=rounds[0].plan.query("order_name == 'without_status'"))
    with pytest.raises(InputError, match="no plan with status; found without_status") as refused:
        gridprio.compare_runs(searched, searched)
    assert len(refused.value.problems) == 2
    what_if = Run(rounds[0].folder, {**rounds[0].manifest, "comparison": {"established": False}})
    what_if.__dict__["plan"] = rounds[0].plan.assign(order_name="need_year_" + rounds[0].plan["order_name"])
    with pytest.raises(InputError, match="the other is a what-if"):
        gridprio.compare_runs(rounds[0], what_if)


def test_other_scenarios_are_named_as_people_know_them(rounds: tuple[Run, Run]) -> None:
    later = Run(rounds[1].folder, rounds[1].manifest)
    later.__dict__ |= {
        "outcomes": rounds[1].outcomes.assign(scenario="ii3050"),
        "scenarios": rounds[1].scenarios.assign(scenario_id="ii3050"),
    }
    found = gridprio.compare_runs(rounds[0], later)
    assert found.outcomes.empty
    (said,) = [word_message(note)["en"] for note in found.notes if note.code == "compare.scenarios"]
    assert said.endswith("no scenario in common. The first run has Base (base), the second Base (ii3050).")


def test_the_command_prints_it_and_says_why_it_cannot(rounds: tuple[Run, Run], tmp_path: Path) -> None:
    folders = [str(run.folder) for run in rounds]
    shown = CliRunner().invoke(app, ["compare", *folders], env={"COLUMNS": "200"})
    assert shown.exit_code == 0, shown.output
    for words in ("2 verschoven", "1 vervallen", "2027-07", "build.duration_months: 12 > 18", "Wachten op afname"):
        assert words in shown.stdout
    assert " Base " in shown.stdout and " base " not in shown.stdout, "scenarios by name"
    as_json = json.loads(CliRunner().invoke(app, ["compare", *folders, "--json"]).stdout)
    assert [row["change"] for row in as_json["projects"]] == ["moved", "moved", "dropped", "delivered", "added"]
    assert as_json["projects"][4]["months_later"] is None and as_json["shared"]
    assert {(row["scenario"], row["scenario_name"]) for row in as_json["outcomes"]} == {("base", "Base")}
    assert CliRunner().invoke(app, ["compare", folders[0], str(tmp_path)]).exit_code == 4
