"""Numbers of a board are those of a run of the same input, whatever was changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from gridprio.board.board import Board
from gridprio.board.commands import (
    Command,
    MoveProject,
    NameVariant,
    SetCrew,
    SetDevelopment,
    SetEarliest,
    SetRule,
    SetStatus,
    Undo,
)
from gridprio.board.evaluate import Failed
from gridprio.board.export import export_variant
from gridprio.board.numbers import effect_rows, metric_means, waiting_by_municipality
from gridprio.board.open import open_board
from gridprio.errors import InputError, StoreError
from gridprio.inputs import read_study
from gridprio.inputs.read import changed_settings
from gridprio.inputs.study import Study
from gridprio.pipeline import run_study
from gridprio.pipeline.what_if import WhatIf
from gridprio.report.files import write_report
from tests.unit.board.boards import small_board

WAIT_S = 60.0
CHANGES: dict[str, tuple[Command, ...]] = {
    "status": (SetStatus(project_id="pe", status=True), SetStatus(project_id="pw", status=False)),
    "move": (MoveProject(project_id="pw", place=0),),
    "rule": (SetRule(rule="reserved_share", strength=0),),
    "strength": (SetRule(rule="head_start", strength=0.1),),
    "crew": (SetCrew(crew_type="hv", units=2),),
    "date": (SetEarliest(project_id="pe", phase="build", month="2029-03"),),
    "request": (SetDevelopment(development_id="d3", p_mw=30, requested_year=2028),),
    "all": (
        SetStatus(project_id="pe", status=True), MoveProject(project_id="pw", place=0),
        SetRule(rule="reserved_share", strength=0.5), SetCrew(crew_type="hv", units=1.5),
        SetDevelopment(development_id="d1", p_mw=25, requested_year=2027),
    ),
}  # fmt: skip


def answered(board: Board) -> WhatIf:
    """The numbers of the variant of now, once they are there."""
    began = time.monotonic()
    while (answer := board.answer(board.state.edits)) is None:
        assert time.monotonic() - began < WAIT_S
        time.sleep(0.01)
    assert not isinstance(answer, Failed), answer.error
    return answer


@pytest.mark.parametrize("name", CHANGES)
def test_numbers_equal_those_of_a_run_of_the_exported_variant(tmp_path: Path, name: str) -> None:
    board = small_board(tmp_path)
    try:
        before = answered(board)
        for command in CHANGES[name]:
            assert board.do("Anna", command)
        board.do("Anna", NameVariant(name="variant"))
        found = answered(board)
        exported = export_variant(board, "variant")
    finally:
        board.close()
    run = run_study(read_study(exported), out=tmp_path / "run", backend="reference")
    names = [*found.sides]
    assert_same(found.tables["outcomes"], run.outcomes[run.outcomes["order_name"].isin(names)])
    plan = found.tables["plan"]
    assert_same(plan, run.plan[run.plan["order_name"].isin(names)])
    totals = run.status_effect
    totals = totals[(totals["project_id"] == "total") & (totals["channel"] == "both")]
    columns = ["scenario", "metric", "mean", "low95", "high95"]
    assert_same(found.status_effect("mid")[columns], totals[columns])
    years = ["scenario", "development_id", "requested_year", "year_without_status", "year_with_status"]
    assert_same(found.tables["waiting"][years], run.connections[years])
    moved, metric = waiting_by_municipality(found, "mid")
    groups = run.distribution
    groups = groups[(groups["group_kind"] == "municipality") & (groups["metric"] == metric)].set_index("group_id")
    assert moved == pytest.approx({key: groups["effect"][key] for key in moved}, abs=1e-12)
    assert not all(found.tables[table].equals(before.tables[table]) for table in found.tables)


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Row by row, whatever the types of the columns on disk."""
    left, right = (
        frame.astype({c: str for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])})
        for frame in (found, expected[list(found.columns)])
    )
    keys = [column for column in left.columns if not pd.api.types.is_float_dtype(left[column])]
    left, right = (frame.sort_values(keys, kind="stable").reset_index(drop=True) for frame in (left, right))
    pd.testing.assert_frame_equal(left, right, check_dtype=False, check_exact=False, rtol=1e-12, atol=1e-12)


