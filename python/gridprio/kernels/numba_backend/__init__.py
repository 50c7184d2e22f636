"""The Numba twin, compiled on first use and cached: load flows of its own, the text of the reference for all else."""

from pathlib import Path

from gridprio.kernels import reference
from gridprio.kernels.code import code_version
from gridprio.kernels.enumerate_outages import enumerate_violations
from gridprio.kernels.numba_backend.activities import schedule_activities
from gridprio.kernels.numba_backend.batch import solve_load_flow
from gridprio.kernels.numba_backend.cached_code import drop_outdated
from gridprio.kernels.numba_backend.cells import evaluate_cells, find_congestion
from gridprio.kernels.numba_backend.schedule import schedule
from gridprio.kernels.numba_backend.walk import walk_plans

LIBRARIES = ("numba", "numpy", "scipy")
VERSION = f"{code_version(__file__)} {code_version(reference.__file__, LIBRARIES)}"
drop_outdated([Path(file).parent / "__pycache__" for file in (__file__, reference.__file__)], VERSION)


class NumbaKernels:
    """Implements `gridprio.kernels.protocol.Kernels`."""

    name = "numba"

    version = VERSION
    """of the source of this backend and of the reference, and the libraries that they compute with"""

    evaluate_cells = staticmethod(evaluate_cells)
    find_congestion = staticmethod(find_congestion)
    solve_load_flow = staticmethod(solve_load_flow)
    schedule = staticmethod(schedule)
    schedule_activities = staticmethod(schedule_activities)
    walk_plans = staticmethod(walk_plans)
    find_violations = enumerate_violations


KERNELS = NumbaKernels()
