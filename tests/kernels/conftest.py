"""Every kernel test runs on every backend, and in Rust on every instruction set.

Only an extension that was never built, or a set the processor lacks, may be skipped, and visibly so.
"""

from __future__ import annotations

import os
from functools import cache

import pytest

from gridprio.errors import BackendError
from gridprio.kernels import get_kernels
from gridprio.kernels.protocol import Kernels
from gridprio.kernels.select import BACKENDS


def present(backend: str) -> Kernels:
    try:
        return get_kernels(backend)
    except BackendError as error:
        if backend == "rust" and os.environ.get("GRIDPRIO_REQUIRE_RUST") != "1":
            pytest.skip(str(error))
        raise


LEVELS = ("portable", "avx2", "avx512")
"""Instruction sets of the Rust core; one that this processor lacks is skipped, and visibly so."""


@cache
def at_level(level: str) -> Kernels:
    """The Rust kernels on one instruction set, whatever this processor would choose."""
    present("rust")
    from gridprio import _core
    from gridprio.kernels.rust_backend import RustKernels

    if level not in _core.simd_levels():
        pytest.skip(f"this processor has no {level}")
    return RustKernels(simd=level)


def one_of(param: str) -> Kernels:
    name, _, level = param.partition(" ")
    return at_level(level) if level else present(name)


RUST = [f"rust {level}" for level in LEVELS]


@pytest.fixture(params=[*RUST, *(name for name in BACKENDS if name != "rust")])
def kernels(request: pytest.FixtureRequest) -> Kernels:
    return one_of(request.param)


@pytest.fixture(params=[*RUST, "numba"])
def fast_kernels(request: pytest.FixtureRequest) -> Kernels:
    """The backends that tests compare with the reference; it is not compared with itself."""
    return one_of(request.param)


@pytest.fixture(params=BACKENDS)
def planners(request: pytest.FixtureRequest) -> Kernels:
    """Kernels of plans and walks, which have no lanes and so are the same code on every instruction set."""
    return present(request.param)


@pytest.fixture(params=["rust", "numba"])
def fast_planners(request: pytest.FixtureRequest) -> Kernels:
    """Those that tests compare with the reference."""
    return present(request.param)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Names for the public functions, which choose the instruction set themselves."""
    return present(request.param).name


@pytest.fixture
def rust_kernels() -> Kernels:
    return present("rust")
