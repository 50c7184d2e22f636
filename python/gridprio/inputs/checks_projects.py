"""Projects against themselves: order, status, phases, crews."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice

from gridprio.errors import Problem
from gridprio.inputs.checks_changes import change_problems
from gridprio.inputs.enumerations import Maturity, Phase, crew_units
from gridprio.inputs.known import COST_TOLERANCE, Known, phases_of
from gridprio.inputs.limits import PROBLEMS_PER_CHECK
from gridprio.inputs.months import month_index
from gridprio.inputs.moves import has_open_phase, is_movable
from gridprio.inputs.rings import rings
from gridprio.inputs.rows import suggestion
from gridprio.inputs.study import Study
from gridprio.text import sentence

DELAY_SPREAD_MIN, DELAY_SPREAD_MAX = 0.001, 10.0
"""Standard deviation of a delay over its mean; beyond it the gamma distribution is a point, or nearly always 0."""
SMALLEST = sys.float_info.min


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
        change_problems,
    )
    return [problem for check in checks for problem in islice(check(study, known), PROBLEMS_PER_CHECK)]


def _status(study: Study, known: Known) -> Iterator[Problem]:
    for at, project in enumerate(study.projects):
        if project.status and not project.listed:
            yield study.problem(
                "projects",
                at,
                "status",
                sentence("problem.status_not_listed", project=repr(project.project_id)),
                found="status = true; listed = false",
                expected="listed = true",
                mend=sentence("remedy.set_listed"),
            )


def _requires(study: Study, known: Known) -> Iterator[Problem]:
    rows = {project.project_id: at for at, project in enumerate(study.projects)}
    for at, project in enumerate(study.projects):
        for column in ("requires", "excludes"):
            if project.project_id in getattr(project, column):
                yield study.problem(
                    "projects",
                    at,
                    column,
                    sentence("problem.names_itself"),
                    found=repr(project.project_id),
                    expected=sentence("expected.other_project"),
                    mend=sentence("remedy.leave_out"),
                )
        for other in sorted(set(project.requires) & set(project.excludes)):
            yield study.problem(
                "projects",
                at,
                "excludes",
                sentence("problem.excludes_required"),
                found=repr(other),
                expected=sentence("expected.other_project"),
                mend=sentence("remedy.leave_out"),
            )
    graph = {
        project.project_id: [name for name in project.requires if name != project.project_id]
        for project in study.projects
    }
    for ring in rings(graph):
        yield study.problem(
            "projects",
            rows[ring[0]],
            "requires",
            sentence("problem.ring"),
            found=" -> ".join(ring),
            expected=sentence("expected.no_ring"),
            mend=sentence("remedy.break_ring"),
        )


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
                    sentence("problem.rank_twice", operator=repr(operator)),
                    found=sentence(
                        "found.rank_also_of", rank=rank, project=repr(study.projects[first[rank]].project_id)
                    ),
                    expected=sentence("expected.once"),
                    mend=sentence("remedy.other_rank"),
                )
            first.setdefault(rank, at)
        carriers = {study.projects[at].carrier for at in ranked}
        for at in rows:
            if study.projects[at].operator_rank is None and study.projects[at].carrier in carriers:
                yield study.problem(
                    "projects",
                    at,
                    "operator_rank",
                    sentence("problem.rank_missing", operator=repr(operator)),
                    found=sentence("found.nothing"),
                    expected=sentence("expected.int"),
                    mend=sentence("remedy.rank_all_or_none"),
                )


def _phases_present(study: Study, known: Known) -> Iterator[Problem]:
    """A project that changes something needs phases; one that changes nothing informs and needs none."""
    changing = {change.project_id for change in study.project_changes}
    changing |= {row.project_id for row in study.project_capacity}
    for at, project in enumerate(study.projects):
        if project.project_id in changing and project.project_id not in known.ids["project_phases"]:
            yield study.problem(
                "projects",
                at,
                "project_id",
                sentence("problem.changes_without_phases", project=repr(project.project_id)),
                found=sentence("found.nothing"),
                expected=sentence("expected.build_phase"),
                mend=sentence("remedy.add_build_phase"),
            )
        if project.delivered_on is not None and project.project_id in changing | known.ids["project_phases"]:
            yield study.problem(
                "projects",
                at,
                "delivered_on",
                sentence("problem.delivered_and_planned", project=repr(project.project_id)),
                found=project.delivered_on,
                expected=sentence("expected.delivered_alone"),
                mend=sentence("remedy.delivered_in_grid"),
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
                        "project_phases",
                        at,
                        "after",
                        sentence("problem.no_such_phase", project=repr(project_id), phase=name.value),
                        found=name.value,
                        expected=", ".join(phase.value for phase in before),
                        mend=sentence("remedy.phase_or_leave_out"),
                    )
            after = previous if phase.after is None else phase.after
            graph[phase.phase.value] = [name.value for name in after]
        for ring in rings(graph):
            yield study.problem(
                "project_phases",
                phases[0][0],
                "after",
                sentence("problem.phases_in_ring", project=repr(project_id)),
                found=" after ".join(ring),
                expected=sentence("expected.no_ring"),
                mend=sentence("remedy.break_ring"),
            )


def _phase_values(study: Study, known: Known) -> Iterator[Problem]:
    horizon_months = (study.settings.end_year - study.settings.start_year + 1) * 12
    for at, phase in enumerate(study.project_phases):
        if phase.start and month_index(phase.start, study.settings.start_year) >= horizon_months > 0:
            yield study.problem(
                "project_phases",
                at,
                "start",
                sentence("problem.start_after_horizon"),
                found=phase.start,
                expected=sentence("expected.before_year", year=study.settings.end_year + 1),
                mend=sentence("remedy.date_or_horizon"),
            )
        mean, sd = phase.delay_mean_months, phase.delay_sd_months
        if sd > 0 and not DELAY_SPREAD_MIN <= sd / max(mean, SMALLEST) <= DELAY_SPREAD_MAX:
            yield study.problem(
                "project_phases",
                at,
                "delay_mean_months",
                sentence("problem.delay_spread"),
                found=sentence("found.mean_and_spread", mean=mean, sd=sd),
                expected=sentence("expected.delay_spread", low=DELAY_SPREAD_MIN, high=DELAY_SPREAD_MAX),
                mend=sentence("remedy.give_mean"),
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
                sentence("problem.cost_shares", project=repr(project_id)),
                found=f"{total:g}",
                expected="1",
                mend=sentence("remedy.shares_to_one"),
            )


def _crews(study: Study, known: Known) -> Iterator[Problem]:
    if "crews" in known.partial:
        return
    if not study.crews:
        yield from _no_crews(study)
        return
    region_of = {project.project_id: project.region for project in study.projects}
    for at, phase in enumerate(study.project_phases):
        if phase.project_id not in region_of:
            continue
        region = region_of[phase.project_id]
        offered = {crew.crew_type for crew in study.crews if not crew.region or not region or crew.region == region}
        for crew_type in crew_units(phase.crews):
            if crew_type not in offered:
                yield study.problem(
                    "project_phases",
                    at,
                    "crews",
                    sentence("problem.no_crew_in_region", region=repr(region))
                    if region
                    else sentence("problem.no_crew"),
                    found=repr(crew_type),
                    expected=sentence("expected.id_of", table="crews"),
                    mend=suggestion(crew_type, sorted(offered)) or sentence("remedy.add_to_table", table="crews"),
                )


def _no_crews(study: Study) -> Iterator[Problem]:
    """One problem for all phases that name a crew."""
    named = sorted({crew_type for phase in study.project_phases for crew_type in crew_units(phase.crews)})
    if named:
        yield study.problem(
            "crews",
            0,
            None,
            sentence("problem.table_missing"),
            found=sentence("found.missing", names=", ".join(named)),
            expected=sentence("expected.table_with_rows"),
            mend=sentence("remedy.add_file", file="crews.csv"),
        )
