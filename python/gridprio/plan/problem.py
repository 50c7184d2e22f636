"""From the rows of a study to the whole numbers that the schedule kernels read."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import InputError, Problem
from gridprio.inputs.enumerations import Phase
from gridprio.inputs.months import month_index
from gridprio.inputs.schema import ProjectPhase
from gridprio.inputs.settings import Settings
from gridprio.model.months import ALL_MONTHS
from gridprio.model.plan import NOT_PLANNED, Binding, PlanArrays, PlanProblem
from gridprio.plan.identity import project_keys
from gridprio.plan.months import ON_SITE
from gridprio.plan.resources import build_scarce
from gridprio.plan.rows import FixedUse, PlanRows
from gridprio.text import sentence

PHASE_ORDER = {phase: place for place, phase in enumerate(Phase)}


def build_problem(study: PlanRows, insecure: NDArray[np.bool_] | None = None) -> PlanProblem:
    """Everything the planner needs, checked; raises InputError with every problem found.

    Works that run at the start keep what is left of their duration and cost. Where running works take more than there
    is, the capacity of those months is set to what they take, and `notes` says so. `insecure`: as `in_secure_months`.
    """
    settings = study.settings
    n_month = (settings.end_year - settings.start_year + 1) * 12
    problems: list[Problem] = []
    phases = _phases_in_order(study, problems)
    if problems:
        raise InputError(problems)
    row_of = {(phase.project_id, phase.phase): row for row, phase in enumerate(phases)}
    project_row = {project.project_id: row for row, project in enumerate(study.projects)}
    phase_project = np.array([project_row[phase.project_id] for phase in phases], dtype=np.int32)
    predecessors = _predecessors(study, phases, row_of, problems)
    excludes = _excludes(study, project_row, problems)
    calendar = _calendars(study, phases, phase_project)
    fixed = _fixed_use(study, phases, calendar, n_month)
    scarce = build_scarce(study, phases, phase_project, fixed, problems)
    if problems:
        raise InputError(problems)
    arrays = PlanArrays(
        n_month=n_month,
        phase_start=np.searchsorted(phase_project, np.arange(len(study.projects) + 1)).astype(np.int32),
        duration=fixed.duration,
        calendar=calendar,
        closed_row=np.full(len(phases), -1, dtype=np.int32),
        closed=np.zeros((0, n_month), dtype=np.bool_),
        earliest=np.array([_month(phase.earliest, settings) for phase in phases], dtype=np.int32),
        fixed_start=fixed.start,
        lag=np.array([phase.lag_months for phase in phases], dtype=np.int32),
        predecessor_start=_pointers(predecessors),
        predecessor=np.array([row for rows in predecessors for row, _, _ in rows], dtype=np.int32),
        predecessor_binding=np.array([kind for rows in predecessors for _, kind, _ in rows], dtype=np.int32),
        predecessor_valid=np.array([valid for rows in predecessors for _, _, valid in rows], dtype=np.int32),
        exclude_start=_pointers(excludes),
        exclude=np.array([row for rows in excludes for row in rows], dtype=np.int32),
        **_choices(study, project_row),
        **scarce.arrays,
    )
    problem = PlanProblem(
        arrays=arrays,
        project_ids=tuple(project_row),
        project_keys=project_keys(study),
        phase_project=phase_project,
        phase_name=tuple(phase.phase.value for phase in phases),
        resource_names=scarce.names,
        delay_mean_months=np.where(fixed.is_done, 0.0, [phase.delay_mean_months for phase in phases]),
        delay_sd_months=np.where(fixed.is_done, 0.0, [phase.delay_sd_months for phase in phases]),
        running=np.array([project.tier == 0 for project in study.projects], dtype=np.bool_),
        notes=scarce.notes,
    )
    return problem if insecure is None else in_secure_months(problem, insecure)


def in_secure_months(problem: PlanProblem, insecure: NDArray[np.bool_]) -> PlanProblem:
    """The same where works on site do not go on in months that are `insecure` [project, month]; running works do."""
    row = np.full(problem.arrays.n_phase, -1, dtype=np.int32)
    closed: list[NDArray[np.bool_]] = []
    for at, project in enumerate(problem.phase_project.tolist()):
        if problem.phase_name[at] == ON_SITE and problem.arrays.fixed_start[at] < 0 and insecure[project].any():
            row[at] = len(closed)
            closed.append(insecure[project])
    months = np.array(closed, dtype=np.bool_).reshape(len(closed), problem.arrays.n_month)
    return replace(problem, arrays=replace(problem.arrays, closed_row=row, closed=months))


def _month(text: str | None, settings: Settings) -> int:
    return 0 if text is None else max(0, month_index(text, settings.start_year))


def _pointers(rows: Sequence[Sequence[object]]) -> NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int32)


def _mask(months: Iterable[int]) -> int:
    return sum({1 << (month - 1) for month in months})


def _calendars(study: PlanRows, phases: list[ProjectPhase], phase_project: NDArray[np.int32]) -> NDArray[np.int32]:
    """[phase], months in which it may run: its own, else for works on site all but the peaks of the station's areas."""
    peak = {area.area_id: _mask(area.no_works_months) for area in study.areas}
    station_peak = {s.station_id: [peak.get(area, 0) for area in s.areas] for s in study.stations}
    masks = []
    for phase, row in zip(phases, phase_project, strict=True):
        mask = _mask(phase.work_months) or ALL_MONTHS
        if phase.phase == ON_SITE and phase.start is None and not phase.work_months:
            for months in station_peak.get(study.projects[row].station_id, ()):
                mask &= ~months
        masks.append(mask)
    return np.array(masks, dtype=np.int32)


