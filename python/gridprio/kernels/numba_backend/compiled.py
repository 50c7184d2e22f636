"""The text of the reference, compiled."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from numba import njit

_TWINS: dict[Callable[..., Any], Any] = {}


def compiled(plain: Callable[..., Any]) -> Any:
    """The compiled twin of a function, which calls the twins of the functions that `plain` calls."""
    if plain not in _TWINS:
        assert isinstance(plain, FunctionType)
        names = dict(plain.__globals__)
        _TWINS[plain] = njit(cache=True, nogil=True)(FunctionType(plain.__code__, names, plain.__name__))
        for name in plain.__code__.co_names:
            if isinstance(names.get(name), FunctionType):
                names[name] = compiled(names[name])
    return _TWINS[plain]
