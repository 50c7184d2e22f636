"""gridprio new: the same study as tables and as a workbook, and an example that is never taken for real."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gridprio.exchange.workbook import MINIMAL, ORDER
from gridprio.exchange.workbook_columns import sheet_columns
from gridprio.inputs import inspect_study, read_study
from gridprio.inputs.example import EXAMPLE_SOURCES
from gridprio.inputs.read import inspect_as_written
from gridprio.inputs.schema import TABLES

from ...station_studies import write_station_study

READY = Path(__file__).parents[3] / "data" / "grids"


written = cache(inspect_as_written)
"""Of studies that do not change."""


def assert_same(one: Path, other: Path) -> None:
    """The studies as written have the same rows, settings, profiles and map; `one` stays as it is."""
    (first, _), (second, problems) = written(one), inspect_as_written(other)
    assert not problems and first is not None and second is not None
    assert (first.head, first.settings, first.municipalities) == (second.head, second.settings, second.municipalities)
    for name in TABLES:
        assert getattr(first, name) == getattr(second, name), name
        assert [row.model_fields_set for row in getattr(first, name)] == [
            row.model_fields_set for row in getattr(second, name)
        ], name
    assert (first.profiles is None) == (second.profiles is None)
    assert first.profiles is None or first.profiles.equals(second.profiles)


@pytest.mark.parametrize(
    "name",
    ["fictional-map", "simbench-hv-mixed", pytest.param("fictional-province", marks=pytest.mark.slow)],
)
def test_a_ready_study_survives_a_workbook_and_the_way_back(invoke: Any, tmp_path: Path, name: str) -> None:
    assert invoke("new", tmp_path / "book", "--from", "study", READY / name, "--workbook").exit_code == 0
    book = next((tmp_path / "book").glob("*.xlsx"))
    assert_same(READY / name, tmp_path / "book")
    assert invoke("new", tmp_path / "tables", "--from", "study", book).exit_code == 0
    assert_same(READY / name, tmp_path / "tables")


def test_settings_by_name_lists_and_sentences_survive(invoke: Any, tmp_path: Path) -> None:
    head = [
        ("fictional = true", 'fictional = true\nsources = ["One; with a part"]\nremarks = ["a", "b; c"]'),
        ("\ndraws = 2\n", '\ndraws = 2\nbindingness_by_operator."high" = 0.25\n'),
    ]
    phases = [
        ("duration_months,crews\n", "duration_months,crews,after\n"),
        ("12,hv:1\npe,build,12,hv:1\n", "12,hv:1,none\npe,build,12,hv:1,\n"),
        ("hv_high:1\n", "hv_high:1,\n"),
    ]
    study = write_station_study(tmp_path / "study", {"study.toml": head, "project_phases.csv": phases})
    for form in (["--workbook"], []):
        folder = tmp_path / f"anew{len(form)}"
        assert invoke("new", folder, "--from", "study", study, *form).exit_code == 0
        assert_same(study, folder)


def test_a_line_break_survives_in_a_text_and_is_refused_in_a_list_of_texts(invoke: Any, tmp_path: Path) -> None:
    kept = [("fictional = true", 'fictional = true\ntitle_nl = "a\\nb"')]
    study = write_station_study(tmp_path / "kept", {"study.toml": kept})
    assert invoke("new", tmp_path / "anew", "--from", "study", study, "--workbook").exit_code == 0
    assert_same(study, tmp_path / "anew")
    broken = [("fictional = true", 'fictional = true\nsources = ["One\\ntwo"]\nremarks = ["a"]')]
    study = write_station_study(tmp_path / "broken", {"study.toml": broken})
    _, problems = inspect_study(study)
    [problem] = problems
    assert problem.column == "[study] sources" and "line break" in str(problem)


@pytest.mark.parametrize("form", [["--workbook"], ["--workbook", "--full", "--language", "en"], []])
def test_a_new_study_is_an_example_that_can_be_checked(invoke: Any, tmp_path: Path, form: list[str]) -> None:
    folder = tmp_path / "new"
    assert invoke("new", folder, *form).exit_code == 0
    study = read_study(folder)
    assert study.head.fictional and study.developments and study.assumptions
    done = invoke("check", folder, "--language", "en")
    assert done.exit_code == 0 and "warning" not in done.stdout, done.stdout


def test_the_example_is_refused_as_real_data(invoke: Any, tmp_path: Path) -> None:
    invoke("new", tmp_path / "new", "--workbook")
    path = next((tmp_path / "new").glob("*.xlsx"))
    book = openpyxl.load_workbook(path)
    row = next(row for row in book["study"].iter_rows() if row[0].value == "fictional")
    row[1].value = "nee"
    book.save(path)
    study, problems = inspect_study(path)
    assert study is not None
    left = [row for name in TABLES for row in getattr(study, name) if getattr(row, "source", "") in EXAMPLE_SOURCES]
    assert {problem.what for problem in problems} == {"a row of the invented example"}
    plans, beside = 4, ["crews", "scenarios"]  # the plans stand as developments in the study
    assert len(problems) == len([row for row in left if type(row).__name__ != "Development"]) + plans + len(beside)
    assert {table for table in beside if any(f"[{table}]" in problem.file for problem in problems)} == set(beside)
    assert all(problem.cell and problem.mend for problem in problems)


def test_every_column_has_a_note_in_both_languages_and_the_required_ones_stand_out(tmp_path: Path, invoke: Any) -> None:
    invoke("new", tmp_path / "new", "--workbook", "--full")
    book = openpyxl.load_workbook(next((tmp_path / "new").glob("*.xlsx")))
    assert book.sheetnames == ["leesmij", "study", "settings", *ORDER]
    for name in ORDER:
        heads = {cell.value: cell for cell in book[name][2][1:]}
        assert list(heads) == list(TABLES[name].model_fields)
        for column, spec in TABLES[name].model_fields.items():
            note = heads[column].comment.text
            assert spec.description in note and ("verplicht" in note) == ("required" in note) == spec.is_required()
            assert heads[column].font.bold == spec.is_required()
        assert all(cell.value for cell in book[name][1])


def test_lists_drop_down_and_ids_come_from_their_sheet(tmp_path: Path, invoke: Any) -> None:
    invoke("new", tmp_path / "new", "--workbook")
    book = openpyxl.load_workbook(next((tmp_path / "new").glob("*.xlsx")))
    assert book.sheetnames == ["leesmij", "study", "settings", *MINIMAL]
    sheet = book["station_capacity"]
    letters = {cell.value: cell.column_letter for cell in sheet[2]}
    asked = {str(one.sqref).split("3:")[0]: one for one in sheet.data_validations.dataValidation}
    assert asked[letters["direction"]].formula1 == '"demand,feed_in"'
    assert asked[letters["area_id"]].formula1.startswith("'areas'!$B$3")
    assert (asked[letters["capacity_mw"]].type, asked[letters["capacity_mw"]].formula1) == ("decimal", "0.0")
    assert "MW" in sheet[f"{letters['capacity_mw']}1"].value
    plans = book["spatial_plans"]
    letters = {cell.value: cell.column_letter for cell in plans[2]}
    assert "[ha]" in plans[f"{letters['solar_ha']}1"].value


def test_ids_of_a_table_come_from_no_other_sheet() -> None:
    led = {
        (name, column.name): column.table_of_ids
        for name, model in TABLES.items()
        for column in sheet_columns(name, model)
    }
    assert {led[name, "rule_id"] for name in ("security_rules", "queue_rules")} == {""}
    assert led["project_changes", "element"] == led["measurements", "element"] == ""
    assert led["project_changes", "project_id"] == "projects"
    assert led["developments", "key_figure_id"] == "key_figures"


def test_the_english_workbook_offers_yes_and_no(tmp_path: Path, invoke: Any) -> None:
    invoke("new", tmp_path / "new", "--workbook", "--language", "en")
    book = openpyxl.load_workbook(next((tmp_path / "new").glob("*.xlsx")))
    sheet = book["projects"]
    letters = {cell.value: cell.column_letter for cell in sheet[2]}
    asked = {str(one.sqref).split("3:")[0]: one for one in sheet.data_validations.dataValidation}
    assert asked[letters["status"]].formula1 == '"yes,no"'
    assert {sheet[f"{letters['status']}{row}"].value for row in range(3, 7)} == {"yes", "no"}
    assert (
        "yes, no" in sheet[f"{letters['status']}2"].comment.text
        and "ja, nee" in sheet[f"{letters['status']}2"].comment.text
    )


def test_what_is_there_is_left_alone_and_files_need_a_kind(tmp_path: Path, invoke: Any) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("a")
    assert invoke("new", tmp_path / "full", "--workbook").exit_code == 4
    assert invoke("new", tmp_path / "new", READY / "fictional-map").exit_code == 2
    assert invoke("new", tmp_path / "new", "--from", "study").exit_code == 2
    assert not (tmp_path / "new").exists()
