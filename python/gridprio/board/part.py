"""Pieces of a page, made anew or changed in place where what they are made from is another."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from gridprio.board.board import Board
from gridprio.board.evaluate import Failed
from gridprio.pipeline.what_if import WhatIf


class Part:
    """A piece of the page that follows its source."""

    def __init__(
        self, make: Callable[[], None], source: Callable[[], object], change: Callable[[], bool] = lambda: False
    ) -> None:
        """`change` brings what stands there up to date, or is False where it has to be made anew."""
        self._make, self._source, self._change = make, source, change
        self.container = ui.column().classes("w-full gap-1")
        self._seen: object = None

    def look(self) -> None:
        source = self._source()
        if source == self._seen:
            return
        self._seen = source
        with self.container:
            if self._change():
                return
            self.container.clear()
            self._make()


class Latest:
    """The last numbers that a viewer saw stay until there are newer ones, so that nothing flickers."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.found: WhatIf | None = None

    def look(self) -> object:
        answer = self._board.answer(self._board.state.edits)
        if answer is not None and not isinstance(answer, Failed):
            self.found = answer
        return self.found
