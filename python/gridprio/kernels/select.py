"""Which backend does the work: the only place that decides it."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from gridprio.errors import BackendError
from gridprio.kernels.protocol import Kernels

BACKENDS = ("rust", "numba", "reference")
"""Every backend."""

AUTO = ("rust", "numba")
"""What `auto` takes the first of that is present; the reference is for checking only."""

_MODULES = {
    "rust": "gridprio.kernels.rust_backend",
    "numba": "gridprio.kernels.numba_backend",
    "reference": "gridprio.kernels.reference",
}
_MEND = {
    "rust": "build the extension with `make extension`, or choose backend numba",
    "numba": "install numba (`pip install numba`), or choose backend reference",
    "reference": "install gridprio anew: numpy and scipy are all it needs",
}


def get_kernels(backend: str = "auto") -> Kernels:
    """The kernels of `backend`; `auto` is Rust where it is built, else Numba.

    Raises BackendError when the name is unknown or the backend that was asked for is missing.
    """
    if backend == "auto":
        return _first_present()
    if backend not in BACKENDS:
        raise BackendError(f"unknown backend {backend!r}; choose one of auto, {', '.join(BACKENDS)}")
    try:
        return _load(backend)
    except ImportError as error:
        raise BackendError(f"backend {backend} is not available ({error}); {_MEND[backend]}") from error


def missing_backends() -> dict[str, str]:
    """Backends that cannot be loaded here, with the reason."""
    missing = {}
    for backend in BACKENDS:
        try:
            _load(backend)
        except ImportError as error:
            missing[backend] = str(error)
    return missing


def _first_present() -> Kernels:
    reasons = []
    for backend in AUTO:
        try:
            return _load(backend)
        except ImportError as error:
            reasons.append(f"{backend}: {error}")
    raise BackendError("no backend can be loaded; " + "; ".join(reasons))


@cache
def _load(backend: str) -> Kernels:
    kernels: Kernels = import_module(_MODULES[backend]).KERNELS
    return kernels
