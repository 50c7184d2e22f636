"""Every exception of gridprio; the extension imports the same classes, so all backends raise alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with an input: what, where, found against expected, and how to mend it."""

    file: str
    """File name inside the study, or the sheet of a workbook, or an element table of a net."""
    row: int | None
    """Row as the person sees it in the file (the header is row 1); None when not about a row."""
    column: str | None
    what: str
    found: str = ""
    expected: str = ""
    mend: str = ""
    cell: str = ""
    """Cell of a sheet, such as C5; empty where the file is no workbook or the problem is not about a cell."""

    def __str__(self) -> str:
        place = self.file
        if self.cell:
            place += f", cell {self.cell}"
        elif self.row is not None:
            place += f", row {self.row}"
        if self.column:
            place += f", column {self.column}"
        text = f"{place}: {self.what}"
        if self.found:
            text += f"; found {self.found}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.mend:
            text += f". {self.mend}"
        return text


class GridprioError(Exception):
    """Base of all errors; `exit_code` is what the command line ends with."""

    exit_code = 70


class InputError(GridprioError):
    """The input cannot be used; `problems` holds every problem found, not only the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = [Problem(file="input", row=None, column=None, what=problems)]
        self.problems: tuple[Problem, ...] = tuple(problems)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        super().__init__(f"{head} in the input:\n" + "\n".join(f"  {p}" for p in self.problems))


class MissingCellsError(InputError):
    """Cells that a sealed study does not hold are asked for; each problem names one state in one year."""


class BackendError(GridprioError):
    """A compute backend is missing, unknown or refused its arrays."""

    exit_code = 3


class CalculationError(GridprioError):
    """A number became infinite or undefined inside a run; the message names the row that it came from."""

    exit_code = 5


class StoreError(GridprioError):
    """A run folder cannot be written, read or trusted."""

    exit_code = 4
