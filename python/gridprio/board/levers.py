"""What else a meeting can set: the rule of status, crews, earliest dates and requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast, get_args

from nicegui import ui
from pydantic import ValidationError

from gridprio.board.commands import Command, SetCrew, SetDevelopment, SetEarliest, SetRule
from gridprio.board.viewer import Viewer
from gridprio.inputs.enumerations import Phase
from gridprio.inputs.schema import full_request_mw
from gridprio.inputs.settings import StatusRule
from gridprio.inputs.study import Study
from gridprio.text import say, word, word_kind

RULES: tuple[StatusRule, ...] = get_args(StatusRule)


def levers(viewer: Viewer) -> None:
    """Forms with what holds in the variant of now; one that is closed is made when it is opened."""
    study = viewer.board.study_of(viewer.board.state.edits)
    _part(viewer, "board.rule", lambda: _rule(viewer, study))
    if study.crews:
        _part(viewer, "board.crews", lambda: _crews(viewer, study))
    _part(viewer, "board.dates", lambda: _dates(viewer, study))
    if viewer.board.written.developments:
        _part(viewer, "board.development", lambda: _developments(viewer, study))


def _part(viewer: Viewer, code: str, make: Callable[[], None]) -> None:
    part = ui.expansion(viewer.say(code), value=code in viewer.opened).classes("w-full board-part").props("dense")

    def turned() -> None:
        viewer.opened.symmetric_difference_update({code})
        if part.default_slot.children:
            return
        with part:
            make()

    part.on_value_change(turned)
    if code in viewer.opened:
        with part:
            make()


def _rule(viewer: Viewer, study: Study) -> None:
    settings = study.settings
    options = {rule: word("board_rule", rule)[viewer.language] for rule in RULES}
    rule = ui.select(options, value=settings.rule, label=viewer.say("board.rule")).classes("w-full board-rule")
    strength = ui.number(min=0, max=1, step=0.1).classes("w-full board-strength")

    def follow() -> None:
        reserved = rule.value == "reserved_share"
        strength.props["label"] = viewer.say("board.reserved_share" if reserved else "board.bindingness")
        strength.set_value(settings.reserved_share if reserved else settings.bindingness)
        strength.set_visibility(rule.value != "tiers")

    follow()
    rule.on_value_change(follow)
    _change(viewer, lambda: SetRule(rule=cast(StatusRule, rule.value), strength=strength.value), "board-set-rule")


def _crews(viewer: Viewer, study: Study) -> None:
    for number, crew in enumerate(study.crews):
        with ui.row().classes("w-full items-end no-wrap gap-2"):
            code = f"{crew.crew_type}@{crew.region}" if crew.region else crew.crew_type
            name = word_kind("resource", code)[viewer.language]
            units = ui.number(name, value=crew.units, min=0, step=0.5).classes(f"col board-crew-{number}")
            units.props["hint"] = viewer.say("board.units")
            _change(
                viewer,
                lambda crew=crew, units=units: SetCrew(  # type: ignore[misc]
                    crew_type=crew.crew_type, region=crew.region, units=units.value
                ),
                f"board-set-crew-{number}",
            )


def _dates(viewer: Viewer, study: Study) -> None:
    names = {project.project_id: project.name for project in study.projects}
    open_phases = [phase for phase in study.project_phases if phase.start is None]
    projects = {key: names[key] for key in dict.fromkeys(phase.project_id for phase in open_phases)}
    project = ui.select(projects, label=viewer.say("board.project"), with_input=True).classes("w-full board-project")
    phase = ui.select({}, label=viewer.say("board.phase")).classes("w-full board-phase")
    when = ui.input(viewer.say("board.month")).classes("w-full board-month")

    def of_project() -> None:
        own = {row.phase.value: word("phase", row.phase)[viewer.language]
               for row in open_phases if row.project_id == project.value}  # fmt: skip
        first = "permit" if "permit" in own else next(iter(own), None)
        phase.set_options(own, value=first)
        of_phase()

    def of_phase() -> None:
        rows = [r for r in open_phases if (r.project_id, r.phase.value) == (project.value, phase.value)]
        when.set_value(rows[0].earliest or "" if rows else "")

    project.on_value_change(of_project)
    phase.on_value_change(of_phase)

    def command() -> Command:
        return SetEarliest(project_id=project.value, phase=Phase(phase.value), month=when.value or None)

    _change(viewer, command, "board-set-date")


def _developments(viewer: Viewer, study: Study) -> None:
    own = {row.development_id for row in viewer.board.written.developments}
    rows = {row.development_id: row for row in study.developments if row.development_id in own}
    names = {key: row.name for key, row in rows.items()}
    which = ui.select(names, label=viewer.say("board.development"), with_input=True).classes("w-full board-request")
    p_mw = ui.number(viewer.say("board.p_mw"), min=0).classes("w-full")
    year = ui.number(viewer.say("board.requested_year"), precision=0, format="%d").classes("w-full")

    def of_row() -> None:
        if which.value in rows:
            p_mw.set_value(full_request_mw(rows[which.value]))
            year.set_value(rows[which.value].requested_year)

    which.on_value_change(of_row)

    def command() -> Command:
        return SetDevelopment(development_id=which.value, p_mw=p_mw.value, requested_year=int(year.value))

    _change(viewer, command, "board-set-request")


def _change(viewer: Viewer, command: Callable[[], Command], mark: str) -> None:
    """A button that carries out the command of a form, or says which entry is none."""

    def carry_out() -> None:
        try:
            made = command()
        except (ValidationError, ValueError, TypeError) as error:
            ui.notify(say("board.no_value")[viewer.language] + _entries(error), type="negative")
            return
        viewer.do(made)

    ui.button(viewer.say("board.change"), on_click=carry_out).props("outline dense no-caps").classes(mark)


def _entries(error: Any) -> str:
    """Names of the entries that are none, where they are known."""
    if not isinstance(error, ValidationError):
        return ""
    return " (" + ", ".join(str(part["loc"][-1]) for part in error.errors() if part["loc"]) + ")"
