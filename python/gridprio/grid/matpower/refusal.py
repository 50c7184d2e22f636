"""How reading a case says that something is not understood: one refusal per statement, cell or row, with its line."""

from __future__ import annotations

from gridprio.errors import Problem

BY_HAND = "write the values that it gives into the tables (in MATPOWER: savecase), or leave it out"


class Refusal(Exception):
    """One thing of the text that is not read; becomes a `Problem` with the name of the file."""

    def __init__(self, line: int, what: str, found: str, expected: str, remedy: str, place: str = "") -> None:
        super().__init__(what)
        self.line, self.what, self.found, self.place = line, what, found, place
        self.expected, self.remedy = expected, remedy

    def problem(self, file: str) -> Problem:
        found = self.found if len(self.found) <= 80 else self.found[:77] + "..."
        return Problem(file, self.line, self.place or None, self.what, found, self.expected, self.remedy)


class Refused(Exception):
    """What was named has been refused before; there is nothing more to say."""
