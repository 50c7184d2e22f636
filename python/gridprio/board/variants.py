"""Undo and redo, variants with a name, side by side and handed over, and the log."""

from __future__ import annotations

from functools import partial

from nicegui import run, ui
from pydantic import ValidationError

from gridprio.board.board import START
from gridprio.board.commands import NameVariant, OpenVariant, Redo, StartOver, Undo
from gridprio.board.evaluate import Failed
from gridprio.board.export import Reports, export_variant
from gridprio.board.numbers import metric_means
from gridprio.board.viewer import Viewer, error_words, plain
from gridprio.board.words import entry_text
from gridprio.errors import GridprioError
from gridprio.model.metrics import DEFINITIONS
from gridprio.text import decimals_for, number, word

LOG_SHOWN = 50


def history_buttons(viewer: Viewer) -> None:
    state = viewer.board.state
    for code, icon, command, possible in (
        ("board.undo", "undo", Undo(), state.can_undo),
        ("board.redo", "redo", Redo(), state.can_redo),
        ("board.start_over", "restart_alt", StartOver(), bool(state.edits)),
    ):
        button = ui.button(icon=icon, on_click=partial(viewer.do, command)).props("flat dense")
        button.classes(code.replace(".", "-")).tooltip(viewer.say(code))
        button.props["aria-label"] = viewer.say(code)
        button.set_enabled(possible)


def variants(viewer: Viewer, reports: Reports) -> None:
    """Keep the variant of now under a name; open, export and report those that have one."""
    with ui.row().classes("w-full items-end no-wrap gap-2"):
        name = ui.input(viewer.say("board.name")).classes("col board-variant-name")

        def keep() -> None:
            try:
                command = NameVariant(name=name.value)
            except ValidationError:
                ui.notify(viewer.say("board.no_value"), type="negative")
                return
            viewer.do(command)

        ui.button(viewer.say("board.keep"), on_click=keep).props("outline dense no-caps").classes("board-keep")
    for named in viewer.board.state.named:
        with ui.row().classes("w-full items-center gap-2"):
            ui.label(named).classes("col text-weight-medium")
            for code, action in (
                ("board.open", partial(viewer.do, OpenVariant(name=named))),
                ("board.export", partial(_export, viewer, named)),
                ("board.report", partial(_report, viewer, reports, named)),
            ):
                button = ui.button(viewer.say(code), on_click=action).props("flat dense no-caps size=sm")
                button.classes(code.replace(".", "-"))
        said = reports.said.get(named)
        if said is not None:
            ui.label(said[viewer.language]).classes("board-note")


async def _report(viewer: Viewer, reports: Reports, name: str) -> None:
    try:
        await run.io_bound(reports.begin, name)
    except GridprioError as error:
        ui.notify(error_words(error, viewer.language), type="negative", multi_line=True)


async def _export(viewer: Viewer, name: str) -> None:
    try:
        place = await run.io_bound(export_variant, viewer.board, name)
    except GridprioError as error:
        ui.notify(error_words(error, viewer.language), type="negative", multi_line=True)
        return
    ui.notify(viewer.say("board.exported", place=str(place)), type="positive", multi_line=True, timeout=10_000)


def comparison(viewer: Viewer) -> None:
    """The study, each variant with a name and the one of now, with status: means over draws."""
    board = viewer.board
    columns = [(viewer.say("board.study"), START), *board.state.named.items(),
               (viewer.say("board.now"), board.state.edits)]  # fmt: skip
    answers = [(name, board.answer(edits)) for name, edits in columns]
    found = [(name, answer) for name, answer in answers if answer is not None and not isinstance(answer, Failed)]
    means = [metric_means(answer, viewer.scenario)[1] for _, answer in found]
    with plain("div", classes="board-scroll w-full"), plain("table", classes="board-table"):
        with plain("thead"), plain("tr"):
            plain("th", viewer.say("board.metric")).props("scope=col")
            for name, _ in found:
                plain("th", name).props("scope=col")
        with plain("tbody"):
            for metric in DEFINITIONS:
                margin = float(getattr(board.start.settings, metric.margin.setting))
                with plain("tr"):
                    plain("th", word("metric", metric.name)[viewer.language]).props("scope=row")
                    for values in means:
                        plain("td", number(values[metric.name], decimals_for(margin))[viewer.language])


def log_lines(viewer: Viewer) -> None:
    """The last commands first."""
    entries = viewer.board.log.entries
    if not entries:
        ui.label(viewer.say("board.nothing_yet")).classes("board-note")
    for entry in reversed(entries[-LOG_SHOWN:]):
        ui.label(entry_text(viewer.board.start, entry)[viewer.language]).classes("board-log")
