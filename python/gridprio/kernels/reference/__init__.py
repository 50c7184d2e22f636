"""The definition of every kernel in plain numpy and scipy: slow, short, one case at a time."""

from functools import cached_property

from gridprio.kernels.code import code_version
from gridprio.kernels.enumerate_outages import enumerate_violations
from gridprio.kernels.reference.activities import schedule_activities
from gridprio.kernels.reference.batch import solve_load_flow
from gridprio.kernels.reference.cells import evaluate_cells
from gridprio.kernels.reference.congestion import find_congestion
from gridprio.kernels.reference.schedule import schedule
from gridprio.kernels.reference.walk import walk_plans

LIBRARIES = ("numpy", "scipy")


class ReferenceKernels:
    """Implements `gridprio.kernels.protocol.Kernels`."""

    name = "reference"

    @cached_property
    def version(self) -> str:
        """Of the source of this backend, and the libraries that it computes with."""
        return code_version(__file__, LIBRARIES)

    solve_load_flow = staticmethod(solve_load_flow)
    schedule = staticmethod(schedule)
    schedule_activities = staticmethod(schedule_activities)
    walk_plans = staticmethod(walk_plans)
    find_violations = enumerate_violations
    evaluate_cells = staticmethod(evaluate_cells)
    find_congestion = staticmethod(find_congestion)


KERNELS = ReferenceKernels()
