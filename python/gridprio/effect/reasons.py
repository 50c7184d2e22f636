"""Why a project does not move, and whose lever it is: the binding constraint, as codes (docs/run-folder.md)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from gridprio.effect.levers import Levers
from gridprio.inputs.enumerations import Carrier
from gridprio.inputs.months import month_index
from gridprio.inputs.schema import Project
from gridprio.inputs.study import Study
from gridprio.model.plan import NOT_PLANNED, Binding, PlanProblem, Plans

_CODES = {binding: binding.name.lower() for binding in Binding}


@dataclass(frozen=True)
class Reason:
    """A code such as `crew:hv_primary`, and who can do something about it; both may be empty."""

    code: str = ""
    lever: str = ""


def binding_code(plans: Plans, draw: int, phase: int) -> str:
    """`crew:hv_primary`, `predecessor`, `none`, ..."""
    code = _CODES[Binding(int(plans.binding[draw, phase]))]
    resource = int(plans.binding_resource[draw, phase])
    return f"{code}:{plans.resource_names[resource]}" if resource >= 0 else code


class Reasons:
    """Binding constraints of projects in plans of one study."""

    def __init__(self, study: Study, problem: PlanProblem) -> None:
        self.study, self.problem = study, problem
        self._project = {p.project_id: p for p in study.projects}
        self._row = {project_id: row for row, project_id in enumerate(problem.project_ids)}
        self._levers = Levers(study)

    def binding(self, project_id: str, plans: Plans, channel: str = "both") -> Reason:
        """What keeps a status from moving a project: that it cannot, else what most often sets its date."""
        unmoved = self._unmoved(project_id, plans, channel)
        if unmoved is not None:
            return unmoved
        if self._project[project_id].carrier != Carrier.ELECTRICITY and not self._uses_scarce(project_id):
            return Reason("other_carrier")
        phases = np.flatnonzero(self.problem.phase_project == self._row[project_id])
        if not len(phases):
            return Reason("not_scarce")
        found = Counter(self._of_draw(project_id, plans, draw, phases) for draw in range(len(plans.start_month)))
        return min(found, key=lambda reason: (-found[reason], reason.code))

    def _unmoved(self, project_id: str, plans: Plans, channel: str) -> Reason | None:
        """Why the order cannot move the project whatever its place; None where it can, or support could."""
        project, settings = self._project[project_id], self.study.settings
        if project.tier == 0:
            return Reason("fixed", "operator")
        if channel != "order":
            return None
        if project.tier == 1 or project.safety:
            return Reason("tier", "operator")
        bindingness = settings.bindingness_by_operator.get(project.operator_id, settings.bindingness)
        if settings.rule == "head_start" and bindingness == 0:
            return Reason("bindingness", "operator")
        phases = np.flatnonzero(self.problem.phase_project == self._row[project_id])
        works_from = month_index(project.status_from or settings.status_from, settings.start_year)
        start = plans.start_month[:, phases]
        if len(phases) and ((start != NOT_PLANNED) & (start < works_from)).all():
            return Reason("status_from", "province")
        return None

    def _of_draw(self, project_id: str, plans: Plans, draw: int, phases: np.ndarray) -> Reason:
        phase = self._deciding_phase(plans, draw, phases)
        binding = Binding(int(plans.binding[draw, phase]))
        name = plans.phase_name[phase]
        if binding in (Binding.PREDECESSOR, Binding.NONE, Binding.HORIZON):
            longest = self._longest_before(plans, draw, phases)
            code = _CODES[binding] if binding != Binding.NONE else "predecessor"
            return Reason(code, self._levers.of_phase(project_id, longest))
        code = binding_code(plans, draw, phase)
        if binding == Binding.MATERIAL and plans.binding_resource[draw, phase] < 0:
            return Reason(code, self._levers.of_phase(project_id, "procurement"))
        lever = self._levers.of_binding(binding, code.partition(":")[2])
        return Reason(code, lever or self._levers.of_phase(project_id, name))

    def _deciding_phase(self, plans: Plans, draw: int, phases: np.ndarray) -> int:
        """The last phase that waited for something else than the project's own phases; else the last phase."""
        order = sorted(phases, key=lambda p: (_late(plans.finish_month[draw, p]), int(p)))
        for phase in reversed(order):
            if plans.binding[draw, phase] not in (Binding.PREDECESSOR, Binding.NONE):
                return int(phase)
        return int(order[-1])

    def _longest_before(self, plans: Plans, draw: int, phases: np.ndarray) -> str:
        """Name of the project's longest phase."""
        length = [int(self.problem.arrays.duration[p]) for p in phases]
        return plans.phase_name[int(phases[int(np.argmax(length))])]

    def _uses_scarce(self, project_id: str) -> bool:
        arrays = self.problem.arrays
        phases = np.flatnonzero(self.problem.phase_project == self._row[project_id])
        needs = arrays.need_start[phases + 1] > arrays.need_start[phases]
        draws = arrays.material_start[phases + 1] > arrays.material_start[phases]
        return bool(needs.any() or draws.any() or (arrays.phase_budget[phases] >= 0).any())


def _late(month: int) -> float:
    return float("inf") if month == NOT_PLANNED else float(month)


def not_assessable_reason(project: Project) -> Reason:
    """A project that changes neither grid nor demand informs, by the year in which it must be decided; one that is
    delivered stands in the grid."""
    if project.delivered_on is not None:
        return Reason("delivered")
    return Reason("no_change" + (f":{project.decide_by_year}" if project.decide_by_year else ""))
