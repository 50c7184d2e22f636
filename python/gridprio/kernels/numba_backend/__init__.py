"""The Numba twin: the same lane layout and method as the Rust core, compiled on first use and cached."""

from gridprio.kernels.numba_backend.load_flow import solve_load_flow


class NumbaKernels:
    """Implements `gridprio.kernels.protocol.Kernels`."""

    name = "numba"
    solve_load_flow = staticmethod(solve_load_flow)


KERNELS = NumbaKernels()
