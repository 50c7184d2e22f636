"""Whole studies: what is read, in which forms, and that they are equal."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pandas as pd
import pytest
import xlsxwriter

from gridprio.errors import InputError
from gridprio.inputs import inspect_study, read_study, with_settings
from gridprio.inputs.checks import profile_name_problems
from gridprio.inputs.enumerations import Direction, Phase
from gridprio.inputs.schema import TABLES, Project

from .conftest import TEXTS, profile_text


def test_small_study_is_read(write_study):
    study = read_study(write_study())
    assert study.counts() == {
        "stations": 2,
        "loads": 2,
        "projects": 3,
        "project_phases": 3,
        "project_changes": 2,
        "crews": 2,
        "budgets": 1,
        "developments": 2,
        "queue_rules": 3,
        "scenarios": 2,
        "growth": 3,
    }
    assert study.stations[1].buses == (14, 15)
    assert study.loads[0].direction is Direction.DEMAND
    assert [project.listed for project in study.projects] == [True, True, True]
    assert [project.status for project in study.projects] == [False, True, False]
    assert study.projects[1].requires == ("p1",)
    assert study.project_phases[1].phase is Phase.BUILD
    assert study.profiles is not None and list(study.profiles.columns) == ["home"] and len(study.profiles) == 8760
    assert study.settings.end_year == 2035 and study.head.fictional


def test_hashes_name_every_file(write_study):
    folder = write_study()
    hashes = read_study(folder).input_hashes
    assert set(hashes) == {path.name for path in folder.iterdir()}
    assert hashes["crews.csv"] == hashlib.sha256((folder / "crews.csv").read_bytes()).hexdigest()


def rows_of(study):
    return {name: getattr(study, name) for name in TABLES}


def test_semicolons_decimal_commas_and_bom_read_the_same(write_study, tmp_path):
    plain = read_study(write_study())
    dutch = {}
    for name, text in TEXTS.items():
        if name.endswith(".csv"):
            text = text.replace(";", "|").replace(",", ";").replace(".", ",").replace("|", " ")
            dutch[name] = b"\xef\xbb\xbf" + text.encode()
    dutch["profiles.csv"] = profile_text(";", comma=True)
    other = read_study(write_study(dutch))
    assert rows_of(other) == rows_of(plain)
    pd.testing.assert_frame_equal(other.profiles, plain.profiles)


def test_parquet_reads_the_same(write_study):
    folder = write_study()
    plain = read_study(folder)
    for path in folder.glob("*.csv"):
        frame = pd.read_csv(path)
        if path.stem == "profiles":
            frame = frame.drop(columns="time")
        frame.to_parquet(path.with_suffix(".parquet"), index=False)
        path.unlink()
    other = read_study(folder)
    assert rows_of(other) == rows_of(plain)
    pd.testing.assert_frame_equal(other.profiles, plain.profiles)


def as_cell(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text or None


def write_workbook(path, extra=()) -> None:
    book = xlsxwriter.Workbook(str(path))
    keys = {
        "study": [("name", "small"), ("grid", "simbench:1-HV-mixed--2-no_sw"), ("fictional", "ja")],
        "settings": [
            ("start_year", 2026.0),
            ("end_year", "2035"),
            ("bindingness", "0,5"),
            ("language", "en"),
            ("scenarios", None),
        ],
    }
    for name, pairs in keys.items():
        sheet = book.add_worksheet(name)
        for at, pair in enumerate([("key", "value"), *pairs]):
            sheet.write_row(at, 0, pair)
    for name, text in {**TEXTS, "profiles.csv": profile_text()}.items():
        if not name.endswith(".csv"):
            continue
        sheet = book.add_worksheet(name.removesuffix(".csv"))
        for at, line in enumerate(text.splitlines()):
            header = at == 0
            cells = [
                f"  {cell.title()} \n" if header and name != "profiles.csv" else as_cell(cell)
                for cell in line.split(",")
            ]
            sheet.write_row(at if header else at + 1, 0, cells)
    for sheet_name, cells in extra:
        sheet = book.add_worksheet(sheet_name)
        for at, row in enumerate(cells):
            sheet.write_row(at, 0, row)
    book.close()


def test_workbook_with_untidy_headers_and_blank_rows_reads_the_same(write_study, tmp_path):
    plain = read_study(write_study())
    write_workbook(tmp_path / "study.xlsx")
    other = read_study(tmp_path / "study.xlsx")
    assert rows_of(other) == rows_of(plain)
    assert other.settings == plain.settings and other.head == plain.head
    assert other.positions["stations"].row_numbers == (3, 4)
    pd.testing.assert_frame_equal(other.profiles, plain.profiles)


@pytest.mark.slow
def test_workbook_problems_name_sheet_and_row(tmp_path):
    write_workbook(tmp_path / "study.xlsx", extra=[("Projectenlijst", [["x"], [1]])])
    _, problems = inspect_study(tmp_path / "study.xlsx")
    assert [(problem.file, problem.what) for problem in problems] == [("study.xlsx [Projectenlijst]", "unknown sheet")]
    assert "projects" in problems[0].mend


def test_workbook_of_tables_beside_study_toml(write_study, tmp_path):
    folder = write_study({"crews.csv": None})
    book = xlsxwriter.Workbook(str(folder / "tables.xlsx"))
    sheet = book.add_worksheet("crews")
    for at, row in enumerate([["crew_type", "region", "units"], ["hv", "", 2], ["civil", "noord", "1,5"]]):
        sheet.write_row(at, 0, row)
    book.close()
    assert [crew.units for crew in read_study(folder).crews] == [2.0, 1.5]


def test_missing_folder_and_empty_folder(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_study(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"study\.toml: file is missing"):
        read_study(tmp_path)


def test_plain_profiles_are_read_as_cell_by_cell(write_study):
    """One cell in another form, and none is read at once with the others."""
    plain = read_study(write_study()).profiles
    mixed = profile_text().replace("\n0,0.5000\n", "\n0,5e-1\n")
    assert mixed != profile_text() and read_study(write_study({"profiles.csv": mixed})).profiles.equals(plain)


def test_profiles_may_come_from_a_simbench_grid(write_study):
    study = read_study(write_study({"profiles.csv": None}))
    assert study.profiles is None and study.missing_profiles == ("home",)
    assert list(profile_name_problems(study, ["home", "other"])) == []
    assert [(problem.file, problem.row) for problem in profile_name_problems(study, ["hoem"])] == [("loads.csv", 2)]


def test_profiles_must_be_there_for_other_grids(problems_of):
    change = [("simbench:1-HV-mixed--2-no_sw", "pandapower:case118")]
    found = problems_of({"profiles.csv": None, "study.toml": change})
    assert [(problem.file, problem.what) for problem in found] == [("profiles", "table is missing or has no rows")]
    assert "home" in found[0].expected


def test_with_settings(write_study):
    study = read_study(write_study())
    changed = with_settings(study, bindingness="0,8", draws=3, scenarios="high low")
    assert (changed.settings.bindingness, changed.settings.draws) == (0.8, 3)
    assert changed.settings.scenarios == ("high", "low") and study.settings.bindingness == 0.5
    by_operator = with_settings(study, **{"bindingness_by_operator.west": "0.1"})
    assert by_operator.settings.bindingness_by_operator == {"west": 0.1}
    with pytest.raises(InputError) as caught:
        with_settings(study, bindingnes=0.8, draws="many", start_year=2050)
    text = str(caught.value)
    assert "Did you mean 'bindingness'?" in text and "a whole number" in text
    with pytest.raises(InputError, match="not in table scenarios"):
        with_settings(study, scenarios=("hihg",))
    with pytest.raises(InputError, match="ends before it starts"):
        with_settings(study, end_year=2020)
    with pytest.raises(InputError, match="no project of this operator"):
        with_settings(study, bindingness_by_operator={"east": 0.1})


SQUARE = {"type": "Polygon", "coordinates": [[[5, 52], [6, 52], [6, 53], [5, 52]]]}


def test_map_of_municipalities(write_study):
    def geojson(*ids):
        features = [
            {"type": "Feature", "geometry": SQUARE, "properties": {"municipality_id": i, "name": i}} for i in ids
        ]
        return json.dumps({"type": "FeatureCollection", "features": features})

    study = read_study(write_study({"municipalities.geojson": geojson("m1", "m2")}))
    assert study.municipalities["features"][0]["properties"]["name"] == "m1"
    _, problems = inspect_study(write_study({"municipalities.geojson": geojson("m11", "m2")}))
    assert [(problem.file, problem.row, problem.column) for problem in problems] == [
        ("stations.csv", 2, "municipality_id"),
        ("stations.csv", 3, "municipality_id"),
    ]
    _, problems = inspect_study(write_study({"municipalities.geojson": "{}"}))
    assert [problem.what for problem in problems] == ["not a map of municipalities"]


def test_repr_says_what_it_is(write_study):
    study = read_study(write_study())
    assert repr(study).startswith(
        "Study('small' (fictional), grid 'simbench:1-HV-mixed--2-no_sw', 2026-2035: 2 stations"
    )
    assert "<td>project_phases</td><td>3</td>" in study._repr_html_()


def excel_study(path, write) -> None:
    """The small study in a workbook; `write(table, book, sheet)` may write over its cells."""
    book = xlsxwriter.Workbook(str(path))
    study = book.add_worksheet("study")
    study.write_row(0, 0, ["name", "small"])
    study.write_row(1, 0, ["grid", "simbench:1-HV-mixed--2-no_sw"])
    for name, text in TEXTS.items():
        if not name.endswith(".csv"):
            continue
        sheet = book.add_worksheet(name.removesuffix(".csv"))
        for at, line in enumerate(text.splitlines()):
            sheet.write_row(at, 0, [as_cell(cell) for cell in line.split(",")])
        write(name.removesuffix(".csv"), book, sheet)
    book.close()


def test_typed_cells_of_a_workbook(tmp_path):
    def write(name, book, sheet):
        if name == "developments":
            sheet.write_datetime(1, 10, dt.datetime(2025, 3, 1), book.add_format({"num_format": "d-m-yyyy"}))
            sheet.write_number(2, 10, 2025)
        if name == "projects":
            sheet.write_boolean(1, 6, True)
            sheet.write_string(1, 7, "ONWAAR")
            sheet.write_string(1, 9, "10,5")
            sheet.write_number(1, 2, 7)
            sheet.write_number(2, 2, 7)
            sheet.write_number(3, 2, 7)
        if name == "budgets":
            sheet.write_number(1, 0, 7)
        if name == "stations":
            sheet.write_string(1, 2, " 12 ")

    excel_study(tmp_path / "book.xlsx", write)
    study = read_study(tmp_path / "book.xlsx")
    assert [development.request_date for development in study.developments] == ["2025-03-01", "2025"]
    assert (study.projects[0].listed, study.projects[0].status, study.projects[0].cost_meur) == (True, False, 10.5)
    assert study.projects[0].operator_id == study.budgets[0].operator_id == "7"
    assert study.stations[0].buses == (12,)


def test_a_failed_formula_is_not_a_blank(tmp_path):
    def write(name, book, sheet):
        if name == "developments":
            sheet.write_formula(2, 6, "=A1/0", None, "#DIV/0!")

    excel_study(tmp_path / "book.xlsx", write)
    _, problems = inspect_study(tmp_path / "book.xlsx")
    assert ("book.xlsx [developments]", 3, "#DIV/0! in G3") in [(p.file, p.row, p.found) for p in problems]


def test_not_a_workbook(tmp_path):
    (tmp_path / "book.xlsx").write_text("no")
    _, problems = inspect_study(tmp_path / "book.xlsx")
    assert problems[0].what.startswith("not readable as a workbook")


def test_costs_fall_on_build_unless_shares_say_otherwise(write_study):
    change = [("p1,build,18,hv:2 civil:0.5,1", "p1,build,18,hv:2 civil:0.5,"), ("p1,permit,12,,0", "p1,permit,12,,")]
    study = read_study(write_study({"project_phases.csv": change}))
    assert [phase.cost_share for phase in study.project_phases] == [0.0, 1.0, 1.0]


def test_only_concrete_projects_need_a_rank(write_study):
    changes = {
        "projects.csv": [("west,noord,concrete,2", "west,noord,exploration,")],
    }
    assert read_study(write_study(changes)).projects[1].operator_rank is None


def test_status_implies_listed_unless_it_is_denied() -> None:
    row = {"project_id": "a", "name": "A", "operator_id": "o", "maturity": "concrete"}
    assert Project.model_validate({**row, "status": True}).listed
    assert not Project.model_validate({**row, "status": True, "listed": False}).listed
    assert not Project.model_validate(row).listed
