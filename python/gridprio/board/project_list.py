"""The projects of every operator in their order: drag or push them, give or take status."""

from __future__ import annotations

from functools import partial

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

Below = dict[str, ui.label]
"""Line under the name of each project."""


def project_lists(viewer: Viewer, below: Below) -> None:
    """A list per operator; fills `below`."""
    study = viewer.board.study_of(viewer.board.state.edits)
    below.clear()
    for operator in dict.fromkeys(project.operator_id for project in study.projects):
        projects = operator_list(study, operator)
        if projects:
            _operator(viewer, operator, projects, below)
    say_dates(viewer, below)


def say_dates(viewer: Viewer, below: Below) -> None:
    """When projects are in service with status, by the middle draw; the lists stay as they are."""
    edits = viewer.board.state.edits
    study, answer = viewer.board.study_of(edits), viewer.board.answer(edits)
    dates = {} if answer is None or isinstance(answer, Failed) else in_service(answer.tables["plan"], answer.sides[1])
    for project in study.projects:
        if project.project_id in below:
            below[project.project_id].set_text(_words(viewer, study, project, dates))


def _operator(viewer: Viewer, operator: str, projects: list[Project], below: Below) -> None:
    ui.label(viewer.say("board.operator", name=operator)).classes("text-subtitle1 text-weight-medium q-mt-sm")
    rows = ui.column().classes("w-full gap-0").props("role=list")
    ids = [project.project_id for project in projects]
    with rows:
        for place, project in enumerate(projects):
            _row(viewer, project, place, len(projects), below)

    def dropped(event: events.SortableEventArguments) -> None:
        if event.new_index != event.old_index:
            viewer.do(MoveProject(project_id=ids[event.old_index], place=event.new_index))

    # forceFallback: the same drag with mouse, pen and finger, in every browser
    rows.make_sortable({"forceFallback": True, "fallbackTolerance": 4}, handle=".board-handle", on_end=dropped)


def _row(viewer: Viewer, project: Project, place: int, n: int, below: Below) -> None:
    movable = is_movable(project)
    classes = "board-row w-full items-center no-wrap gap-1" + (" board-status" if project.status else "")
    with ui.row().classes(classes).props("role=listitem"):
        ui.icon("drag_indicator").classes("board-handle").props("aria-hidden=true")
        ui.label(f"{place + 1}").classes("board-place")
        with ui.column().classes("gap-0 col board-name"):
            ui.label(project.name)
            below[project.project_id] = ui.label().classes("board-small")
        _push(viewer, project, place, -1, n)
        _push(viewer, project, place, +1, n)
        star = ui.button(icon="star" if project.status else "star_border")
        star.props(f"flat dense round aria-pressed={str(project.status).lower()}").classes("board-star")
        _named(star, viewer.say("board.status_of", name=project.name), f"star {project.project_id}", viewer)
        star.on_click(partial(viewer.do, SetStatus(project_id=project.project_id, status=not project.status)))
        if not movable:
            star.disable()


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


def _words(viewer: Viewer, study: Study, project: Project, dates: dict[str, float]) -> str:
    parts = [project.project_id]
    if project.project_id in dates:
        when = month(study.settings.start_year, dates[project.project_id])
        parts.append(viewer.say("board.in_service", month=when))
    if not is_movable(project):
        parts.append(viewer.say("board.tier_fixed"))
    return " · ".join(parts)
