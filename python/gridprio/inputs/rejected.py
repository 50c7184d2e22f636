"""Whatever a foreign reader raises on a file, as a problem of that file."""

from __future__ import annotations

from gridprio.errors import Problem
from gridprio.text import sentence


def as_problem(file: str, what: str, error: Exception, remedy: str) -> Problem:
    """What the reader said stands as found, on one line and not endlessly."""
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return Problem(file, None, None, what, said[:200], sentence("expected.whole_file"), remedy)