def _choices(study: PlanRows, project_row: dict[str, int]) -> dict[str, Any]:
    """The part of `PlanArrays` about sizes and temporary solutions."""
    sizes = {name: k for k, name in enumerate(dict.fromkeys(p.size_of for p in study.projects if p.size_of))}
    until = [[project_row[other] for other in p.until_projects if other in project_row] for p in study.projects]
    return {
        "size_group": np.array([sizes.get(p.size_of, -1) for p in study.projects], dtype=np.int32),
        "until_month": np.array(
            [NOT_PLANNED if p.until is None else _month(p.until, study.settings) for p in study.projects],
            dtype=np.int32,
        ),
        "until_start": _pointers(until),
        "until": np.array([row for rows in until for row in rows], dtype=np.int32),
    }


def _problem(table: str, column: str, what: str, mend: str = "", found: str = "") -> Problem:
    return Problem(file=table, row=None, column=column, what=what, found=found, mend=mend)


def _phases_in_order(study: PlanRows, problems: list[Problem]) -> list[ProjectPhase]:
    """Phases by project as given, within a project after their predecessors, else in the order of `Phase`."""
    by_project: dict[str, dict[Phase, ProjectPhase]] = {project.project_id: {} for project in study.projects}
    for phase in study.project_phases:
        own = by_project.get(phase.project_id)
        if own is None:
            what = sentence("problem.not_in_projects", project=repr(phase.project_id))
            problems.append(_problem("project_phases", "project_id", what))
        elif phase.phase in own:
            what = sentence("problem.phase_twice", project=phase.project_id, phase=phase.phase)
            problems.append(_problem("project_phases", "phase", what))
        else:
            own[phase.phase] = phase
    ordered: list[ProjectPhase] = []
    for project_id, own in by_project.items():
        after = {phase: _after(own, phase, problems) for phase in sorted(own, key=PHASE_ORDER.__getitem__)}
        placed: list[Phase] = []
        while len(placed) < len(after):
            ready = [phase for phase in after if phase not in placed and set(after[phase]) <= set(placed)]
            if not ready:
                what = sentence("problem.phases_in_ring", project=project_id)
                problems.append(_problem("project_phases", "after", what, sentence("remedy.break_ring")))
                break
            placed.append(ready[0])
        ordered += [own[phase] for phase in placed]
    return ordered


def _after(own: dict[Phase, ProjectPhase], phase: Phase, problems: list[Problem]) -> tuple[Phase, ...]:
    """Phases of the same project that must be finished first."""
    named = own[phase].after
    if named is None:
        before = [other for other in own if PHASE_ORDER[other] < PHASE_ORDER[phase]]
        return (max(before, key=PHASE_ORDER.__getitem__),) if before else ()
    for other in named:
        if other not in own:
            what = sentence("problem.no_such_phase", project=own[phase].project_id, phase=other)
            problems.append(_problem("project_phases", "after", what, sentence("remedy.phase_or_leave_out")))
    return tuple(other for other in named if other in own)


