"""Backends as in tests/kernels: one that is named but missing fails loudly; an extension never built is skipped."""

from ..kernels.conftest import backend

__all__ = ["backend"]
