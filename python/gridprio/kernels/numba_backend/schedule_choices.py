"""What is left out of a plan: the part of the Numba schedule twin that `schedule.py` calls around every placing.

`p`, `w` and `rule` are the tuples Problem, Work and Rule of `schedule.py`.
"""

from __future__ import annotations

from numba import njit

from gridprio.model.plan import NOT_PLANNED, Binding

NEVER, NONE = int(NOT_PLANNED), int(Binding.NONE)
EXCLUDED, OVERTAKEN = int(Binding.EXCLUDED), int(Binding.OVERTAKEN)


@njit(cache=True, nogil=True)
def leave_out(p, w, rule):
    """Of projects that exclude each other the one with started works stays, else the first in the list."""
    for project in range(len(w.out)):
        w.out[project, 0] = NONE if w.begun[project] else EXCLUDED
        w.out[project, 1] = -1
    for project in rule.order:
        if w.dropped[project, 0] != NONE:
            w.out[project] = w.dropped[project]
        elif not w.begun[project]:
            has_rival = False
            for k in range(p.exclude_start[project], p.exclude_start[project + 1]):
                has_rival = has_rival or w.out[p.exclude[k], 0] == NONE
            if not has_rival:
                w.out[project, 0] = NONE


@njit(cache=True, nogil=True)
def misfit(p, w, rule):
    """The first in the list that gives way, and why: a size that does not fit while another may, or a temporary
    solution that would not be in service before it is to go."""
    for project in rule.order:
        if w.begun[project] or w.out[project, 0] != NONE:
            continue
        if _may_be_replaced(p, w, project):
            for phase in range(p.phase_start[project], p.phase_start[project + 1]):
                if w.finish[phase] == NEVER:
                    return project, w.binding[phase], w.resource[phase]
        until = p.until_month[project]
        for k in range(p.until_start[project], p.until_start[project + 1]):
            month = _in_service(p, w, p.until[k])
            if month != NEVER and (until == NEVER or month < until):
                until = month
        if until != NEVER and until <= _in_service(p, w, project):
            return project, OVERTAKEN, -1
    return -1, NONE, -1


@njit(cache=True, nogil=True)
def _may_be_replaced(p, w, project):
    """Whether another size of the project did not give way yet."""
    group = p.size_group[project]
    if group >= 0:
        for other in range(len(w.out)):
            if p.size_group[other] == group and other != project and w.dropped[other, 0] == NONE:
                return True
    return False


@njit(cache=True, nogil=True)
def _in_service(p, w, project):
    """Month after the last phase; NEVER when a phase is, or when there are no phases."""
    month = NEVER
    for phase in range(p.phase_start[project], p.phase_start[project + 1]):
        if w.finish[phase] == NEVER:
            return NEVER
        month = max(month, w.finish[phase])
    return month
