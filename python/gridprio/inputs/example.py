"""Rows of the invented example that a new workbook holds: never taken for real ones."""

from __future__ import annotations

from collections.abc import Iterator

from gridprio.errors import Problem
from gridprio.inputs.schema import TABLES
from gridprio.inputs.study import Study
from gridprio.text import sentence

EXAMPLE_SOURCE = "Verzonnen voorbeeld"
"""`source` of every row of the example that could be taken for a fact."""


def example_problems(study: Study) -> Iterator[Problem]:
    """Rows of the example in a study that is not fictional."""
    if study.head.fictional:
        return
    for table in TABLES:
        for at, row in enumerate(getattr(study, table)):
            if getattr(row, "source", "") == EXAMPLE_SOURCE:
                yield study.problem(
                    table,
                    at,
                    "source",
                    sentence("problem.row_of_example"),
                    found=repr(EXAMPLE_SOURCE),
                    expected=sentence("expected.own_rows"),
                    mend=sentence("remedy.delete_example_row"),
                )
