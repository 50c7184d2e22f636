"""Whatever stands in a cell, reading a study ends in a study or in problems, never in another error."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gridprio.inputs import inspect_study
from gridprio.inputs.number_style import NumberStyle
from gridprio.inputs.values import NotThisType, convert
from tests.unit.inputs.conftest import TEXTS

TABLE_FILES = sorted(name for name, text in TEXTS.items() if name.endswith(".csv") and text.count("\n") > 1)
ODD_CELLS = st.one_of(
    st.sampled_from(
        ["", " ", "nan", "inf", "-1", "0", "1e400", "1,5", "1.5", "1.000,5", "p1", "p2", "home", "none", "x:y", "x:1:2",
         "2030-13", "9999-99", "2027", "demand", "line:3", "1;2", "ja", "\u00a0", "=1/0", "#N/A", "true", "hv:1 hv:2"]
    ),
    st.text(max_size=12),
)  # fmt: skip


@st.composite
def spoiled_studies(draw: st.DrawFn) -> dict[str, str]:
    """The small study with up to three cells replaced."""
    texts = dict(TEXTS)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(TABLE_FILES))
        lines = texts[name].splitlines()
        row = draw(st.integers(0, len(lines) - 1))
        cells = lines[row].split(",")
        cells[draw(st.integers(0, len(cells) - 1))] = draw(ODD_CELLS)
        lines[row] = ",".join(cells)
        texts[name] = "\n".join(lines) + "\n"
    return texts


@settings(max_examples=150, deadline=None)
@given(spoiled_studies())
def test_spoiled_cells_end_in_problems_or_a_study(texts):
    with TemporaryDirectory() as name:
        for file, text in texts.items():
            (Path(name) / file).write_text(text, encoding="utf-8", errors="replace")
        study, problems = inspect_study(name)
    assert study is not None
    assert all(problem.file and problem.what for problem in problems)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40))
def test_spoiled_settings_end_in_problems_or_a_study(line):
    with TemporaryDirectory() as name:
        for file, text in TEXTS.items():
            (Path(name) / file).write_text(text, encoding="utf-8")
        (Path(name) / "study.toml").write_text(TEXTS["study.toml"] + line, encoding="utf-8", errors="replace")
        study, problems = inspect_study(name)
    assert study is not None or problems
    assert all(problem.file and problem.what for problem in problems)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_numbers_survive_any_way_of_writing(value):
    assert convert(value, float) == convert(repr(value), float) == value
    assert convert(repr(value).replace(".", ","), float, NumberStyle.COMMA) == value


NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


@given(st.text(max_size=20).filter(lambda text: not NUMBER.fullmatch(text.strip())))
@example("1.000,5")
@example("1e")
@example("12 MW")
@example("nan")
def test_text_that_is_no_number_is_refused_as_number(text):
    with pytest.raises(NotThisType):
        convert(text, float)
