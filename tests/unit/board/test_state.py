"""The state of a board is what its log adds up to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridprio.board.commands import (
    Entry,
    MoveProject,
    NameVariant,
    OpenVariant,
    Redo,
    SetCrew,
    SetStatus,
    StartOver,
    Undo,
    entry_line,
    entry_of,
)
from gridprio.board.state import State, after, state_of, with_edit

GIVE, TAKE = SetStatus(project_id="a", status=True), SetStatus(project_id="a", status=False)
MOVE, CREW = MoveProject(project_id="a", place=0), SetCrew(crew_type="hv", units=2)
COMMANDS = (GIVE, TAKE, MOVE, CREW, Undo(), Redo(), StartOver(), NameVariant(name="x"), OpenVariant(name="x"))


def entry(command: object) -> Entry:
    return Entry.model_validate({"at": "2026-01-01T00:00:00+00:00", "who": "Anna", "command": command})


def test_undo_and_redo_are_commands_and_an_edit_forgets_what_was_undone() -> None:
    state = state_of(map(entry, (GIVE, MOVE, Undo(), Undo(), Redo())))
    assert state.edits == (GIVE,) and state.can_redo
    state = after(state, CREW)
    assert state.edits == (GIVE, CREW) and not state.can_redo


def test_what_is_set_twice_is_set_once_and_moves_all_count() -> None:
    assert with_edit(with_edit((GIVE, MOVE), TAKE), MOVE) == (MOVE, TAKE, MOVE)


def test_a_variant_is_opened_as_it_was_kept_and_the_way_back_is_an_undo() -> None:
    state = state_of(map(entry, (GIVE, NameVariant(name="x"), StartOver(), MOVE, OpenVariant(name="x"))))
    assert state.edits == (GIVE,)
    assert after(state, Undo()).edits == (MOVE,)


@given(st.lists(st.sampled_from(COMMANDS), max_size=12))
def test_lines_of_the_log_give_the_same_state_and_undo_turns_every_edit_back(commands: list[object]) -> None:
    log = [entry(command) for command in commands]
    state = state_of(log)
    assert state_of(entry_of(entry_line(part)) for part in log) == state
    if after(state, GIVE) != state:
        assert after(after(state, GIVE), Undo()).edits == state.edits
    assert state.history[state.now] == state.edits


@pytest.mark.parametrize(
    "line", ["", "{}", '{"at": "now"}', '{"at":"2026-01-01T00:00:00+00:00","who":"","command":{"kind":"run"}}']
)
def test_a_line_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        entry_of(line)


def test_nothing_to_undo_changes_nothing() -> None:
    assert after(State(), Undo()) == after(State(), Redo()) == after(State(), OpenVariant(name="none")) == State()
