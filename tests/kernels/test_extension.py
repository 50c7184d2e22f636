"""The extension against its stub, and its instruction sets against each other."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gridprio
from gridprio.errors import BackendError
from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels

from .grids import random_grid
from .test_load_flow import solve


@pytest.fixture(autouse=True)
def needs_extension(rust_kernels: Kernels) -> None:
    """Skips with the reason where the extension was never built."""


def public(names: object) -> set[str]:
    return {name for name in names if not name.startswith("_") or name == "__version__"}  # type: ignore[attr-defined]


def test_the_stub_names_what_the_extension_has() -> None:
    from gridprio import _core

    stub = ast.parse((Path(gridprio.__file__).parent / "_core.pyi").read_text())
    classes = {node.name: node for node in stub.body if isinstance(node, ast.ClassDef)}
    functions = {node.name for node in stub.body if isinstance(node, ast.FunctionDef)}
    values = {
        node.target.id for node in stub.body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    assert public(dir(_core)) == {*classes, *functions, *values}
    for name, node in classes.items():
        members = {child.name for child in node.body if isinstance(child, ast.FunctionDef)}
        assert public(dir(getattr(_core, name))) == public(members)


def test_instruction_sets_agree() -> None:
    from gridprio import _core
    from gridprio.kernels.rust_backend import RustKernels

    grid = random_grid(seed=3, n_node=60)
    p = grid.p_pu * np.linspace(0.5, 1.1, 45)[:, None]
    flows = {level: solve(RustKernels(simd=level), grid, p=p) for level in _core.simd_levels()}
    assert "portable" in flows
    for found in flows.values():
        assert (found.status == 0).all()
        np.testing.assert_allclose(found.vm_pu, flows["portable"].vm_pu, atol=1e-11)
        np.testing.assert_allclose(found.loading_percent, flows["portable"].loading_percent, atol=1e-8)


def test_an_instruction_set_that_is_not_there_is_refused() -> None:
    from gridprio.kernels.rust_backend import RustKernels

    with pytest.raises(BackendError, match="mmx"):
        solve(RustKernels(simd="mmx"), random_grid(seed=0, n_node=5))


def test_the_environment_chooses_the_instruction_set() -> None:
    code = "from gridprio import _core; print(_core.simd_level())"
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"GRIDPRIO_SIMD": "portable", "PYTHONPATH": str(Path(gridprio.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "portable"


def test_arrays_that_do_not_fit_are_refused() -> None:
    grid = random_grid(seed=0, n_node=5)
    with pytest.raises(BackendError, match=r"^p has"):
        solve(get_kernels("rust"), grid, p=np.zeros((2, 4)))
