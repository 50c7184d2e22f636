"""Which tests share a process, where several run side by side, and what every process does first."""

from __future__ import annotations

import gc

import pytest

ONE_PROCESS = ("numba", "cross_check", "test_backends", "test_bench")
"""Parts of the ids of tests that run compiled Numba or compare its results with pandapower's."""


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Numba compiles and pandapower solves in one process, not in each; a file stays whole and is set up once."""
    for item in items:
        shared = any(part in item.nodeid for part in ONE_PROCESS)
        item.add_marker(pytest.mark.xdist_group("numba" if shared else str(item.path)))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()