def test_a_board_that_is_opened_again_is_where_it_was_and_undo_still_works(tmp_path: Path) -> None:
    board = small_board(tmp_path)
    board.do("Anna", MoveProject(project_id="pw", place=0))
    expected, state = answered(board), board.state
    board.close()
    again = small_board(tmp_path / ".." / tmp_path.name)
    try:
        assert again.state == state
        assert answered(again).tables["outcomes"].equals(expected.tables["outcomes"])
        assert [entry.who for entry in again.log.entries] == ["Anna"]
        again.do("Bob", Undo())
        assert again.state.edits == ()
    finally:
        again.close()


def test_a_change_that_cannot_be_is_not_logged(tmp_path: Path) -> None:
    board = small_board(tmp_path)
    try:
        for command in (
            SetStatus(project_id="none", status=True),
            SetCrew(crew_type="none", units=1),
            SetEarliest(project_id="pw", phase="permit", month="2027-01"),
        ):
            with pytest.raises(InputError):
                board.do("Anna", command)
        assert board.log.entries == [] and board.state.edits == ()
    finally:
        board.close()


def test_the_effect_table_tells_the_change_against_the_study(tmp_path: Path) -> None:
    board = small_board(tmp_path)
    try:
        start = answered(board)
        board.do("", SetStatus(project_id="pw", status=False))
        rows = {row["metric"]: row for row in effect_rows(board.start, answered(board), start, "mid")}
    finally:
        board.close()
    demand = rows["waiting_mw_years_demand"]
    assert demand["mean"] == pytest.approx(demand["with"] - demand["without"])
    assert demand["mean"] == 0
    assert demand["against_start"] == pytest.approx(demand["with"] - metric_means(start, "mid")[1][demand["metric"]])
    assert demand["against_start"] != 0


def test_a_run_is_opened_with_its_own_settings_and_the_report_of_a_variant_says_who_did_what(tmp_path: Path) -> None:
    study = small_board(tmp_path)
    study.close()
    changed = read_study(tmp_path / "study")
    run = run_study(changed_settings(changed, {"bindingness": "0.9"}), out=tmp_path / "run", backend="reference")
    board = open_board(run.folder, backend="reference")
    try:
        assert board.start.settings.bindingness == 0.9
        assert_same(
            answered(board).tables["outcomes"], run.outcomes[run.outcomes["order_name"].isin(answered(board).sides)]
        )
        board.do("Anna <b>", MoveProject(project_id="pw", place=0))
        board.do("Anna <b>", NameVariant(name="first"))
        answered(board)
        study_of_variant = read_study(export_variant(board, "first"))
        assert study_of_variant.head.remarks[0].endswith("Anna <b>: Station West: naar plaats 1 van low")
        text = write_report(run_study(study_of_variant, out=tmp_path / "first", backend="reference")).read_text("utf-8")
        assert "Anna &lt;b&gt;: Station West: naar plaats 1 van low" in text
        board.do("", Undo())
        board.do("", NameVariant(name="first"))
        with pytest.raises(StoreError, match="other changes"):
            export_variant(board, "first")
    finally:
        board.close()
    (tmp_path / "study" / "crews.csv").write_text("crew_type,units\nhv,1.2\nhv_high,1\n")
    with pytest.raises(StoreError, match=r"crews\.csv"):
        open_board(run.folder)


def test_who_asks_for_another_variant_is_answered_while_the_first_is_still_computed(tmp_path: Path) -> None:
    """Cells are simulated slowly here; a variant that needs none of them comes first, and the rest goes on after it."""
    board = small_board(tmp_path)
    try:
        answered(board)
        first, evaluate = threading.Event(), board.worker._sessions.evaluate

        def slow(study: Study, progress: Callable[[float], None]) -> WhatIf:
            if study.developments != board.start.developments:
                first.set()
                for _ in range(500):
                    progress(0.25)
                    time.sleep(0.01)
            return evaluate(study, progress)

        board.worker._sessions.evaluate = slow  # type: ignore[method-assign]
        board.do("", SetDevelopment(development_id="d3", p_mw=30, requested_year=2028))
        assert first.wait(5) and board.worker.part in (0.0, 0.25) and board.answer(board.state.edits) is None
        began = time.monotonic()
        board.do("", Undo())
        board.do("", SetCrew(crew_type="hv", units=2))
        answered(board)
        assert time.monotonic() - began < 3
    finally:
        board.close()
