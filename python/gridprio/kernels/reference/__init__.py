"""The definition of every kernel in plain numpy and scipy: slow, short, one case at a time."""

from gridprio.kernels.reference.activities import schedule_activities
from gridprio.kernels.reference.cells import evaluate_cells
from gridprio.kernels.reference.load_flow import solve_load_flow
from gridprio.kernels.reference.schedule import schedule
from gridprio.kernels.reference.walk import walk_plans


class ReferenceKernels:
    """Implements `gridprio.kernels.protocol.Kernels`."""

    name = "reference"
    solve_load_flow = staticmethod(solve_load_flow)
    schedule = staticmethod(schedule)
    schedule_activities = staticmethod(schedule_activities)
    walk_plans = staticmethod(walk_plans)
    evaluate_cells = staticmethod(evaluate_cells)


KERNELS = ReferenceKernels()
