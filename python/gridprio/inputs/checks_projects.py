"""Projects against themselves: order, status, phases, crews, changes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter

from gridprio.errors import Problem
from gridprio.inputs.enumerations import Maturity, Phase, crew_units
from gridprio.inputs.known import COST_TOLERANCE, Known, phases_of
from gridprio.inputs.months import month_index
from gridprio.inputs.moves import has_open_phase, is_movable
from gridprio.inputs.rows import suggestion
from gridprio.inputs.study import Study
from gridprio.inputs.table_rules import CHANGE_COLUMNS


def project_problems(study: Study, known: Known) -> list[Problem]:
    """Every problem of projects, phases and changes between rows."""
    checks: tuple[Callable[[Study, Known], Iterator[Problem]], ...] = (
        _status,
        _requires,
        _operator_ranks,
        _phases_present,
        _phase_order,
        _phase_values,
        _crews,
        _changes,
    )
    return [problem for check in checks for problem in check(study, known)]


def _status(study: Study, known: Known) -> Iterator[Problem]:
    for at, project in enumerate(study.projects):
        if project.status and not project.listed:
            yield study.problem(
                "projects",
                at,
                "status",
                f"{project.project_id!r} has status and is not listed",
                mend="Status is given to listed projects: set listed to true.",
            )


def _requires(study: Study, known: Known) -> Iterator[Problem]:
    rows = {project.project_id: at for at, project in enumerate(study.projects)}
    for at, project in enumerate(study.projects):
        for column in ("requires", "excludes"):
            if project.project_id in getattr(project, column):
                yield study.problem("projects", at, column, f"{project.project_id!r} names itself")
        for other in sorted(set(project.requires) & set(project.excludes)):
            yield study.problem("projects", at, "excludes", "excludes what it requires", found=repr(other))
    graph = {
        project.project_id: [name for name in project.requires if name != project.project_id]
        for project in study.projects
    }
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            ring = [str(name) for name in error.args[1]][::-1]
            yield study.problem(
                "projects",
                rows[ring[0]],
                "requires",
                "projects that require each other in a ring can never be built",
                found=" -> ".join(ring),
                mend="Remove one of these requirements.",
            )
            graph[ring[0]] = [name for name in graph[ring[0]] if name != ring[1]]
        else:
            return


def _operator_ranks(study: Study, known: Known) -> Iterator[Problem]:
    """Per operator and carrier an order is complete or absent; only concrete projects that can move need a place."""
    open_projects = has_open_phase(study.project_phases)
    by_operator: dict[str, list[int]] = defaultdict(list)
    for at, project in enumerate(study.projects):
        can_move = is_movable(project) and project.project_id in open_projects
        if (can_move and project.maturity is Maturity.CONCRETE) or project.operator_rank is not None:
            by_operator[project.operator_id].append(at)
    for operator, rows in by_operator.items():
        first: dict[int, int] = {}
        ranked = [at for at in rows if study.projects[at].operator_rank is not None]
        for at in ranked:
            rank = study.projects[at].operator_rank or 0
            if rank in first:
                yield study.problem(
                    "projects",
                    at,
                    "operator_rank",
                    f"rank stands twice for operator {operator!r}",
                    found=f"{rank}, also of {study.projects[first[rank]].project_id!r}",
                )
            first.setdefault(rank, at)
        for at in rows:
            carrier = study.projects[at].carrier
            if study.projects[at].operator_rank is None and any(study.projects[k].carrier == carrier for k in ranked):
                yield study.problem(
                    "projects",
                    at,
                    "operator_rank",
                    f"other projects of operator {operator!r} have a rank, this one has none",
                    mend="Rank all concrete projects of this operator that have phases, or none of them.",
                )


def _phases_present(study: Study, known: Known) -> Iterator[Problem]:
    """A project that changes something needs phases; one that changes nothing informs and needs none."""
    changing = {change.project_id for change in study.project_changes}
    for at, project in enumerate(study.projects):
        if project.project_id in changing and project.project_id not in known.ids["project_phases"]:
            yield study.problem(
                "projects",
                at,
                "project_id",
                f"{project.project_id!r} has changes and no phases",
                mend="Add at least its build phase to project_phases.",
            )


def _phase_order(study: Study, known: Known) -> Iterator[Problem]:
    if "project_phases" in known.partial:
        return
    for project_id, phases in phases_of(study).items():
        present = {phase.phase for _, phase in phases}
        graph: dict[str, list[str]] = {}
        for at, phase in phases:
            before = [name for name in Phase if name in present]
            previous = before[: before.index(phase.phase)][-1:]
            for name in phase.after or ():
                if name not in present:
                    yield study.problem(
                        "project_phases", at, "after", f"{project_id!r} has no phase {name.value}", found=name.value
                    )
            after = previous if phase.after is None else phase.after
            graph[phase.phase.value] = [name.value for name in after]
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            ring = " after ".join(error.args[1][::-1])
            yield study.problem(
                "project_phases", phases[0][0], "after", f"phases of {project_id!r} wait for each other", found=ring
            )


def _phase_values(study: Study, known: Known) -> Iterator[Problem]:
    horizon_months = (study.settings.end_year - study.settings.start_year + 1) * 12
    for at, phase in enumerate(study.project_phases):
        if phase.start and month_index(phase.start, study.settings.start_year) >= horizon_months > 0:
            yield study.problem(
                "project_phases",
                at,
                "start",
                "fixed start after the end of the horizon",
                found=phase.start,
                expected=f"before {study.settings.end_year + 1}",
                mend="Correct the date, or set end_year later.",
            )
        if phase.delay_sd_months > 0 and phase.delay_mean_months == 0:
            yield study.problem(
                "project_phases",
                at,
                "delay_mean_months",
                "a delay with a spread needs a mean above 0",
                found="0",
                mend="A delay is never negative: give its mean too.",
            )
    if "project_phases" in known.partial:
        return
    cost = {project.project_id: project.cost_meur for project in study.projects}
    for project_id, phases in phases_of(study).items():
        total = sum(phase.cost_share for _, phase in phases)
        if total and abs(total - 1) > COST_TOLERANCE and cost.get(project_id, 0) > 0:
            yield study.problem(
                "project_phases",
                phases[-1][0],
                "cost_share",
                f"cost shares of {project_id!r} do not add up to 1",
                found=f"{total:g}",
            )


def _crews(study: Study, known: Known) -> Iterator[Problem]:
    if "crews" in known.partial:
        return
    region_of = {project.project_id: project.region for project in study.projects}
    for at, phase in enumerate(study.project_phases):
        if phase.project_id not in region_of:
            continue
        region = region_of[phase.project_id]
        offered = {crew.crew_type for crew in study.crews if not crew.region or not region or crew.region == region}
        for crew_type in crew_units(phase.crews):
            if crew_type not in offered:
                where = f" in region {region!r}" if region else ""
                yield study.problem(
                    "project_phases",
                    at,
                    "crews",
                    f"no crew of this type{where}",
                    found=repr(crew_type),
                    mend=suggestion(crew_type, sorted(offered)) or "Add it to table crews.",
                )


def _changes(study: Study, known: Known) -> Iterator[Problem]:
    for at, change in enumerate(study.project_changes):
        for column in CHANGE_COLUMNS[change.action]:
            if getattr(change, column) in (None, ""):
                yield study.problem(
                    "project_changes", at, column, f"{change.action.value} needs this column", expected="a value"
                )
        if change.element and not _is_element(change.element):
            yield study.problem(
                "project_changes",
                at,
                "element",
                "not an element",
                found=repr(change.element),
                expected="table:index, e.g. line:12",
            )
    counts = Counter(change for change in study.project_changes)
    for change, count in counts.items():
        if count > 1:
            at = study.project_changes.index(change)
            yield study.problem(
                "project_changes",
                at,
                None,
                f"the same change of {change.project_id!r} stands {count} times",
                mend="Keep one.",
            )


def _is_element(text: str) -> bool:
    table, colon, index = text.partition(":")
    return bool(table and colon and index.isdecimal())
