"""Everything that a study may hold and can hardly be meant, the same for `check` and for the messages of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gridprio.cells import is_sealed
from gridprio.cells.grid_warnings import warnings_beside_grid
from gridprio.effect.reasons import binding_code
from gridprio.errors import Problem
from gridprio.grid import read_net, split_areas, study_union
from gridprio.inputs.hierarchy import is_stations
from gridprio.inputs.plausibility import implausible
from gridprio.inputs.schema import Project, ProjectPhase
from gridprio.inputs.study import Study
from gridprio.kernels.protocol import Kernels
from gridprio.model.plan import CLAIM_HOLDER, NOT_PLANNED, PriorityTimeline
from gridprio.plan import build_problem, schedule_plans
from gridprio.text import sentence


def study_warnings(study: Study, kernels: Kernels) -> list[Problem]:
    """Warnings of the tables and the plan of a study without problems; those of its grid `StudyGrid` has."""
    return [*implausible(study), *_never_built(study, kernels)]


def grid_warnings(study: Study) -> list[Problem]:
    """Warnings of the grid of a study, none of one that is sealed or has no grid."""
    if is_sealed(study) or is_stations(study):
        return []
    net, _ = read_net(study.grid_source)
    union = study_union(net, study)
    return warnings_beside_grid(net, union, split_areas(union.grid), study)


def _never_built(study: Study, kernels: Kernels) -> Iterator[Problem]:
    for at, project in enumerate(study.projects):
        phases = tuple(phase for phase in study.project_phases if phase.project_id == project.project_id)
        reason = _reason_if_never(study, project, phases, kernels) if phases else ""
        if reason:
            yield study.problem(
                "projects",
                at,
                "project_id",
                sentence("warning.never_built", project=repr(project.project_id), reason=reason),
                found=sentence("found.not_in_service", start=study.settings.start_year, end=study.settings.end_year),
                expected=sentence("expected.room_for_it"),
                mend=sentence("remedy.resources_or_horizon"),
            )


def _reason_if_never(study: Study, project: Project, phases: tuple[ProjectPhase, ...], kernels: Kernels) -> str:
    """What keeps a project out of service though it has all crews, money and material to itself, as a code."""
    free = {"requires": (), "excludes": (), "until_projects": (), "size_of": "", "security_groups": ()}
    alone = replace(study, projects=(project.model_copy(update=free),), project_phases=phases)
    problem = build_problem(alone)
    row = np.zeros((1, 1), dtype=np.int32)
    first = PriorityTimeline(
        name="alone",
        project_ids=problem.project_ids,
        epoch_month=row[0],
        project_order=row,
        claim=row + CLAIM_HOLDER,
        permit_months_saved=row + project.support_permit_months,
        land_months_saved=row + project.support_land_months,
    )
    (plans,) = schedule_plans(problem, [first], None, kernels)
    if plans.in_service_month[0, 0] != NOT_PLANNED:
        return ""
    stuck = np.flatnonzero(plans.finish_month[0] == NOT_PLANNED)
    return binding_code(plans, 0, int(stuck[0])) if len(stuck) else "overtaken"
