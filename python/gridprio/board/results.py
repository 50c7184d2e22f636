"""What a variant does: numbers, plan, map and who waits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
from nicegui import ui

from gridprio.board.board import START
from gridprio.board.evaluate import Failed
from gridprio.board.numbers import effect_rows, in_service, sign, waiting_by_municipality
from gridprio.board.part import Latest
from gridprio.board.viewer import Viewer, error_words, plain
from gridprio.figures import connection_years, plan_bars, region_map
from gridprio.inputs.study import Study
from gridprio.model.metrics import DEFINITIONS
from gridprio.pipeline.what_if import WhatIf
from gridprio.text import decimals_for, interval, number, word

MOST_ROWS = 40
"""In a figure of who waits."""


COLUMNS = ("board.metric", "board.without", "board.with", "board.difference", "board.against_start")
TABS = {"plan": "board.plan", "map": "board.map", "who": "board.who"}


def progress(viewer: Viewer) -> None:
    """Whether the numbers are those of the variant of now, and how far they are."""
    board, worker = viewer.board, viewer.board.worker
    answer, busy = board.answer(board.state.edits), worker.busy_with
    if isinstance(answer, Failed):
        text = viewer.say("board.failed", why=error_words(answer.error, viewer.language))
    elif answer is None and busy == board.state.edits:
        text = viewer.say("board.computing", part=worker.part)
    elif answer is None:
        text = viewer.say("board.waits")
    else:
        text = viewer.say("board.ready") if busy is None else viewer.say("board.beside", part=worker.part)
    with ui.row().classes("w-full items-center no-wrap gap-2").props("role=status aria-live=polite"):
        ui.label(text).classes("board-progress")
        if busy is not None:
            ui.linear_progress(value=worker.part, show_value=False).classes("col").props("aria-hidden=true")


def effect_table(viewer: Viewer, answer: WhatIf | None) -> None:
    """Nothing before there are numbers."""
    if answer is None:
        return
    board, language = viewer.board, viewer.language
    study, start = board.study_of(board.state.edits), board.answer(START)
    start = None if isinstance(start, Failed) else start
    if not answer.established:
        ui.label(viewer.say("board.not_established")).classes("board-note")
    with plain("div", classes="board-scroll w-full"), plain("table", classes="board-table"):
        with plain("thead"), plain("tr"):
            for code in COLUMNS:
                plain("th", viewer.say(code)).props("scope=col")
        with plain("tbody"):
            for row in effect_rows(study, answer, start, viewer.scenario):
                decimals = decimals_for(row["margin"])
                with plain("tr", classes=f"board-metric-{row['metric']}"):
                    with plain("th").props("scope=row"):
                        ui.label(word("metric", row["metric"])[language])
                        ui.label(word("unit", row["metric"])[language]).classes("board-small")
                    for side in ("without", "with"):
                        plain("td", number(row[side], decimals)[language])
                    found = interval(row["mean"], row["low95"], row["high95"], row["margin"])[language]
                    plain("td", f"{sign(row['low95'], row['high95'], row['margin'])} {found}")
                    change = row["against_start"]
                    plain("td", "–" if change is None else number(change, decimals, signed=True)[language])
    draws, effect = answer.tables["outcomes"]["draw"].nunique(), answer.status_effect(viewer.scenario)
    if draws < study.settings.max_draws and (effect["low95"] < effect["high95"]).any():
        ui.label(viewer.say("board.few_draws", n=draws)).classes("board-note")


class FigureOfTab:
    """The figure of the tab that is open; while it is the same one Plotly changes what differs."""

    def __init__(self, viewer: Viewer, latest: Latest, tabs: ui.tabs) -> None:
        self._viewer, self._latest, self._tabs = viewer, latest, tabs
        self._drawn: tuple[str, ui.plotly] | None = None
        """tab and its figure"""

    def make(self) -> None:
        self._drawn = None
        made = self._figure()
        if isinstance(made, str):
            ui.label(made).classes("board-note")
        elif made is not None:
            with plain("div", classes="board-scroll w-full"), plain("div", classes="board-figure"):
                self._drawn = str(self._tabs.value), ui.plotly(made).classes("w-full")

    def change(self) -> bool:
        if self._drawn is None or self._drawn[0] != self._tabs.value:
            return False
        made = self._figure()
        if not isinstance(made, dict):
            return False
        self._drawn[1].update_figure(made)
        return True

    def _figure(self) -> dict[str, Any] | str | None:
        """For Plotly; a sentence where there is nothing to draw, None before there are numbers."""
        answer, board = self._latest.found, self._viewer.board
        if answer is None:
            return None
        draw: dict[str, Callable[[Viewer, Study, WhatIf], Any]] = {"plan": _plan, "map": _map, "who": _who}
        made = draw[str(self._tabs.value)](self._viewer, board.study_of(board.state.edits), answer)
        if isinstance(made, str):
            return made
        return {**json.loads(made.to_json()), "config": {"displayModeBar": False, "responsive": True}}


def _plan(viewer: Viewer, study: Study, answer: WhatIf) -> Any:
    plan = answer.tables["plan"]
    before, after = (in_service(plan, side) for side in answer.sides)
    ids = sorted(after, key=lambda key: (before[key], key))
    names = {project.project_id: project.name for project in study.projects}
    return plan_bars(
        plan, ids, names, scenario=str(plan["scenario"].iloc[0]), start_year=study.settings.start_year,
        language=viewer.language, with_status=frozenset(p.project_id for p in study.projects if p.status),
        sides=answer.sides,
    )  # fmt: skip


def _map(viewer: Viewer, study: Study, answer: WhatIf) -> Any:
    if not study.municipalities:
        return viewer.say("board.no_map")
    effect, metric = waiting_by_municipality(answer, viewer.scenario)
    margin = next(entry.margin.setting for entry in DEFINITIONS if entry.name == metric)
    stations, projects = (
        pd.DataFrame([row.model_dump(mode="json") for row in rows]) for rows in (study.stations, study.projects)
    )
    return region_map(
        study.municipalities, effect, stations, projects, margin=float(getattr(study.settings, margin)),
        unit=word("unit", metric), language=viewer.language, fictional=study.head.fictional,
    )  # fmt: skip


def _who(viewer: Viewer, study: Study, answer: WhatIf) -> Any:
    table = answer.tables["waiting"]
    own = table[table["scenario"] == viewer.scenario]
    never = study.settings.end_year + 1.0
    by = own["year_with_status"].fillna(never) - own["year_without_status"].fillna(never)
    moved = own[by.abs() > 1 / 12].assign(by=by.abs()).sort_values("by", ascending=False, kind="stable").head(MOST_ROWS)
    if moved.empty:
        return viewer.say("board.nobody_moves")
    names = {row.development_id: row.name for row in study.developments}
    return connection_years(moved, names, end_year=study.settings.end_year, language=viewer.language)
