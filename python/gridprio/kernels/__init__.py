"""Compute kernels behind one protocol: reference, Numba and Rust."""

from gridprio.kernels.select import get_kernels

__all__ = ["get_kernels"]
