"""The text of the reference, compiled."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from numba import njit

from gridprio.kernels.numba_backend.twins import TWINS

INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""For what only compiled code calls: the way in from Python would take longer to compile than the function."""

_TWINS: dict[tuple[Callable[..., Any], bool], Any] = {}


def compiled(plain: Callable[..., Any], *, is_inner: bool = False) -> Any:
    """The compiled twin of a function, which calls the inner twins of the functions that `plain` calls."""
    if (plain, is_inner) not in _TWINS:
        assert isinstance(plain, FunctionType)
        names = dict(plain.__globals__)
        compile_ = njit(cache=True, nogil=True, **(INNER if is_inner else {}))
        _TWINS[plain, is_inner] = compile_(FunctionType(plain.__code__, names, plain.__name__))
        for name in plain.__code__.co_names:
            if isinstance(names.get(name), FunctionType):
                names[name] = TWINS.get(names[name]) or compiled(names[name], is_inner=True)
    return _TWINS[plain, is_inner]
