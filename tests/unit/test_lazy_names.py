"""Packages that load their names on first use name modules that define them."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

import gridprio

LAZY = [
    module
    for module in (
        gridprio,
        *(import_module(found.name) for found in pkgutil.walk_packages(gridprio.__path__, "gridprio.") if found.ispkg),
    )
    if hasattr(module, "__getattr__")
]


@pytest.mark.parametrize("package", [module.__name__ for module in LAZY])
def test_every_name_resolves(package: str) -> None:
    module = import_module(package)
    names = {*module.__all__, *getattr(module, "_PUBLIC", ())}
    assert names and [name for name in sorted(names) if not hasattr(module, name)] == []
