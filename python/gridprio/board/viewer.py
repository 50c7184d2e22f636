"""One viewer of a board: its language, its name, and what it may do."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from gridprio.board.board import Board
from gridprio.board.commands import Command
from gridprio.errors import GridprioError, InputError
from gridprio.text import Language, in_language, say

SHOWN_PROBLEMS = 3


class Viewer:
    """What the parts of a page share."""

    def __init__(self, board: Board, language: Language, who: str) -> None:
        self.board, self.language, self.who = board, language, who
        self.scenario = board.start.scenario_ids[0]
        self.opened: set[str] = set()
        """forms that are open, by the code of their title"""
        self.focus = ""
        """mark of the button that has the focus again after the list is made anew"""

    def say(self, code: str, **params: Any) -> str:
        return say(code, **params)[self.language]

    def do(self, command: Command) -> None:
        """Carry out, or say why not."""
        try:
            self.board.do(self.who, command)
        except GridprioError as error:
            ui.notify(error_words(error, self.language), type="negative", multi_line=True, timeout=10_000)


def error_words(error: Exception, language: Language) -> str:
    """What is wrong, in a language; of many problems the first ones."""
    if not isinstance(error, InputError):
        return in_language(error.args[0] if error.args else type(error).__name__, language)
    lines = []
    for problem in error.problems[:SHOWN_PROBLEMS]:
        parts = [problem.what, problem.found, problem.expected, problem.mend]
        lines.append("; ".join(in_language(part, language) for part in parts if part))
    return "\n".join(lines)


def plain(kind: str, text: str = "", classes: str = "") -> ui.element:
    """An HTML element that shows `text` as it is."""
    made = ui.element(kind).classes(classes)
    if text:
        with made:
            ui.label(text)
    return made
