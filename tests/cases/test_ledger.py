"""The ledger through the whole pipeline: scores, principles, what each project saves, and rounds that are added."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from gridprio.errors import StoreError
from gridprio.inputs.weighing import Criterion, Principle, Score
from gridprio.report.files import write_report
from gridprio.report.ledger import ledger_lines
from gridprio.report.run_tables import run_tables
from gridprio.store import Run
from tests.cases.test_planted import planted, ran, with_rows

SCORES = {"A": (5, 1), "B": (1, 5), "C": (1, 1)}


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """`one_crew` and, in the next round, the same without project A and with a delivered one."""
    folder = tmp_path_factory.mktemp("rounds")
    study = planted("one_crew")
    projects = study.projects
    research = projects[0].model_copy(
        update={"project_id": "C", "name": "=Study C", "listed": True, "informs": "project B", "decide_by_year": 2028}
    )
    scored = with_rows(
        study,
        projects=(*projects, research),
        criteria=(
            Criterion(criterion_id="homes", name="homes", weight=3),
            Criterion(criterion_id="nature", name="nature", weight=1),
        ),
        scores=tuple(
            Score(project_id=project, criterion_id=criterion, score=score)
            for project, both in SCORES.items()
            for criterion, score in zip(("homes", "nature"), both, strict=True)
        ),
        principles=(
            Principle(project_id="B", principle="less transport", stance="serves"),
            Principle(project_id="B", principle="clean air", stance="hinders"),
        ),
    )
    first = ran(scored, folder, "first")
    later = with_rows(
        study,
        projects=(projects[1], research.model_copy(update={"project_id": "D", "delivered_on": "2025-06"})),
        project_phases=tuple(p for p in study.project_phases if p.project_id == "B"),
        project_changes=tuple(c for c in study.project_changes if c.project_id == "B"),
    )
    return first, ran(later, folder, "second", ledger=first)


def test_it_holds_scores_principles_and_what_each_project_saves(rounds: tuple[Run, Run]) -> None:
    found = rounds[0].ledger.set_index("project_id")
    assert found["round"].tolist() == [1, 1, 1]
    assert found["societal_score"].tolist() == [4, 2, 1]
    # A is ahead of B where homes weigh more than half: half of all weighings; C never is
    assert found["share_first"].tolist() == pytest.approx([0.5, 0.5, 0], abs=0.01)
    assert found.loc["B", "principles"] == "less transport:serves; clean air:hinders"
    assert found.loc["C", ["assessment", "assessment_reason", "informs"]].tolist() == [
        "not_assessable", "no_change:2028", "project B",
    ]  # fmt: skip
    ranks = rounds[0].rank_acceptability
    assert ranks.groupby("project_id")["acceptability"].sum().tolist() == pytest.approx([1, 1, 1])
    last_out = rounds[0].last_out.set_index("project_id")
    # with status B is there from 2027 on and A from 2028 on, until the end of the horizon
    end = rounds[0].manifest["settings"]["end_year"] + 1
    saved = last_out["saved_waiting_mw_years"]
    assert (saved["A"], saved["B"]) == pytest.approx((20 * (end - 2028), 30 * (end - 2027)))
    points = last_out["relief_points"] - last_out["harm_points"]
    assert points.tolist() == pytest.approx(last_out["saved_points"].tolist()) and (last_out["relief_points"] > 0).all()
    assert sorted(last_out["place"]) == [1, 2] and last_out["among_first"].sum() == 1


def test_a_round_is_added_and_nothing_rewritten(rounds: tuple[Run, Run]) -> None:
    first, second = rounds
    pd.testing.assert_frame_equal(second.ledger.head(3), first.ledger)
    assert second.ledger["round"].tolist() == [1, 1, 1, 2, 2]
    assert second.ledger["project_id"].tolist() == ["A", "B", "C", "B", "D"]
    assert second.ledger.loc[4, ["assessment_reason", "delivered_on"]].tolist() == ["delivered", "2025-06"]


def test_a_ledger_of_other_columns_is_refused(rounds: tuple[Run, Run], tmp_path: Path) -> None:
    other = Run(rounds[0].folder, rounds[0].manifest)
    other.ledger = rounds[0].ledger.drop(columns="round")
    with pytest.raises(StoreError, match="differ in the columns round"):
        ran(planted("one_crew"), tmp_path, ledger=other)
    assert not (tmp_path / "run").exists()


def test_an_outsider_reads_it_in_both_languages(rounds: tuple[Run, Run]) -> None:
    lines = {line.project_id: line for line in ledger_lines(run_tables(rounds[1]))}
    assert lines["A"].standing.en == "last named in round 1"
    assert lines["B"].earlier[0].nl.startswith("ronde 1: ") and lines["C"].binding.en.startswith("not assessed: ")
    assert lines["A"].where.en == (
        "In service Jan 2027 without status, Jan 2028 with the statuses of now. "
        "With the support of now no order brings it before Jan 2027 on average."
    )
    # with status B has the crew in the first year, and A in the second
    own, waiting = lines["A"].months
    assert own.en == "12 own phases (grid operator)" and waiting.en.startswith("12 waiting: too few crews (team)")
    assert lines["C"].where.nl == "Informeert: project B. Te besluiten in 2028."
    assert lines["D"].where.en == "Delivered: 2025-06."
    assert write_report(rounds[0]).is_file()
    for language, separator in (("nl", ";"), ("en", ",")):
        text = (rounds[0].folder / f"ledger_{language}.csv").read_text(encoding="utf-8-sig")
        rows = list(csv.reader(text.splitlines(), delimiter=separator))
        assert [row[1] for row in rows[1:]] == ["A", "B", "C"] and rows[3][0] == "'=Study C"
    assert any("dient: less transport" in part for row in _rows(rounds[0], "nl", ";") for part in row)


def _rows(run: Run, language: str, separator: str) -> list[list[str]]:
    text = (run.folder / f"ledger_{language}.csv").read_text(encoding="utf-8-sig")
    return list(csv.reader(text.splitlines(), delimiter=separator))
