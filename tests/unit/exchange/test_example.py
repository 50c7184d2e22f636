"""The invented example of a new workbook in both languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from gridprio.exchange.new_study import example_layout, example_study, write_study_anew
from gridprio.inputs.example import example_problems
from gridprio.inputs.schema import TABLES

FREE_TEXT = {"note", "source", "unit"}
"""Columns of sentences, of which no Dutch one may be left in English."""


@pytest.mark.parametrize("full", [False, True])
def test_the_english_example_has_no_dutch_sentence_and_all_else_alike(full: bool) -> None:
    dutch, english = (example_study(language, full=full) for language in ("nl", "en"))
    assert (dutch.head.name, english.head.name) == ("mijn-provincie", "my-province")
    for name in TABLES:
        for one, other in zip(getattr(dutch, name), getattr(english, name), strict=True):
            differ = {column for column, cell in one if cell != getattr(other, column)}
            assert differ <= FREE_TEXT | {"name", "principle"}, name
            said = {
                column for column in FREE_TEXT & one.model_fields_set if getattr(one, column) not in ("", "ha", "m2")
            }
            assert said <= differ | {"source_date"}, (name, said - differ)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_row_of_the_example_is_never_taken_for_real(language: str) -> None:
    example = example_study(language, full=True)  # type: ignore[arg-type]
    assert not list(example_problems(example))
    real = replace(example, head=example.head.model_copy(update={"fictional": False}))
    tables = {problem.file for problem in example_problems(real)}
    assert len(tables) >= 10 and any("projects" in table for table in tables)


def test_the_readme_of_the_english_workbook_is_plain_english(tmp_path: Path) -> None:
    place = write_study_anew(tmp_path / "new", example_study("en", full=True), example_layout("en", full=True))
    assert place.name == "my-province.xlsx"
    sheet = openpyxl.load_workbook(place)["readme"]
    words = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert not [line for line in words if "`" in line or " nee " in line or line.endswith(":")]
    use = {sheet.cell(at, 1).value: sheet.cell(at, 3).value for at in range(1, sheet.max_row + 1)}
    assert all(use[name] not in (None, name) for name in TABLES if name in use)
