"""What the compiled twin of this text does in its own way (`numba_backend/twins.py`)."""

from __future__ import annotations

from typing import Any, TypeVar

from numpy.typing import NDArray

Record = TypeVar("Record")


def by_reference(record: Record) -> Record:
    """A named tuple that functions hand to each other; compiled code would copy all its fields in each call."""
    return record


def copy_into(target: NDArray[Any], source: NDArray[Any]) -> None:
    """Overwrites an array with one of its own shape and type."""
    target[...] = source
