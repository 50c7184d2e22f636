"""What the planner is asked against itself: requirements, sizes, temporary solutions, material, seasons, shares."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from gridprio.errors import Problem
from gridprio.inputs.enumerations import Phase, named_units
from gridprio.inputs.known import COST_TOLERANCE, Known, phases_of
from gridprio.inputs.rows import suggestion
from gridprio.inputs.study import Study

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
    return [problem for check in checks for problem in check(study, known)]


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
                        "names a project without phases, which is never in service",
                        found=repr(other),
                        mend="Give it phases in project_phases, or leave it out here.",
                    )


def _sizes(study: Study, known: Known) -> Iterator[Problem]:
    count = Counter(project.size_of for project in study.projects)
    names = sorted(name for name, n in count.items() if name and n > 1)
    for at, project in enumerate(study.projects):
        if not project.size_of:
            continue
        if count[project.size_of] == 1 and "projects" not in known.partial:
            yield study.problem(
                "projects",
                at,
                "size_of",
                "no other project is a size of it",
                found=repr(project.size_of),
                mend=suggestion(project.size_of, names) or "Give the other sizes the same name, or leave it blank.",
            )
        if "project_phases" not in known.partial and project.project_id not in known.ids["project_phases"]:
            yield study.problem(
                "projects", at, "size_of", f"{project.project_id!r} has no phases, so this size can never be built"
            )
        others = {p.project_id for p in study.projects if p.size_of == project.size_of}
        for other in sorted(others & set(project.requires)):
            yield study.problem("projects", at, "requires", "requires another size of itself", found=repr(other))


def _temporary(study: Study, known: Known) -> Iterator[Problem]:
    for at, project in enumerate(study.projects):
        for other in project.until_projects:
            if other == project.project_id:
                yield study.problem("projects", at, "until_projects", f"{other!r} names itself")
            elif other in project.requires:
                yield study.problem(
                    "projects",
                    at,
                    "until_projects",
                    "bridges to what it requires, so it would never be in service",
                    found=repr(other),
                )
        if project.until is not None and int(project.until[:4]) < study.settings.start_year:
            yield study.problem(
                "projects",
                at,
                "until",
                "a temporary solution that ends before the horizon",
                found=project.until,
                expected=f"{study.settings.start_year} or later",
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
                f"{project.project_id!r} has no build phase to keep apart",
                mend="Add its build phase, or leave the groups blank.",
            )
        for group in project.security_groups:
            if count[group] == 1:
                yield study.problem(
                    "projects",
                    at,
                    "security_groups",
                    "no other project is in this group",
                    found=repr(group),
                    mend=suggestion(group, names) or "Name it at the other projects too, or leave it out.",
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
                    "waits until what it comes after has lapsed",
                    found=str(phase.lag_months),
                    expected=f"at most the {limit} of valid_months",
                )
        for at, phase in phases:
            if phase.valid_months is not None and phase.phase not in followed:
                yield study.problem(
                    "project_phases",
                    at,
                    "valid_months",
                    f"no phase comes after {phase.phase.value}, so it cannot lapse",
                    found=str(phase.valid_months),
                )


def _materials(study: Study, known: Known) -> Iterator[Problem]:
    operators = sorted({project.operator_id for project in study.projects})
    for at, delivery in enumerate(study.deliveries):
        if delivery.operator_id and delivery.operator_id not in operators and "projects" not in known.partial:
            yield study.problem(
                "deliveries",
                at,
                "operator_id",
                "no project of this operator",
                found=repr(delivery.operator_id),
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
                    f"no deliveries of this material to operator {operator_of[phase.project_id]!r}",
                    found=repr(material),
                    mend=suggestion(material, offered) or "Add them to table deliveries.",
                )


def _seasons(study: Study, known: Known) -> Iterator[Problem]:
    for at, area in enumerate(study.areas):
        if set(area.no_works_months) >= YEAR_MONTHS:
            yield study.problem("areas", at, "no_works_months", "leave no month in which works can go on")
    peaks = {area.area_id: set(area.no_works_months) for area in study.areas}
    for at, station in enumerate(study.stations):
        own = [peaks.get(area, set()) for area in station.areas]
        if set().union(*own) >= YEAR_MONTHS and not any(months >= YEAR_MONTHS for months in own):
            yield study.problem(
                "stations",
                at,
                "areas",
                "the no_works_months of its areas together leave no month in which works can go on",
                found=" ".join(station.areas),
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
                f"shares of {project.project_id!r} do not add up to 1",
                found=f"{sum(shares.values()):g}",
            )
        if project.province_id and project.province_id not in shares:
            yield study.problem(
                "projects",
                at,
                "province_shares",
                "the province that weighs it has no share",
                found=project.province_shares,
                expected=f"{project.province_id}:share among them",
            )
