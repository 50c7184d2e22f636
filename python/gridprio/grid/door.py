"""The one door to code of others: whatever it raises on an input is an error of that input, with the cause kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from gridprio.errors import GridprioError, InputError, Problem

_log = logging.getLogger("gridprio")
LONGEST = 300
"""Characters of a foreign message that are shown; the log has all of it."""


@contextmanager
def foreign(place: str, what: str, remedy: str = "") -> Iterator[None]:
    """Inside, exceptions of any other program become an InputError about `place`; `--debug` shows the cause."""
    try:
        yield
    except GridprioError:
        raise
    except (Exception, RecursionError) as error:
        _log.debug("%s: %s", place, what, exc_info=True)
        cause = f"{type(error).__name__}: {error}"[:LONGEST]
        raise InputError([Problem(place, None, None, what, cause, "", remedy)]) from error
