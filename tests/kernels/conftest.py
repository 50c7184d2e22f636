"""Every kernel test runs on every backend; only an extension that was never built may be skipped, and visibly so."""

from __future__ import annotations

import os

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


@pytest.fixture(params=BACKENDS)
def kernels(request: pytest.FixtureRequest) -> Kernels:
    return present(request.param)


@pytest.fixture
def rust_kernels() -> Kernels:
    return present("rust")
