"""What tells a project from others when its name, its row, its status or its place in the order change."""

from __future__ import annotations

from collections import Counter

from gridprio.inputs.schema import Project
from gridprio.plan.rows import PlanRows


def project_keys(study: PlanRows) -> tuple[str, ...]:
    """[project], by what is to be built: carrier, cost, need year, date of request, phases and their durations.

    Delays are drawn by this key. Projects that are alike in all of it are numbered by operator's rank, then operator,
    then table; which of them gets which number decides nothing but who draws what.
    """
    phases: dict[str, list[tuple[str, int]]] = {}
    for phase in study.project_phases:
        phases.setdefault(phase.project_id, []).append((phase.phase.value, phase.duration_months))

    def content(project: Project) -> str:
        own = sorted(phases.get(project.project_id, ()))
        return repr((project.carrier.value, project.cost_meur, project.need_year, project.request_date, own))

    alike: Counter[str] = Counter()
    found = {}
    ranked = sorted(study.projects, key=lambda p: (p.operator_rank is None, p.operator_rank or 0, p.operator_id))
    for project in ranked:
        key = content(project)
        found[project.project_id] = f"{key} {alike[key]}"
        alike[key] += 1
    return tuple(found[project.project_id] for project in study.projects)
