"""Numbers that are infinite or undefined stop the work and name where they came from; they never become a result."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridprio.errors import CalculationError
from gridprio.text import sentence

_FAULTS = (FloatingPointError, OverflowError, ZeroDivisionError, RuntimeWarning)


@contextmanager
def faults_stop() -> Iterator[None]:
    """What NumPy and libraries would only warn of raises CalculationError; too small to be told from 0 is 0."""
    with warnings.catch_warnings(), np.errstate(over="raise", divide="raise", invalid="raise"):
        warnings.simplefilter("error", RuntimeWarning)
        with calculating("the run"):
            yield


@contextmanager
def calculating(what: str) -> Iterator[None]:
    """Name what is calculated (a project, a development, an area and year) in faults inside; the innermost counts."""
    try:
        yield
    except _FAULTS as error:
        raise CalculationError(sentence("calculation.arithmetic", place=what, why=str(error))) from error


@contextmanager
def foreign_arithmetic() -> Iterator[None]:
    """Inside another program's code, that divides by zero and looks afterwards; what it gives is checked as ours is."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def check_finite(what: str, values: NDArray[Any], name_of: Callable[[tuple[int, ...]], str]) -> None:
    """CalculationError with the name of the first place of `values` that is infinite or undefined."""
    if np.isfinite(values).all():
        return
    place = tuple(int(at) for at in np.argwhere(~np.isfinite(values))[0])
    said = {"place": name_of(place), "what": what, "value": str(values[place])}
    raise CalculationError(sentence("calculation.not_finite", **said))
