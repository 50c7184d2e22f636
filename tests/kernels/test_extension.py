"""The extension against its stub, and its instruction sets against each other."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gridprio
from gridprio.errors import BackendError
from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels

from .cell_cases import evaluate
from .grids import random_grid
from .test_cells import random_cell
from .test_load_flow import solve


@pytest.fixture(autouse=True)
def needs_extension(rust_kernels: Kernels) -> None:
    """Skips with the reason where the extension was never built."""


def public(names: object) -> set[str]:
    return {name for name in names if not name.startswith("_") or name == "__version__"}  # type: ignore[attr-defined]


def stub() -> ast.Module:
    return ast.parse((Path(gridprio.__file__).parent / "_core.pyi").read_text(encoding="utf-8"))


def parameters(function: ast.FunctionDef) -> list[tuple[str, str]]:
    """Name and default of each parameter of a function of the stub, without the object itself."""
    given = function.args
    assert not given.kwonlyargs and not given.posonlyargs and given.vararg is None and given.kwarg is None
    defaults = [""] * (len(given.args) - len(given.defaults)) + [ast.unparse(value) for value in given.defaults]
    rows = [(arg.arg, default) for arg, default in zip(given.args, defaults, strict=True)]
    return [row for row in rows if row[0] not in ("self", "cls")]


def compiled_parameters(compiled: object) -> list[tuple[str, str]]:
    """The same of what PyO3 exports, from its text signature."""
    rows = inspect.signature(compiled).parameters.values()  # type: ignore[arg-type]
    return [(row.name, "" if row.default is row.empty else repr(row.default)) for row in rows if row.name != "self"]


def test_the_stub_names_what_the_extension_has() -> None:
    from gridprio import _core

    body = stub().body
    classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    values = {node.target.id for node in body if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    assert public(dir(_core)) == {*classes, *functions, *values}
    for name, function in functions.items():
        assert compiled_parameters(getattr(_core, name)) == parameters(function), name
    for name, node in classes.items():
        compiled = getattr(_core, name)
        members = {child.name: child for child in node.body if isinstance(child, ast.FunctionDef)}
        assert public(dir(compiled)) == public(members)
        assert compiled_parameters(compiled) == parameters(members.pop("__new__")), name
        for member, function in members.items():
            if not function.decorator_list:  # properties take nothing
                assert compiled_parameters(getattr(compiled, member)) == parameters(function), (name, member)


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


def test_an_array_of_another_type_is_named() -> None:
    cell = random_cell(0)
    for field in ("rating_mva", "one_way_limits"):
        wrong = replace(cell.grid, **{field: getattr(cell.grid, field).astype(np.float16)})
        with pytest.raises(TypeError, match=f"^{field}: .*mismatch"):
            evaluate(get_kernels("rust"), replace(cell, grid=wrong))
