"""The page of a board: its parts, made anew where the log or the numbers go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

from fastapi import Request
from nicegui import ui

from gridprio.board.board import Board
from gridprio.board.export import Reports
from gridprio.board.levers import levers
from gridprio.board.part import Latest, Part
from gridprio.board.project_list import ProjectLists
from gridprio.board.results import TABS, FigureOfTab, effect_table, progress
from gridprio.board.variants import comparison, history_buttons, log_lines, variants
from gridprio.board.viewer import Viewer
from gridprio.text import LANGUAGES, Language, say

LOOK_EVERY_S = 0.05
NAME_COOKIE = "gridprio_board_name"
STYLE = Path(__file__).with_name("page.css")


def show_page(board: Board, reports: Reports, request: Request) -> None:
    """Everything that one viewer sees; what he changes reaches all others."""
    viewer = Viewer(board, _language(request, board), unquote(request.cookies.get(NAME_COOKIE, ""))[:60])
    ui.add_css(STYLE.read_text(encoding="utf-8"))
    ui.page_title(_title(board, viewer.language))
    _header(board, viewer)
    parts: list[Part] = []

    def part(
        make: Callable[[], None], source: Callable[[], object], change: Callable[[], bool] = lambda: False
    ) -> None:
        parts.append(Part(make, source, change))

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
            lists = ProjectLists(viewer)
            part(lists.make, lambda: board.state.edits, lists.change)
            part(lists.say_dates, answer)
            ui.label(viewer.say("board.levers")).classes("text-h6").props("role=heading aria-level=2")
            part(lambda: levers(viewer), lambda: board.state.edits)
        with ui.column().classes("board-right gap-2"):
            part(lambda: progress(viewer), lambda: (answer(), board.worker.busy_with, board.worker.part))
            _scenario(board, viewer)
            ui.label(viewer.say("board.effect")).classes("text-h6").props("role=heading aria-level=2")
            latest = Latest(board)
            part(lambda: effect_table(viewer, latest.found),
                 lambda: (latest.look(), board.answer(()), viewer.scenario))  # fmt: skip
            with ui.tabs().props("dense no-caps align=left") as tabs:
                for name, code in TABS.items():
                    ui.tab(name, label=viewer.say(code))
            tabs.set_value("plan")
            figure = FigureOfTab(viewer, latest, tabs)
            part(figure.make, lambda: (latest.look(), tabs.value, viewer.scenario), figure.change)
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
