"""The state of a board: a pure function of its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gridprio.board.commands import Command, Edit, Entry, MoveProject, NameVariant, OpenVariant, Redo, StartOver, Undo

Edits = tuple[Edit, ...]
"""A variant: what was changed in the study, in the order in which it was done."""


@dataclass(frozen=True)
class State:
    """Variants one after the other, the one of now, and those that have a name."""

    history: tuple[Edits, ...] = ((),)
    now: int = 0
    """place in `history`; what comes after was undone"""
    named: Mapping[str, Edits] = field(default_factory=dict)

    @property
    def edits(self) -> Edits:
        return self.history[self.now]

    @property
    def can_undo(self) -> bool:
        return self.now > 0

    @property
    def can_redo(self) -> bool:
        return self.now + 1 < len(self.history)


def after(state: State, command: Command) -> State:
    """The state that follows; the same one where the command can do nothing."""
    match command:
        case Undo():
            return replace(state, now=state.now - 1) if state.can_undo else state
        case Redo():
            return replace(state, now=state.now + 1) if state.can_redo else state
        case NameVariant(name=name):
            return replace(state, named={**state.named, name: state.edits})
        case OpenVariant(name=name):
            return _next(state, state.named[name]) if name in state.named else state
        case StartOver():
            return _next(state, ())
    return _next(state, with_edit(state.edits, command))


def state_of(log: Iterable[Entry]) -> State:
    """What a log adds up to."""
    state = State()
    for entry in log:
        state = after(state, entry.command)
    return state


def with_edit(edits: Edits, edit: Edit) -> Edits:
    """The edits with one more; what it sets is set by no earlier one, moves all count."""
    if isinstance(edit, MoveProject):
        return (*edits, edit)
    return (*(earlier for earlier in edits if _target(earlier) != _target(edit)), edit)


def _target(edit: Edit) -> tuple[object, ...]:
    ids = ("project_id", "crew_type", "region", "phase", "development_id")
    return edit.kind, *(getattr(edit, name, None) for name in ids)


def _next(state: State, edits: Edits) -> State:
    if edits == state.edits:
        return state
    history = (*state.history[: state.now + 1], edits)
    return replace(state, history=history, now=len(history) - 1)
