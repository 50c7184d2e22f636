"""Dates in the list of projects while the numbers of a change are being computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gridprio.board.board import Board
from gridprio.board.commands import MoveProject
from tests.unit.board.boards import small_board
from tests.unit.board.test_evaluate import answered

pytest.importorskip("nicegui", reason="NiceGUI is absent: pip install gridprio[board]")


@dataclass
class Row:
    """Stands for a row of the page, and says what a reader sees in it."""

    seen: list[tuple[str, bool]] = field(default_factory=list)

    def say(self, text: str, *, of_before: bool) -> None:
        self.seen.append((text, of_before))


def test_dates_of_before_stay_marked_until_the_new_ones_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gridprio.board.project_list import ProjectLists
    from gridprio.board.viewer import Viewer

    board = small_board(tmp_path)
    try:
        answered(board)
        lists: Any = ProjectLists(Viewer(board, "en", "who"))
        lists._rows = {"pe": Row()}
        lists.say_dates()
        [(known, of_before)] = lists._rows["pe"].seen
        assert "in service " in known and not of_before
        monkeypatch.setattr(Board, "answer", lambda self, edits: None)
        board.do("who", MoveProject(project_id="pe", place=0))
        lists._rows = {"pe": Row()}  # another order makes the rows anew
        lists.say_dates()
        [(said, of_before)] = lists._rows["pe"].seen
        when = known.split("in service ")[1]
        assert of_before and f"before: in service {when}, new date follows" in said
        monkeypatch.undo()
        answered(board)
        lists.say_dates()
        said, of_before = lists._rows["pe"].seen[-1]
        assert not of_before and "before" not in said
    finally:
        board.close()
