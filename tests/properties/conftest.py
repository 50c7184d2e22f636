"""The kernels fixture: properties hold on every backend."""

from tests.kernels.conftest import kernels

__all__ = ["kernels"]
