"""The one door to code of others: whatever it raises on an input becomes a problem of that input, the cause kept."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from gridprio.errors import GridprioError, InputError, Problem
from gridprio.text import sentence

LONGEST = 300
"""Characters of a foreign message that are shown; the log has all of it."""

_log = logging.getLogger("gridprio")


@contextmanager
def foreign(place: str, what: str = "", remedy: str = "", expected: str = "") -> Iterator[None]:
    """Inside, exceptions of any other program become an InputError about `place`; `--debug` shows the cause.

    What was raised stands as found, on one line, and its line of the file as row. `what`, `remedy` and `expected` where
    the format has better words than that the file cannot be read.
    """
    try:
        yield
    except GridprioError:
        raise
    except Exception as error:
        _log.debug("while reading %s", place, exc_info=True)
        raised = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST]
        line = re.search(r"at line (\d+)", raised)
        problem = Problem(
            place,
            int(line.group(1)) if line else None,
            None,
            what or sentence("problem.file_not_readable"),
            sentence("found.raised", text=raised),
            expected or sentence("expected.whole_file"),
            remedy or sentence("remedy.write_file_anew"),
        )
        raise InputError([problem]) from error


@contextmanager
def reading(
    place: str, problems: list[Problem], what: str = "", remedy: str = "", expected: str = ""
) -> Iterator[None]:
    """As `foreign`, but the problems are added to `problems`, so that the other files are read too."""
    try:
        with foreign(place, what, remedy, expected):
            yield
    except InputError as error:
        problems.extend(error.problems)