def _predecessors(
    study: PlanRows,
    phases: list[ProjectPhase],
    row_of: dict[tuple[str, Phase], int],
    problems: list[Problem],
) -> list[list[tuple[int, int, int]]]:
    """Per phase the rows that must be finished, the Binding that each is, and how long each is valid (-1: always)."""
    own_phases: dict[str, dict[Phase, ProjectPhase]] = {project.project_id: {} for project in study.projects}
    for phase in phases:
        own_phases[phase.project_id][phase.phase] = phase
    rows: list[list[tuple[int, int, int]]] = []
    for phase in phases:
        own = own_phases[phase.project_id]
        row: list[tuple[int, int, int]] = []
        for p in _after(own, phase.phase, problems):
            kind = Binding.MATERIAL if p == Phase.PROCUREMENT else Binding.PREDECESSOR
            valid = own[p].valid_months
            row.append((row_of[phase.project_id, p], int(kind), -1 if valid is None else valid))
        rows.append(row)
    requires = {project.project_id: project.requires for project in study.projects}
    _check_requires(requires, own_phases, problems)
    for project_id, required in requires.items():
        own = own_phases[project_id]
        followed = {p for phase in own for p in _after(own, phase, problems)}
        waits = [Phase.BUILD] if Phase.BUILD in own else [phase for phase in own if phase not in followed]
        for phase_name in waits:
            rows[row_of[project_id, phase_name]] += [
                (row_of[other, p], int(Binding.REQUIRES), -1) for other in required for p in own_phases.get(other, {})
            ]
    return rows


def _check_requires(
    requires: dict[str, tuple[str, ...]], own_phases: dict[str, dict[Phase, ProjectPhase]], problems: list[Problem]
) -> None:
    for project_id, required in requires.items():
        for other in required:
            if other not in requires:
                what = sentence("problem.not_in_projects", project=repr(other))
                problems.append(_problem("projects", "requires", what))
            elif not own_phases[other]:
                what, mend = sentence("problem.waits_for_no_phases"), sentence("remedy.phases_or_leave_out")
                problems.append(_problem("projects", "requires", what, mend, found=f"{project_id}: {other}"))
    try:
        tuple(graphlib.TopologicalSorter(requires).static_order())
    except graphlib.CycleError as error:
        what, mend = sentence("problem.ring"), sentence("remedy.break_ring")
        problems.append(_problem("projects", "requires", what, mend, found=" -> ".join(error.args[1])))


def _excludes(study: PlanRows, project_row: dict[str, int], problems: list[Problem]) -> list[list[int]]:
    """Per project the rows that it excludes or that exclude it; sizes of one project exclude each other."""
    rivals: list[set[int]] = [set() for _ in study.projects]
    running = {row for row, project in enumerate(study.projects) if project.tier == 0}
    for row, project in enumerate(study.projects):
        sizes = [p.project_id for p in study.projects if p.size_of and p.size_of == project.size_of]
        for other in (*project.excludes, *(size for size in sizes if size != project.project_id)):
            if other not in project_row or other == project.project_id:
                what = sentence("problem.excludes_no_other", project=project.project_id, other=repr(other))
                problems.append(_problem("projects", "excludes", what))
            elif {row, project_row[other]} <= running:
                what = sentence("problem.running_works_exclude", project=project.project_id, other=other)
                problems.append(_problem("projects", "excludes", what, sentence("remedy.exclusion_or_tier")))
            else:
                rivals[row].add(project_row[other])
                rivals[project_row[other]].add(row)
    return [sorted(rows) for rows in rivals]


def _fixed_use(study: PlanRows, phases: list[ProjectPhase], calendar: NDArray[np.int32], n_month: int) -> FixedUse:
    """Fixed starts; what began before the horizon keeps the months that are left and its share of the cost."""
    start = np.full(len(phases), -1, dtype=np.int32)
    duration = np.array([phase.duration_months for phase in phases], dtype=np.int32)
    began_before = np.zeros(len(phases), dtype=np.bool_)
    months: dict[int, list[int]] = {}
    for row, phase in enumerate(phases):
        if phase.start is None:
            continue
        first = month_index(phase.start, study.settings.start_year)
        works: list[int] = []
        month = first
        while len(works) < phase.duration_months and month < n_month:
            if calendar[row] >> (month % 12) & 1:
                works.append(month)
            month += 1
        done = sum(m < 0 for m in works)
        start[row] = max(0, first)
        began_before[row] = first < 0
        duration[row] = phase.duration_months - done
        months[row] = works[done:]
    return FixedUse(start=start, duration=duration, began_before=began_before, months=months)
