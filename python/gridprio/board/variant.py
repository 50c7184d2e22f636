"""A study with the edits of a variant, as `gridprio run` would read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from gridprio.board.commands import (
    Edit,
    MoveProject,
    SetCrew,
    SetDevelopment,
    SetEarliest,
    SetRule,
    SetStatus,
)
from gridprio.errors import InputError, Problem
from gridprio.inputs.assumptions import value_now
from gridprio.inputs.columns import Row
from gridprio.inputs.scenario_tables import Assumption
from gridprio.inputs.schema import Project
from gridprio.inputs.study import Study
from gridprio.orders import own_order
from gridprio.text import sentence

R = TypeVar("R", bound=Row)


def with_edits(written: Study, edits: Sequence[Edit]) -> Study:
    """The study as written with these changes; InputError for one that names a row that is not there.

    What a meeting decides is no assumption any more: one whose range leaves the new value out is left out itself.
    """
    for edit in edits:
        written = with_edit_applied(written, edit)
    held = tuple(row for row in written.assumptions if _holds(row, value_now(written, row)))
    return replace(written, assumptions=held)


def _holds(assumption: Assumption, value: float | None) -> bool:
    return value is None or assumption.low <= value <= assumption.high


def with_edit_applied(written: Study, edit: Edit) -> Study:
    match edit:
        case SetStatus(project_id=project_id, status=status):
            # What has status is listed too.
            listed: dict[str, object] = {"listed": True} if status else {}
            return _changed(written, "projects", lambda p: p.project_id == project_id, project_id,
                            lambda _: {"status": status, **listed})  # fmt: skip
        case MoveProject(project_id=project_id, place=place):
            return _moved(written, project_id, place)
        case SetRule(rule=rule, strength=strength):
            changes: dict[str, object] = {"rule": rule}
            if rule == "head_start":
                changes["bindingness"] = strength
            elif rule == "reserved_share":
                changes["reserved_share"] = strength
            return replace(written, settings=written.settings.model_copy(update=changes))
        case SetCrew(crew_type=crew, region=region, units=units):
            return _changed(written, "crews", lambda c: (c.crew_type, c.region) == (crew, region), crew,
                            lambda _: {"units": units})  # fmt: skip
        case SetEarliest(project_id=project_id, phase=phase, month=month):
            return _changed(written, "project_phases", lambda p: (p.project_id, p.phase) == (project_id, phase),
                            f"{project_id} {phase}", lambda _: {"earliest": month})  # fmt: skip
        case SetDevelopment(development_id=key, p_mw=p_mw, requested_year=year):
            return _changed(written, "developments", lambda d: d.development_id == key, key,
                            lambda _: {"p_mw": p_mw, "requested_year": year})  # fmt: skip


def _changed(
    written: Study, table: str, is_meant: Callable[[Any], bool], named: str, changes: Callable[[Any], dict[str, object]]
) -> Study:
    rows: Sequence[Any] = getattr(written, table)
    if not any(map(is_meant, rows)):
        raise _unknown(table, named)
    changed = tuple(row.model_copy(update=changes(row)) if is_meant(row) else row for row in rows)
    return replace(written, **{table: changed})  # type: ignore[arg-type]


def _moved(written: Study, project_id: str, place: int) -> Study:
    """Ranks follow from the new list; who had none and is not moved has none."""
    own = next((p.operator_id for p in written.projects if p.project_id == project_id), None)
    if own is None:
        raise _unknown("projects", project_id)
    projects = operator_list(written, own)
    ids = [p.project_id for p in projects if p.project_id != project_id]
    ids.insert(place, project_id)
    ranked = {p.project_id for p in projects if p.operator_rank is not None} | {project_id}
    rank = {key: k for k, key in enumerate((key for key in ids if key in ranked), start=1)}
    moved = tuple(
        p.model_copy(update={"operator_rank": rank[p.project_id]}) if p.project_id in rank else p
        for p in written.projects
    )
    return replace(written, projects=moved)


def operator_list(study: Study, operator_id: str) -> list[Project]:
    """The projects of an operator that have phases, the first in its order first."""
    planned = {phase.project_id for phase in study.project_phases}
    return [p for p in own_order(study).projects if p.operator_id == operator_id and p.project_id in planned]


def _unknown(table: str, named: str) -> InputError:
    what, expected = sentence("problem.board_row"), sentence("expected.board_row", table=table)
    return InputError([Problem("board", None, None, what, repr(named), expected)])
