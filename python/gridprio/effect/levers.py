"""Who can do something about what holds a project up: by the study, else by the usual holder (assumption)."""

from __future__ import annotations

from gridprio.inputs.enumerations import Phase
from gridprio.inputs.study import Study
from gridprio.model.plan import Binding

_PHASE_LEVER = {
    Phase.STUDY: "operator",
    Phase.PERMIT: "province",
    Phase.LAND: "municipality",
    Phase.PROCUREMENT: "operator",
    Phase.BUILD: "operator",
}
_BINDING_LEVER = {
    Binding.CREW: "operator",
    Binding.PERMIT_DESK: "province",
    Binding.BUDGET: "operator",
    Binding.OUTAGE_WINDOW: "operator",
    Binding.MATERIAL: "operator",
    Binding.STATUS_FROM: "province",
    Binding.EARLIEST: "operator",
    Binding.REQUIRES: "operator",
    Binding.EXCLUDED: "operator",
    Binding.OVERTAKEN: "operator",
    Binding.SECURITY: "operator",
}


class Levers:
    """Province, municipality, operator or State, per phase and per constraint of one study."""

    def __init__(self, study: Study) -> None:
        self._phase = {
            (phase.project_id, phase.phase.value): phase.lever.value
            for phase in study.project_phases
            if phase.lever is not None
        }
        self._crew = {crew.crew_type: crew.lever.value for crew in study.crews if crew.lever is not None}

    def of_phase(self, project_id: str, phase: str) -> str:
        """Who can shorten a phase of a project."""
        return self._phase.get((project_id, phase), _PHASE_LEVER[Phase(phase)])

    def of_binding(self, binding: Binding, resource: str = "") -> str:
        """Who can ease a constraint; empty where it is nobody's. `resource`: the crew or desk, `type@region`."""
        own = self._crew.get(resource.partition("@")[0]) if binding in (Binding.CREW, Binding.PERMIT_DESK) else None
        return own or _BINDING_LEVER.get(binding, "")

    def of_cause(self, project_id: str, phase: str, code: str) -> str:
        """Who can do something about a cause of `effect.months`, in a phase of a project that works or waits."""
        name, _, resource = code.partition(":")
        if name == phase or name.upper() not in Binding.__members__:
            return self.of_phase(project_id, phase)
        return self.of_binding(Binding[name.upper()], resource) or self.of_phase(project_id, phase)
