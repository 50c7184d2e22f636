"""Whatever is written is read as it is meant; whatever is damaged is read or refused by its line, and quickly."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandapower  # noqa: F401 - its import takes seconds, which are none of the first example
import pytest
from hypothesis import given

from gridprio import read_grid
from gridprio.errors import InputError
from gridprio.grid.matpower.case import read_case
from tests.effort import fuzzed

from .styles import DAMAGED, ODD_TABLES, WRITTEN, Written
from .tables import Tables, text_of
from .test_syntax import assert_tables

LIGHT = fuzzed(100, 50_000)
THROUGH_PANDAPOWER = fuzzed(25, 300)


@LIGHT
@given(WRITTEN)
def test_styles_read_back(case: Written) -> None:
    assert_tables(read_case(case.content, "case.m"), case.tables)


@LIGHT
@given(DAMAGED)
def test_damaged_text_is_read_or_refused(content: bytes) -> None:
    try:
        read_case(content, "case.m")
    except InputError as error:
        assert error.problems
        lines = max(content.count(b"\n"), content.count(b"\r")) + content.count(b"\r") + 2
        for problem in error.problems:
            assert problem.file == "case.m"
            assert problem.row is not None and 1 <= problem.row <= lines
            assert problem.what and problem.expected and problem.mend


@pytest.mark.slow
@THROUGH_PANDAPOWER
@given(ODD_TABLES)
def test_odd_numbers_are_read_or_refused(tables: Tables) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "case.m"
        path.write_text(text_of(tables))
        try:
            grid = read_grid(path)
        except InputError:
            return
    for name in ("y_ff", "y_ft", "y_tf", "y_tt", "y_shunt", "vm_set_pu", "p_pu", "q_pu"):
        assert np.isfinite(getattr(grid.arrays, name)).all(), name
