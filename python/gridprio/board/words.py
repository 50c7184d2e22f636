"""A log in words, for the page and for the report of a variant."""

from __future__ import annotations

from collections.abc import Sequence

from gridprio.board.commands import (
    Command,
    Entry,
    MoveProject,
    NameVariant,
    OpenVariant,
    Redo,
    SetCrew,
    SetDevelopment,
    SetEarliest,
    SetRule,
    SetStatus,
    StartOver,
    Undo,
)
from gridprio.inputs.study import Study
from gridprio.text import Language, Text, both, same, say, word


def command_text(study: Study, command: Command) -> Text:
    """What was done, with the names of the study."""
    projects = {p.project_id: p for p in study.projects}
    match command:
        case SetStatus(project_id=key, status=status):
            name = projects[key].name
            return say("board.did_give", name=name) if status else say("board.did_take", name=name)
        case MoveProject(project_id=key, place=place):
            moved = projects[key]
            return say("board.did_move", name=moved.name, place=place + 1, operator=moved.operator_id)
        case SetRule(rule=rule, strength=strength):
            return say("board.did_rule", rule=word("board_rule", rule), strength=strength)
        case SetCrew(crew_type=crew, region=region, units=units):
            return say("board.did_crew", crew=f"{crew}@{region}" if region else crew, units=units)
        case SetEarliest(project_id=key, phase=phase, month=None):
            return say("board.did_no_date", name=projects[key].name, phase=word("phase", phase))
        case SetEarliest(project_id=key, phase=phase, month=month):
            return say("board.did_date", name=projects[key].name, phase=word("phase", phase), month=month)
        case SetDevelopment(development_id=key, p_mw=mw, requested_year=year):
            name = next(d.name for d in study.developments if d.development_id == key)
            return say("board.did_development", name=name, mw=mw, year=year)
        case NameVariant(name=name):
            return say("board.did_name", name=name)
        case OpenVariant(name=name):
            return say("board.did_open", name=name)
        case Undo():
            return say("board.did_undo")
        case Redo():
            return say("board.did_redo")
        case StartOver():
            return say("board.did_start_over")


def entry_text(study: Study, entry: Entry) -> Text:
    """`2026-11-29 08:01 UTC, Anna: status given`."""
    when = f"{entry.at[:10]} {entry.at[11:16]} UTC"
    who = same(entry.who) if entry.who else say("board.nobody")
    done = command_text(study, entry.command)
    return both(lambda language: f"{when}, {who[language]}: {done[language]}")


def log_of_variant(study: Study, log: Sequence[Entry], name: str, language: Language) -> tuple[str, ...]:
    """All that was done until a variant was last kept under this name, in lines."""
    kept = [place for place, entry in enumerate(log) if entry.command == NameVariant(name=name)]
    return tuple(entry_text(study, entry)[language] for entry in log[: kept[-1] + 1]) if kept else ()
