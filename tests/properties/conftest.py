"""The fixtures of kernels: properties hold on every backend."""

from tests.kernels.conftest import kernels, planners

__all__ = ["kernels", "planners"]
