"""Rows of the invented example that a new workbook holds: never taken for real ones."""

from __future__ import annotations

from collections.abc import Iterator

from gridprio.errors import Problem
from gridprio.inputs.columns import Row
from gridprio.inputs.schema import TABLES
from gridprio.inputs.study import Study
from gridprio.inputs.table_rules import TABLE_KEYS
from gridprio.text import sentence

EXAMPLE_SOURCES = ("Verzonnen voorbeeld", "Invented example")
"""How `source` or `note` begins in every row of the example that could be taken for a fact."""
EXAMPLE_ID = "voorbeeld"
"""How the first key begins where a table has neither column."""


def example_problems(study: Study) -> Iterator[Problem]:
    """Rows of the example in a study that is not fictional."""
    if study.head.fictional:
        return
    for table in TABLES:
        for at, row in enumerate(getattr(study, table)):
            column = _sign_of_example(table, row)
            if column:
                yield study.problem(
                    table,
                    at,
                    column,
                    sentence("problem.row_of_example"),
                    found=repr(getattr(row, column)),
                    expected=sentence("expected.own_rows"),
                    mend=sentence("remedy.delete_example_row"),
                )


def _sign_of_example(table: str, row: Row) -> str:
    """Column by which a row shows that it is of the example; blank for a row of one's own."""
    said = [column for column in ("source", "note") if column in type(row).model_fields]
    if said:
        return next((column for column in said if getattr(row, column).startswith(EXAMPLE_SOURCES)), "")
    key = TABLE_KEYS[table][0]
    return key if getattr(row, key).lower().startswith(EXAMPLE_ID) else ""
