"""Which tests share a process, where several run side by side."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Numba compiles in one process, not in each; a file stays whole, so that what it sets up is set up once."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group("numba" if "numba" in item.nodeid else str(item.path)))
