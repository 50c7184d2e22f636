"""Thirty kinds of mistakes in a filled-in workbook: each one message with sheet, cell and remedy, and coloured."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gridprio.inputs import inspect_study

MISTAKES: dict[tuple[str, str], object] = {
    ("settings", "bindingness"): 1.5,
    ("settings", "order_basis"): "perhaps",
    ("areas", "kind 4"): "=1/0",
    ("areas", "parents 5"): "hooglandd",
    ("areas", "source_date 3"): "2026-13",
    ("station_capacity", "capacity_mw 3"): "150 MW",
    ("station_capacity", "contracted_mw 3"): -1,
    ("station_capacity", "direction 4"): "afnam",
    ("station_capacity", "year 5"): 26,
    ("station_capacity", "queue_mw 6"): "veel",
    ("station_capacity", "published_year 6"): 2099,
    ("station_capacity", "area_id 6"): dt.datetime(2026, 3, 1),
    ("stations", "areas 3"): "noorddorp, zuidstad",
    ("stations", "name 4"): None,
    ("projects", "maturity 3"): "bijna",
    ("projects", "operator_rank 3"): 0,
    ("projects", "cost_meur 4"): "1.200",
    ("projects", "need_year 4"): 2028.5,
    ("projects", "status 5"): "misschien",
    ("project_phases", "phase 3"): "bouwen",
    ("project_phases", "duration_months 4"): "18 maanden",
    ("project_phases", "crews 4"): "station",
    ("project_phases", "delay_mean_months 6"): 700,
    ("project_capacity", "project_id 3"): "P9",
    ("project_capacity", "added_mw 4"): 0.5,
    ("spatial_plans", "station_id 5"): "noordorp",
    ("spatial_plans", "dwellings 3"): 10.5,
    ("spatial_plans", "request_date 4"): "maart",
    ("key_figures", "low_mw_per_unit 4"): 0.3,
    ("key_figures", "mw_per_unit 6"): None,
    ("key_figures", "acm_category 3"): 7,
    ("scenarios", "weight 3"): "zwaar",
}
"""Value by sheet and column with row, or by section and key."""


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[tuple[str, str]]]:
    """A filled-in workbook with the mistakes, and the sheet and cell of each."""
    from typer.testing import CliRunner

    from gridprio.cli.app import app

    folder = tmp_path_factory.mktemp("spoiled") / "study"
    assert CliRunner().invoke(app, ["new", str(folder), "--workbook"]).exit_code == 0
    path = next(folder.glob("*.xlsx"))
    book = openpyxl.load_workbook(path)
    cells = set()
    for (sheet, place), value in MISTAKES.items():
        cell = _cell(book[sheet], place)
        cell.value = value
        if isinstance(value, float) and value == 0.5:
            cell.number_format = "0%"
        cells.add((sheet, cell.coordinate))
    book.save(path)
    return path, cells


def _cell(sheet: Any, place: str) -> Any:
    name, _, row = place.partition(" ")
    if not row:
        return next(cells[1] for cells in sheet.iter_rows() if cells[0].value == name)
    at = next((cell.column for cell in sheet[2] if cell.value == name), None)
    if at is None:
        at = sheet.max_column + 1
        sheet.cell(2, at, name)
    return sheet.cell(int(row), at)


def test_every_mistake_is_one_message_with_sheet_cell_and_remedy(spoiled: tuple[Path, set[tuple[str, str]]]) -> None:
    path, cells = spoiled
    assert len(cells) == len(MISTAKES) >= 30
    _, problems = inspect_study(path)
    named = [(re.fullmatch(r".*\[(\w+)\]", problem.file)[1], problem.cell) for problem in problems]  # type: ignore[index]
    assert sorted(named) == sorted(cells), (set(named) ^ cells, named)
    assert all(problem.found and problem.expected and problem.mend for problem in problems)
    assert all(f"cell {problem.cell}" in str(problem) for problem in problems)


def test_a_check_colours_them_in_a_copy(spoiled: tuple[Path, set[tuple[str, str]]], invoke: Any) -> None:
    path, cells = spoiled
    before = path.read_bytes()
    done = invoke("check", path, "--language", "nl")
    copy = path.with_name(f"{path.stem}.checked.xlsx")
    assert done.exit_code == 2 and f"{len(cells)} problemen" in done.stdout and copy.name in done.stdout
    assert path.read_bytes() == before
    book = openpyxl.load_workbook(copy)
    for sheet, cell in cells:
        marked = book[sheet][cell]
        assert marked.fill.start_color.rgb.endswith("F8B4B4") and "verwacht" in marked.comment.text, (sheet, cell)
    listed = book.worksheets[0]
    assert listed.title == "opmerkingen" and listed.max_row == len(cells) + 1
    assert listed["B2"].hyperlink.location or listed["B2"].hyperlink.target
    assert book["areas"]["B2"].comment.text and book["areas"].data_validations.dataValidation
    of_copy = json.loads(invoke("check", copy, "--json").stdout)
    assert {(entry["cell"], entry["column"]) for entry in of_copy} == {
        (entry["cell"], entry["column"]) for entry in json.loads(invoke("check", path.parent, "--json").stdout)
    }


def test_a_mended_workbook_leaves_no_coloured_copy(invoke: Any, tmp_path: Path) -> None:
    invoke("new", tmp_path / "study", "--workbook")
    path = next((tmp_path / "study").glob("*.xlsx"))
    copy = path.with_name(f"{path.stem}.checked.xlsx")
    copy.write_bytes(b"of an earlier check")
    assert invoke("check", tmp_path / "study").exit_code == 0
    assert not copy.exists()
