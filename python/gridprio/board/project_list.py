"""The projects of every operator in their order: drag or push them, give or take status."""

from __future__ import annotations

from nicegui import events, ui

from gridprio.board.commands import MoveProject, SetStatus
from gridprio.board.evaluate import Failed
from gridprio.board.numbers import in_service
from gridprio.board.variant import operator_list
from gridprio.board.viewer import Viewer
from gridprio.inputs.moves import is_movable
from gridprio.inputs.schema import Project
from gridprio.inputs.study import Study
from gridprio.text import month


class ProjectLists:
    """A list per operator; a status is changed in its row, another order makes the lists anew."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._orders: dict[str, list[str]] = {}
        self._rows: dict[str, _Row] = {}
        self._dates: dict[str, float] = {}

    def make(self) -> None:
        study, self._orders, self._rows = self._study(), {}, {}
        for operator in dict.fromkeys(project.operator_id for project in study.projects):
            projects = operator_list(study, operator)
            self._orders[operator] = [project.project_id for project in projects]
            if projects:
                self._operator(operator, projects)
        self.change()
        self.say_dates()

    def change(self) -> bool:
        study = self._study()
        if any([p.project_id for p in operator_list(study, key)] != own for key, own in self._orders.items()):
            return False
        for project in study.projects:
            if project.project_id in self._rows:
                self._rows[project.project_id].show_status(has=project.status)
        return bool(self._orders)

    def say_dates(self) -> None:
        """When projects are in service with status, by the middle draw; until that is known when they were before."""
        answer = self._viewer.board.answer(self._viewer.board.state.edits)
        if isinstance(answer, Failed):
            self._dates = {}
        elif answer is not None:
            self._dates = in_service(answer.tables["plan"], answer.sides[1])
        study, code = self._study(), "board.was_in_service" if answer is None else "board.in_service"
        for project in study.projects:
            if project.project_id in self._rows:
                said = _words(self._viewer, study, project, self._dates, code)
                self._rows[project.project_id].say(said, of_before=answer is None and project.project_id in self._dates)

    def _study(self) -> Study:
        return self._viewer.board.study_of(self._viewer.board.state.edits)

    def _operator(self, operator: str, projects: list[Project]) -> None:
        viewer, ids = self._viewer, self._orders[operator]
        ui.label(viewer.say("board.operator", name=operator)).classes("text-subtitle1 text-weight-medium q-mt-sm")
        rows = ui.column().classes("w-full gap-0").props("role=list")
        with rows:
            for place, project in enumerate(projects):
                self._rows[project.project_id] = _Row(viewer, project, place, len(projects))

        def dropped(event: events.SortableEventArguments) -> None:
            if event.new_index != event.old_index:
                self._orders.clear()  # the browser has moved the row; the lists are made anew whatever comes of it
                viewer.do(MoveProject(project_id=ids[event.old_index], place=event.new_index))

        # forceFallback: the same drag with mouse, pen and finger, in every browser
        rows.make_sortable({"forceFallback": True, "fallbackTolerance": 4}, handle=".board-handle", on_end=dropped)


class _Row:
    """A project in the list of its operator."""

    def __init__(self, viewer: Viewer, project: Project, place: int, n: int) -> None:
        self._has_status = False
        self._row = ui.row().classes("board-row w-full items-center no-wrap gap-1").props("role=listitem")
        with self._row:
            ui.icon("drag_indicator").classes("board-handle").props("aria-hidden=true")
            ui.label(f"{place + 1}").classes("board-place")
            with ui.column().classes("gap-0 col board-name"):
                ui.label(project.name)
                self._below = ui.label().classes("board-small")
            _push(viewer, project, place, -1, n)
            _push(viewer, project, place, +1, n)
            self._star = ui.button(icon="star_border").props("flat dense round aria-pressed=false")
            self._star.classes("board-star").props["aria-label"] = viewer.say("board.status_of", name=project.name)
            self._star.on_click(
                lambda: viewer.do(SetStatus(project_id=project.project_id, status=not self._has_status))
            )
            if not is_movable(project):
                self._star.disable()

    def say(self, text: str, *, of_before: bool) -> None:
        """Below the name; `of_before`: dates of before the last change."""
        self._below.set_text(text)
        self._below.classes(**{"add" if of_before else "remove": "board-of-before"})

    def show_status(self, *, has: bool) -> None:
        if has == self._has_status:
            return
        self._has_status = has
        self._row.classes(**{"add" if has else "remove": "board-status"})
        self._star.props(f"icon={'star' if has else 'star_border'} aria-pressed={str(has).lower()}")


def _push(viewer: Viewer, project: Project, place: int, by: int, n: int) -> None:
    button = ui.button(icon="arrow_upward" if by < 0 else "arrow_downward").props("flat dense round size=sm")
    code = "board.up" if by < 0 else "board.down"
    _named(button, viewer.say(code, name=project.name), f"{by} {project.project_id}", viewer)
    if not 0 <= place + by < n:
        button.disable()
        return

    def push() -> None:
        viewer.focus = f"{by} {project.project_id}"
        viewer.do(MoveProject(project_id=project.project_id, place=place + by))

    button.on_click(push)


def _named(button: ui.button, name: str, mark: str, viewer: Viewer) -> None:
    """What a screen reader says; the button that was used last has the focus again."""
    button.props["aria-label"] = name
    if viewer.focus == mark:
        viewer.focus = ""
        ui.run_javascript(f"setTimeout(() => getHtmlElement({button.id})?.focus(), 50)")


def _words(viewer: Viewer, study: Study, project: Project, dates: dict[str, float], code: str) -> str:
    """`code`: of the sentence on a date."""
    parts = [project.project_id]
    if project.project_id in dates:
        when = month(study.settings.start_year, dates[project.project_id])
        parts.append(viewer.say(code, month=when))
    if not is_movable(project):
        parts.append(viewer.say("board.tier_fixed"))
    return " · ".join(parts)
