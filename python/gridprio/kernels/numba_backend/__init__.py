"""The Numba twin: the same lane layout and method as the Rust core, compiled on first use and cached."""

from functools import cached_property

from gridprio.kernels.code import code_version
from gridprio.kernels.enumerate_outages import enumerate_violations
from gridprio.kernels.numba_backend.activities import schedule_activities
from gridprio.kernels.numba_backend.cells import evaluate_cells
from gridprio.kernels.numba_backend.load_flow import solve_load_flow
from gridprio.kernels.numba_backend.schedule import schedule
from gridprio.kernels.numba_backend.walk import walk_plans

LIBRARIES = ("numba", "numpy")


class NumbaKernels:
    """Implements `gridprio.kernels.protocol.Kernels`."""

    name = "numba"

    @cached_property
    def version(self) -> str:
        """Of the source of this backend, and the libraries that it computes with."""
        return code_version(__file__, LIBRARIES)

    evaluate_cells = staticmethod(evaluate_cells)
    solve_load_flow = staticmethod(solve_load_flow)
    schedule = staticmethod(schedule)
    schedule_activities = staticmethod(schedule_activities)
    walk_plans = staticmethod(walk_plans)
    find_violations = enumerate_violations


KERNELS = NumbaKernels()
