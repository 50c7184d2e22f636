"""Every backend takes what the protocol says: the same names, in the same order, with the same defaults."""

from __future__ import annotations

import inspect

import pytest

from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels

FUNCTIONS = sorted(name for name, member in vars(Kernels).items() if inspect.isfunction(member) and name[0] != "_")


def parameters(function: object) -> list[tuple[str, object, object]]:
    rows = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    return [(row.name, row.kind, row.default) for row in rows if row.name != "self"]


def test_the_protocol_has_functions() -> None:
    assert {"solve_load_flow", "find_violations", "evaluate_cells", "schedule", "walk_plans"} <= set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_backend_has_the_signatures_of_the_protocol(backend: str, function: str) -> None:
    assert parameters(getattr(get_kernels(backend), function)) == parameters(getattr(Kernels, function))
