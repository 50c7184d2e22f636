"""Backends as in tests/kernels: one that is named but missing fails loudly; an extension never built is skipped."""

from __future__ import annotations

import os

import pytest

from gridprio.errors import BackendError
from gridprio.kernels import get_kernels
from gridprio.kernels.select import BACKENDS


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    try:
        get_kernels(request.param)
    except BackendError as error:
        if request.param == "rust" and os.environ.get("GRIDPRIO_REQUIRE_RUST") != "1":
            pytest.skip(str(error))
        raise
    return str(request.param)
