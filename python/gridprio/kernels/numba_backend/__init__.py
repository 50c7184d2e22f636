"""The Numba twin: the same lane layout and method as the Rust core, compiled on first use and cached."""

from gridprio.kernels.numba_backend.activities import schedule_activities
from gridprio.kernels.numba_backend.cells import evaluate_cells
from gridprio.kernels.numba_backend.load_flow import solve_load_flow
from gridprio.kernels.numba_backend.schedule import schedule
from gridprio.kernels.numba_backend.walk import walk_plans


class NumbaKernels:
    """Implements `gridprio.kernels.protocol.Kernels`."""

    name = "numba"
    evaluate_cells = staticmethod(evaluate_cells)
    solve_load_flow = staticmethod(solve_load_flow)
    schedule = staticmethod(schedule)
    schedule_activities = staticmethod(schedule_activities)
    walk_plans = staticmethod(walk_plans)


KERNELS = NumbaKernels()
