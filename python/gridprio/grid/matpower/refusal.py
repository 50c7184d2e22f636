"""How reading a case says that something is not understood: one refusal per statement, cell or row, with its line."""

from __future__ import annotations

from gridprio.errors import Problem
from gridprio.text import Sentence, sentence

LONGEST = 80
"""Characters of the file that are shown."""


def by_hand() -> str:
    """The remedy for what is not carried out."""
    return sentence("remedy.write_result")


class Refusal(Exception):
    """One thing of the text that is not read; becomes a `Problem` with the name of the file."""

    def __init__(self, line: int, what: str, found: str, expected: str, remedy: str, place: str = "") -> None:
        super().__init__(what)
        self.line, self.what, self.found, self.place = line, what, found, place
        self.expected, self.remedy = expected, remedy

    def problem(self, file: str) -> Problem:
        return Problem(
            file, self.line, self.place or None, self.what, shortened(self.found), self.expected, self.remedy
        )


def shortened(found: str) -> str:
    """Text of the file, cut where it is long; a sentence stays whole."""
    return found if isinstance(found, Sentence) or len(found) <= LONGEST else found[: LONGEST - 3] + "..."


class Refused(Exception):
    """What was named has been refused before; there is nothing more to say."""
