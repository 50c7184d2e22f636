"""The page of a board: its parts, made anew where the log or the numbers go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

from fastapi import Request
from nicegui import ui

from gridprio.board.board import Board
from gridprio.board.evaluate import Failed
from gridprio.board.export import Reports
from gridprio.board.levers import levers
from gridprio.board.project_list import Below, project_lists, say_dates
from gridprio.board.results import TABS, effect_table, figures, progress
from gridprio.board.variants import comparison, history_buttons, log_lines, variants
from gridprio.board.viewer import Viewer
from gridprio.pipeline.what_if import WhatIf
from gridprio.text import LANGUAGES, Language, say

LOOK_EVERY_S = 0.15
NAME_COOKIE = "gridprio_board_name"
STYLE = Path(__file__).with_name("page.css")


class Part:
    """A piece of the page that is made anew when what it is made from is another."""

    def __init__(self, make: Callable[[], None], source: Callable[[], object]) -> None:
        self._make, self._source = make, source
        self._container = ui.column().classes("w-full gap-1")
        self._seen: object = None

    def look(self) -> None:
        source = self._source()
        if source != self._seen:
            self._seen = source
            self._container.clear()
            with self._container:
                self._make()


def show_page(board: Board, reports: Reports, request: Request) -> None:
    """Everything that one viewer sees; what he changes reaches all others."""
    viewer = Viewer(board, _language(request, board), unquote(request.cookies.get(NAME_COOKIE, ""))[:60])
    ui.add_css(STYLE.read_text(encoding="utf-8"))
    ui.page_title(_title(board, viewer.language))
    _header(board, viewer)
    parts: list[Part] = []

    def part(make: Callable[[], None], source: Callable[[], object]) -> None:
        parts.append(Part(make, source))

    def answer() -> object:
        return board.answer(board.state.edits)

    def named() -> object:
        return (
            [board.answer(edits) for edits in board.state.named.values()],
            list(board.state.named),
            dict(reports.said),
        )

    with ui.element("main").classes("board-page"):
        with ui.column().classes("board-left gap-2"):
            with ui.row().classes("w-full items-center no-wrap"):
                part(lambda: _row(lambda: history_buttons(viewer)), lambda: board.state)
            ui.label(viewer.say("board.projects")).classes("text-h6").props("role=heading aria-level=2")
            ui.label(viewer.say("board.drag")).classes("board-note")
            below: Below = {}
            part(lambda: project_lists(viewer, below), lambda: board.state.edits)
            part(lambda: say_dates(viewer, below), answer)
            ui.label(viewer.say("board.levers")).classes("text-h6").props("role=heading aria-level=2")
            part(lambda: levers(viewer), lambda: board.state.edits)
        with ui.column().classes("board-right gap-2"):
            part(lambda: progress(viewer), lambda: (answer(), board.worker.busy_with, board.worker.part))
            _scenario(board, viewer)
            ui.label(viewer.say("board.effect")).classes("text-h6").props("role=heading aria-level=2")
            latest = Latest(board)
            part(lambda: latest.show(lambda found: effect_table(viewer, found)),
                 lambda: (latest.look(), board.answer(()), viewer.scenario))  # fmt: skip
            with ui.tabs().props("dense no-caps align=left") as tabs:
                for name, code in TABS.items():
                    ui.tab(name, label=viewer.say(code))
            tabs.set_value("plan")
            part(lambda: latest.show(lambda found: figures(viewer, found, str(tabs.value))),
                 lambda: (latest.look(), tabs.value, viewer.scenario))  # fmt: skip
            ui.label(viewer.say("board.variants")).classes("text-h6").props("role=heading aria-level=2")
            part(lambda: variants(viewer, reports), named)
            ui.label(viewer.say("board.compare")).classes("text-subtitle1").props("role=heading aria-level=3")
            part(lambda: comparison(viewer), lambda: (named(), answer(), board.answer(()), viewer.scenario))
            ui.label(viewer.say("board.log")).classes("text-h6").props("role=heading aria-level=2")
            part(lambda: log_lines(viewer), lambda: len(board.log.entries))

    def look() -> None:
        for piece in parts:
            piece.look()

    look()
    ui.timer(LOOK_EVERY_S, look)


class Latest:
    """The last numbers that a viewer saw stay until there are newer ones, so that nothing flickers."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._found: WhatIf | None = None

    def look(self) -> object:
        answer = self._board.answer(self._board.state.edits)
        if answer is not None and not isinstance(answer, Failed):
            self._found = answer
        return self._found

    def show(self, make: Callable[..., None]) -> None:
        if self._found is not None:
            make(self._found)


def _row(make: Callable[[], None]) -> None:
    with ui.row().classes("items-center gap-1"):
        make()


def _header(board: Board, viewer: Viewer) -> None:
    with ui.header().classes("board-header items-center"):
        title = ui.label(_title(board, viewer.language)).classes("text-h6 col")
        title.props("role=heading aria-level=1")
        name = ui.input(viewer.say("board.your_name"), value=viewer.who).props("dense dark maxlength=60")
        name.classes("board-your-name")

        def renamed() -> None:
            viewer.who = name.value
            cookie = f"{NAME_COOKIE}={quote(name.value)}; path=/; samesite=strict; max-age=31536000"
            ui.run_javascript(f"document.cookie = {json.dumps(cookie)}")

        name.on_value_change(renamed)
        for language in LANGUAGES:
            if language != viewer.language:
                ui.link(language.upper(), f"/?language={language}").classes("text-white board-language")


def _scenario(board: Board, viewer: Viewer) -> None:
    names = {s.scenario_id: s.name for s in board.start.scenarios if s.scenario_id in board.start.scenario_ids}
    if len(names) > 1:
        chosen = ui.select(names, value=viewer.scenario, label=viewer.say("board.scenario")).props("dense")
        chosen.classes("board-scenario")
        chosen.on_value_change(lambda: setattr(viewer, "scenario", chosen.value))


def _language(request: Request, board: Board) -> Language:
    asked = request.query_params.get("language", "")
    return "nl" if asked == "nl" else "en" if asked == "en" else board.start.settings.language


def _title(board: Board, language: Language) -> str:
    head = board.start.head
    title = (head.title_nl if language == "nl" else head.title_en) or head.title_nl or head.name
    return f"{title} ({say('answer.fictional')[language].lower()})" if head.fictional else title
