"""What the planner is asked against itself: requirements, sizes, temporary solutions, material, seasons, shares."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import islice

from gridprio.errors import Problem
from gridprio.inputs.enumerations import Phase, named_units
from gridprio.inputs.known import COST_TOLERANCE, Known, phases_of
from gridprio.inputs.limits import PROBLEMS_PER_CHECK
from gridprio.inputs.rows import suggestion
from gridprio.inputs.study import Study
from gridprio.text import sentence

YEAR_MONTHS = frozenset(range(1, 13))


def planner_problems(study: Study, known: Known) -> list[Problem]:
    """Every problem of what projects ask of the planner."""
    checks: tuple[Callable[[Study, Known], Iterator[Problem]], ...] = (
        _never_in_service,
        _sizes,
        _temporary,
        _security_groups,
        _validity,
        _materials,
        _seasons,
        _provinces,
    )
    return [problem for check in checks for problem in islice(check(study, known), PROBLEMS_PER_CHECK)]


def _never_in_service(study: Study, known: Known) -> Iterator[Problem]:
    """Who waits for a project without phases waits for ever, or, if it were let pass, for nothing."""
    if "project_phases" in known.partial:
        return
    for at, project in enumerate(study.projects):
        for column in ("requires", "until_projects"):
            for other in getattr(project, column):
                if other in known.ids["projects"] and other not in known.ids["project_phases"]:
                    yield study.problem(
                        "projects",
                        at,
                        column,
                        sentence("problem.waits_for_no_phases"),
                        found=repr(other),
                        expected=sentence("expected.project_with_phases"),
                        mend=sentence("remedy.phases_or_leave_out"),
                    )


def _sizes(study: Study, known: Known) -> Iterator[Problem]:
    count = Counter(project.size_of for project in study.projects)
    sizes: dict[str, set[str]] = defaultdict(set)
    for project in study.projects:
        sizes[project.size_of].add(project.project_id)
    names = sorted(name for name, n in count.items() if name and n > 1)
    for at, project in enumerate(study.projects):
        if not project.size_of:
            continue
        if count[project.size_of] == 1 and "projects" not in known.partial:
            yield study.problem(
                "projects",
                at,
                "size_of",
                sentence("problem.lone_size"),
                found=repr(project.size_of),
                expected=sentence("expected.shared_name"),
                mend=suggestion(project.size_of, names) or sentence("remedy.name_other_sizes"),
            )
        if "project_phases" not in known.partial and project.project_id not in known.ids["project_phases"]:
            yield study.problem(
                "projects",
                at,
                "size_of",
                sentence("problem.size_without_phases", project=repr(project.project_id)),
                found=sentence("found.nothing"),
                expected=sentence("expected.project_with_phases"),
                mend=sentence("remedy.phases_or_leave_out"),
            )
        for other in sorted(sizes[project.size_of].intersection(project.requires)):
            yield study.problem(
                "projects",
                at,
                "requires",
                sentence("problem.requires_own_size"),
                found=repr(other),
                expected=sentence("expected.other_project"),
                mend=sentence("remedy.leave_out"),
            )


def _temporary(study: Study, known: Known) -> Iterator[Problem]:
    for at, project in enumerate(study.projects):
        for other in project.until_projects:
            if other == project.project_id:
                yield study.problem(
                    "projects",
                    at,
                    "until_projects",
                    sentence("problem.names_itself"),
                    found=repr(other),
                    expected=sentence("expected.other_project"),
                    mend=sentence("remedy.leave_out"),
                )
            elif other in project.requires:
                yield study.problem(
                    "projects",
                    at,
                    "until_projects",
                    sentence("problem.bridges_to_required"),
                    found=repr(other),
                    expected=sentence("expected.other_project"),
                    mend=sentence("remedy.leave_out"),
                )
        if project.until is not None and int(project.until[:4]) < study.settings.start_year:
            yield study.problem(
                "projects",
                at,
                "until",
                sentence("problem.ends_before_horizon"),
                found=project.until,
                expected=sentence("expected.year_or_later", year=study.settings.start_year),
                mend=sentence("remedy.mend_date"),
            )


def _security_groups(study: Study, known: Known) -> Iterator[Problem]:
    """A group of one, or of a project without works, would silently keep nothing apart."""
    if known.partial & {"projects", "project_phases"}:
        return
    count = Counter(group for project in study.projects for group in set(project.security_groups))
    names = sorted(group for group, n in count.items() if n > 1)
    builds = {phase.project_id for phase in study.project_phases if phase.phase is Phase.BUILD}
    for at, project in enumerate(study.projects):
        if project.security_groups and project.project_id not in builds:
            yield study.problem(
                "projects",
                at,
                "security_groups",
                sentence("problem.no_build_to_keep_apart", project=repr(project.project_id)),
                found=" ".join(project.security_groups),
                expected=sentence("expected.build_phase"),
                mend=sentence("remedy.build_or_no_groups"),
            )
        for group in project.security_groups:
            if count[group] == 1:
                yield study.problem(
                    "projects",
                    at,
                    "security_groups",
                    sentence("problem.lone_group"),
                    found=repr(group),
                    expected=sentence("expected.shared_name"),
                    mend=suggestion(group, names) or sentence("remedy.name_other_projects"),
                )


def _validity(study: Study, known: Known) -> Iterator[Problem]:
    if "project_phases" in known.partial:
        return
    for phases in phases_of(study).values():
        present = [name for name in Phase if name in {phase.phase for _, phase in phases}]
        valid = {phase.phase: phase.valid_months for _, phase in phases}
        followed: set[Phase] = set()
        for at, phase in phases:
            before = present[: present.index(phase.phase)][-1:] if phase.after is None else phase.after
            followed.update(before)
            limit = min((months for name in before if (months := valid.get(name)) is not None), default=None)
            if limit is not None and phase.lag_months > limit:
                yield study.problem(
                    "project_phases",
                    at,
                    "lag_months",
                    sentence("problem.waits_till_lapsed"),
                    found=str(phase.lag_months),
                    expected=sentence("expected.at_most_valid_months", limit=limit),
                    mend=sentence("remedy.shorter_lag"),
                )
        for at, phase in phases:
            if phase.valid_months is not None and phase.phase not in followed:
                yield study.problem(
                    "project_phases",
                    at,
                    "valid_months",
                    sentence("problem.nothing_lapses", phase=phase.phase.value),
                    found=str(phase.valid_months),
                    expected=sentence("expected.later_phase"),
                    mend=sentence("remedy.leave_blank"),
                )


def _materials(study: Study, known: Known) -> Iterator[Problem]:
    operators = sorted({project.operator_id for project in study.projects})
    for at, delivery in enumerate(study.deliveries):
        if delivery.operator_id and delivery.operator_id not in operators and "projects" not in known.partial:
            yield study.problem(
                "deliveries",
                at,
                "operator_id",
                sentence("problem.no_project_of_operator"),
                found=repr(delivery.operator_id),
                expected=sentence("expected.known_name"),
                mend=suggestion(delivery.operator_id, operators),
            )
    if "deliveries" in known.partial:
        return
    operator_of = {project.project_id: project.operator_id for project in study.projects}
    delivered: dict[str, set[str]] = defaultdict(set)
    for delivery in study.deliveries:
        delivered[delivery.material].add(delivery.operator_id)
    for at, phase in enumerate(study.project_phases):
        if phase.project_id not in operator_of:
            continue
        for material in named_units(phase.materials, "material"):
            if not delivered[material] & {"", operator_of[phase.project_id]}:
                offered = sorted(name for name, to in delivered.items() if to)
                yield study.problem(
                    "project_phases",
                    at,
                    "materials",
                    sentence("problem.no_deliveries", operator=repr(operator_of[phase.project_id])),
                    found=repr(material),
                    expected=sentence("expected.id_of", table="deliveries"),
                    mend=suggestion(material, offered) or sentence("remedy.add_to_table", table="deliveries"),
                )


def _seasons(study: Study, known: Known) -> Iterator[Problem]:
    for at, area in enumerate(study.areas):
        if set(area.no_works_months) >= YEAR_MONTHS:
            yield study.problem(
                "areas",
                at,
                "no_works_months",
                sentence("problem.no_month_for_works"),
                found="1-12",
                expected=sentence("expected.free_month"),
                mend=sentence("remedy.leave_a_month"),
            )
    peaks = {area.area_id: set(area.no_works_months) for area in study.areas}
    for at, station in enumerate(study.stations):
        own = [peaks.get(area, set()) for area in station.areas]
        if set().union(*own) >= YEAR_MONTHS and not any(months >= YEAR_MONTHS for months in own):
            yield study.problem(
                "stations",
                at,
                "areas",
                sentence("problem.no_month_between_areas"),
                found=" ".join(station.areas),
                expected=sentence("expected.free_month"),
                mend=sentence("remedy.leave_a_month"),
            )


def _provinces(study: Study, known: Known) -> Iterator[Problem]:
    for at, project in enumerate(study.projects):
        shares = named_units(project.province_shares, "province_id")
        if not shares:
            continue
        if abs(sum(shares.values()) - 1) > COST_TOLERANCE:
            yield study.problem(
                "projects",
                at,
                "province_shares",
                sentence("problem.shares_not_one", project=repr(project.project_id)),
                found=f"{sum(shares.values()):g}",
                expected="1",
                mend=sentence("remedy.shares_to_one"),
            )
        if project.province_id and project.province_id not in shares:
            yield study.problem(
                "projects",
                at,
                "province_shares",
                sentence("problem.province_without_share"),
                found=project.province_shares,
                expected=sentence("expected.share_of", name=project.province_id),
                mend=sentence("remedy.add_share"),
            )
