"""What goes wrong in CSV files: read as it is meant, or named with place, found, expected and remedy."""

from __future__ import annotations

import io
import unicodedata

import pandas as pd
import pytest

from gridprio.errors import Problem
from gridprio.inputs import read_study
from gridprio.inputs.rows import parse_texts
from gridprio.inputs.settings import Settings

from .conftest import TEXTS, assert_all_words, profile_text

STATIONS, LOADS, PROJECTS, GROWTH = (TEXTS[f"{name}.csv"] for name in ("stations", "loads", "projects", "growth"))
BUDGETS = TEXTS["budgets.csv"]


def _parquet(**columns: list[object]) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _share(cell: str) -> dict[str, str]:
    return {"crews.csv": f"crew_type,region,units,share_taken\nhv,,2,{cell}\ncivil,noord,1.5,\n"}


MISTAKES = {
    # the file as a whole
    "Latin-1": (
        {"areas.csv": "area_id,name\na,Fryslân\n".encode("cp1252")},
        ("areas.csv", 2, None, "not UTF-8", "Fryslân"),
    ),
    "UTF-16 without its mark": (
        {"budgets.csv": BUDGETS.encode("utf-16-le")},
        ("budgets.csv", 1, None, "not text", "NUL"),
    ),
    "a NUL byte": (
        {"budgets.csv": BUDGETS.replace("12", "1\x002")},
        ("budgets.csv", 2, None, "not text", "NUL"),
    ),
    "a workbook under another name": (
        {"budgets.csv": b"PK\x03\x04\x14\x00\x08\x00"},
        ("budgets.csv", 1, None, "not text", "NUL"),
    ),
    "no content": ({"budgets.csv": ""}, ("budgets.csv", None, None, "is empty", "names of the columns")),
    "a title above the header": (
        {"budgets.csv": "Budgetten 2026\n\n" + BUDGETS},
        ("budgets.csv", 1, None, "something stands above the column names, which are in row 3", "'Budgetten 2026'"),
    ),
    "a row of totals": (
        {"budgets.csv": BUDGETS.rstrip() + "\nTotaal:,,36\n"},
        ("budgets.csv", BUDGETS.rstrip().count("\n") + 2, "operator_id", "a row of totals", "'Totaal:'"),
    ),
    "no header": (
        {"budgets.csv": "west,2026,12\nwest,2027,12\n"},
        ("budgets.csv", 1, None, "names no column", "'west', '2026', '12'"),
    ),
    "separated by blanks": (
        {"budgets.csv": BUDGETS.replace(",", " ")},
        ("budgets.csv", 1, None, "names no column", "separated by , or ;"),
    ),
    "another separator below the header": (
        {"budgets.csv": "operator_id;year;budget_meur\nwest,2026,12\nwest,2027,12\n"},
        ("budgets.csv", 2, None, "2 rows have fewer cells", "separator of the header"),
    ),
    "a quote that is not closed": (
        {"stations.csv": STATIONS.replace("North", '"North')},
        ("stations.csv", 2, None, "not readable as CSV", "Close the quote"),
    ),
    "text behind a quote": (
        {"stations.csv": STATIONS.replace("North", '"North" end')},
        ("stations.csv", 2, None, "not readable as CSV", "double it"),
    ),
    "a row that is too short": (
        {"stations.csv": STATIONS.replace("14;15,m1", "14;15")},
        ("stations.csv", 3, None, "1 row has fewer cells", "4 cells separated by ,"),
    ),
    "a row that is too long": (
        {"stations.csv": STATIONS.replace("14;15,m1", "14;15,m1,m2")},
        ("stations.csv", 3, None, "cells without a column name", "'m2'"),
    ),
    "no Parquet": (
        {"budgets.csv": None, "budgets.parquet": b"PAR1 no"},
        ("budgets.parquet", None, None, "not readable as Parquet", "Arrow"),
    ),
    "bytes in Parquet": (
        {"budgets.csv": None, "budgets.parquet": _parquet(operator_id=[b"west"], year=[2026], budget_meur=[1.0])},
        ("budgets.parquet", 2, "operator_id", "does not belong in a table", "b'west'"),
    ),
    "a table in two files": (
        {"begroting.csv": BUDGETS},
        ("budgets.csv", None, None, "table budgets is also in begroting.csv", "Keep one."),
    ),
    # columns
    "a column twice": (
        {"budgets.csv": "operator_id,year,budget_meur,year\nwest,2026,12,2027\n"},
        ("budgets.csv", 1, "year", "column stands 2 times", "Keep one of these columns"),
    ),
    "a column twice by a synonym": (
        {"budgets.csv": "operator_id,year,budget_meur,jaar\nwest,2026,12,2027\n"},
        ("budgets.csv", 1, "year", "column stands 2 times", "'year', 'jaar'"),
    ),
    "a profile twice": (
        {"profiles.csv": profile_text().replace("time,home", "home,home")},
        ("profiles.csv", 1, "home", "column stands 2 times", "'home', 'home'"),
    ),
    "a column in another unit": (
        {"loads.csv": LOADS.replace("p_mw", "p_mw [kW]")},
        ("loads.csv", 1, "p_mw", "another unit", "'p_mw [kW]'"),
    ),
    "a synonym in another unit": (
        {"projects.csv": PROJECTS.replace("cost_meur", "kosten (euro)")},
        ("projects.csv", 1, "cost_meur", "another unit", "'kosten (euro)'"),
    ),
    "cells without a name above them": (
        {"budgets.csv": "operator_id,year,,budget_meur\nwest,2026,5,12\n"},
        ("budgets.csv", 2, None, "cells without a column name", "'5'"),
    ),
    "many cells without a name above them": (
        {"profiles.csv": profile_text().replace("time,home", "home").replace("\n5,0.9830\n", "\n5,0.9831\n")},
        ("profiles.csv", 2, None, "in 8,760 of 8,760 rows", "'0.5000'"),
    ),
    # numbers
    "thousands with a comma": (
        {"loads.csv": LOADS.replace("20.5", '"1,200"')},
        ("loads.csv", 2, "p_mw", "not readable", "Write 1200 or 1.2000"),
    ),
    "thousands with a point": (
        {"loads.csv": LOADS.replace("20.5", "1.200")},
        ("loads.csv", 2, "p_mw", "not readable", "Write 1200 or 1.2000"),
    ),
    "a comma among points": (
        {"loads.csv": LOADS.replace(",10,", ',"1,200",')},
        ("loads.csv", 3, "p_mw", "not readable", "a decimal point and no commas"),
    ),
    "a point among commas": (
        {"loads.csv": LOADS.replace("20.5", '"20,5"').replace(",10,", ",1.200,")},
        ("loads.csv", 3, "p_mw", "not readable", "a decimal comma and no points"),
    ),
    "thousands and decimals": (
        {"loads.csv": LOADS.replace("20.5", '"1.020,5"')},
        ("loads.csv", 2, "p_mw", "not readable", "without thousands separators"),
    ),
    "thousands with a blank": (
        {"loads.csv": LOADS.replace("20.5", "1\u202f020")},
        ("loads.csv", 2, "p_mw", "not readable", "without thousands separators"),
    ),
    "a unit behind the number": (
        {"loads.csv": LOADS.replace("20.5", "20.5 MW")},
        ("loads.csv", 2, "p_mw", "not readable", "Write 20.5 in the unit of the column and leave out MW."),
    ),
    "a unit behind a whole number": (
        {"project_phases.csv": [("permit,12", "permit,12 maanden")]},
        ("project_phases.csv", 2, "duration_months", "not readable", "Write 12 in the unit"),
    ),
    "an amount with a currency": (
        {"budgets.csv": BUDGETS.replace(",12", ",€ 12")},
        ("budgets.csv", 2, "budget_meur", "not readable", "'€ 12'"),
    ),
    "a percentage for megawatts": (
        {"loads.csv": LOADS.replace("20.5", "20%")},
        ("loads.csv", 2, "p_mw", "not readable", "'20%'"),
    ),
    "a percentage above one": (_share("120%"), ("crews.csv", 2, "share_taken", "value not allowed", "at most 1")),
    "a percentage for a factor": (
        {"growth.csv": GROWTH.replace("1.2", "120%")},
        ("growth.csv", 3, "factor", "not readable", "'120%'"),
    ),
    "a spreadsheet error": (
        {"projects.csv": PROJECTS.replace("Cable", "#N/A")},
        ("projects.csv", 3, "name", "holds an error", "'#N/A'"),
    ),
    "a Dutch spreadsheet error": (
        {"loads.csv": LOADS.replace("20.5", "#WAARDE!")},
        ("loads.csv", 2, "p_mw", "holds an error", "'#WAARDE!'"),
    ),
    "a formula": ({"loads.csv": LOADS.replace("20.5", "=2*5")}, ("loads.csv", 2, "p_mw", "not readable", "'=2*5'")),
    "a dash for nothing": (
        {"projects.csv": PROJECTS.replace("true,true,p1,5.5", "true,true,p1,-")},
        ("projects.csv", 3, "cost_meur", "not readable", "'-'"),
    ),
    "a number in words": ({"loads.csv": LOADS.replace("20.5", "n.v.t.")}, ("loads.csv", 2, "p_mw", "not", "'n.v.t.'")),
    "an exponent beyond any number": (
        {"loads.csv": LOADS.replace("20.5", "1e999")},
        ("loads.csv", 2, "p_mw", "value not allowed", "'1e999'"),
    ),
    "a fraction of a month": (
        {"project_phases.csv": [("permit,12", "permit,12.5")]},
        ("project_phases.csv", 2, "duration_months", "not readable", "a whole number"),
    ),
    "thousands in units of crews": (
        {"project_phases.csv": [("hv:1", "hv:1.200")]},
        ("project_phases.csv", 4, "crews", "is not crew_type:units", "'hv:1.200'"),
    ),
    # words, dates, ids
    "an odd yes": (
        {"projects.csv": PROJECTS.replace("ja,nee", "x,nee")},
        ("projects.csv", 2, "listed", "not readable", "ja/nee"),
    ),
    "a word of another language": (
        {"loads.csv": LOADS.replace("households,demand", "households,Entnahme")},
        ("loads.csv", 2, "direction", "not readable", "one of demand, feed_in"),
    ),
    "a date with slashes": (
        {"developments.csv": [("2025-04-01", "4/1/2025")]},
        ("developments.csv", 3, "request_date", "value not allowed", "DD-MM-YYYY"),
    ),
    "a year of two digits": (
        {"developments.csv": [("2025-04-01", "01-04-25")]},
        ("developments.csv", 3, "request_date", "value not allowed", "DD-MM-YYYY"),
    ),
    "a day that is not there": (
        {"developments.csv": [("2025-04-01", "31-04-2025")]},
        ("developments.csv", 3, "request_date", "not a date of the calendar", "'31-04-2025'"),
    ),
    "a month in words": (
        {"developments.csv": [("2025-04-01", "april 2025")]},
        ("developments.csv", 3, "request_date", "value not allowed", "YYYY-MM"),
    ),
    "an invisible blank": (
        {"loads.csv": LOADS.replace("l2,s2", "l2,s2\u200b")},
        ("loads.csv", 3, "station_id", "U+200B", r"s2\u200b"),
    ),
    "a mark that turns the text": (
        {"projects.csv": PROJECTS.replace("Cable", "Ca\u202eble")},
        ("projects.csv", 3, "name", "U+202E", r"\u202e"),
    ),
    "an id in another case": (
        {"loads.csv": LOADS.replace("l2,s2", "l2,S2")},
        ("loads.csv", 3, "station_id", "not in table stations", "Did you mean 's2'?"),
    ),
    "commas in a list": (
        {"projects.csv": PROJECTS.replace("true,true,p1,", 'true,true,"p1,p3",')},
        ("projects.csv", 3, "requires", "not readable", "no commas"),
    ),
    "a cell that must not be blank": (
        {"stations.csv": STATIONS.replace("s2,South", "s2,\u00a0")},
        ("stations.csv", 3, "name", "required value is blank", "Fill the cell"),
    ),
    # study.toml
    "settings in another encoding": (
        {"study.toml": (TEXTS["study.toml"] + 'search_scenario = "é"\n').encode("cp1252")},
        ("study.toml", None, None, "not readable as TOML", "UTF-8"),
    ),
    "a key twice": (
        {"study.toml": TEXTS["study.toml"] + "bindingness = 0.6\n"},
        ("study.toml", 11, None, "not readable as TOML", "TOML"),
    ),
    "yes for a number": (
        {"study.toml": [("bindingness = 0.5", "bindingness = true")]},
        ("study.toml", 9, "[settings] bindingness", "not readable", "a number"),
    ),
    "a comma in a setting": (
        {"study.toml": [("bindingness = 0.5", "bindingness = 0,5")]},
        ("study.toml", 9, None, "not readable as TOML", "docs/study-folder.md"),
    ),
    "deep nesting": (
        {"study.toml": TEXTS["study.toml"] + "x = " + "[" * 5000},
        ("study.toml", None, None, "not readable as TOML", "TOML"),
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_problem_with_all_its_words_in_both_languages(problems_of, case):
    changes, (file, row, column, what, words) = MISTAKES[case]
    (problem,) = problems_of(changes)
    assert (problem.file, problem.row, problem.column) == (file, row, column), problem
    assert what in problem.what and words in str(problem), problem
    assert_all_words([problem])


TABLES = ("stations", "loads", "projects", "project_phases", "crews", "developments", "scenarios")
ROOT_CAUSES = {
    "encoding": lambda text: text.encode().replace(b"e", b"\xe9"),
    "title": lambda text: "Tabel van de provincie\n" + text,
    "separator": lambda text: text.replace(",", "#"),
    "separator below the header": lambda text: text.replace(",", ";", text.split("\n")[0].count(",")),
    "empty file": lambda _: "",
}


@pytest.mark.parametrize("cause", ROOT_CAUSES)
@pytest.mark.parametrize("table", TABLES)
def test_a_root_cause_is_one_problem_without_its_consequences(problems_of, table, cause):
    found = problems_of({f"{table}.csv": ROOT_CAUSES[cause](TEXTS[f"{table}.csv"])})
    assert [problem.file for problem in found] == [f"{table}.csv"], found
    assert_all_words(found)


@pytest.mark.parametrize("table", [*TABLES, "growth"])
def test_a_table_that_is_not_there_is_at_most_one_problem_of_each_that_names_it(problems_of, table):
    assert len(problems_of({f"{table}.csv": None})) <= 3


def test_metres_of_the_dutch_grid_are_no_degrees(problems_of):
    text = "station_id,name,buses,longitude,latitude\ns1,North,12,187000,428000\ns2,South,14;15,5.2,52.0\n"
    found = problems_of({"stations.csv": text})
    assert [(problem.row, problem.column) for problem in found] == [(2, "longitude"), (2, "latitude")]
    assert "at most 180 (degree, WGS84)" in found[0].expected


def test_there_are_enough_kinds():
    assert len(MISTAKES) >= 55


READ_RIGHT = {
    "byte order mark": {"budgets.csv": b"\xef\xbb\xbf" + BUDGETS.encode()},
    "UTF-16": {"budgets.csv": BUDGETS.encode("utf-16")},
    "the separator named first": {"budgets.csv": "sep=;\r\n" + BUDGETS.replace(",", ";").replace("\n", "\r\n")},
    "tabs": {"budgets.csv": BUDGETS.replace(",", "\t")},
    "bars": {"budgets.csv": BUDGETS.replace(",", "|")},
    "blank columns at the end": {"budgets.csv": BUDGETS.replace("\n", ",,\n")},
    "blank rows between": {"budgets.csv": BUDGETS.replace("\n", "\n,,\n\n")},
    "quoted line breaks in the header": {"budgets.csv": BUDGETS.replace("budget_meur", '"budget\nmeur"')},
    "capitals and blanks in the header": {"budgets.csv": BUDGETS.replace("budget_meur", " Budget MEUR ")},
    "blanks that do not break": {"budgets.csv": BUDGETS.replace("west", "\u00a0west\u2009")},
    "Dutch names": {"budgets.csv": None, "begroting.csv": BUDGETS.replace("operator_id,year", "netbeheerder,jaar")},
    "a unit in the header": {"budgets.csv": BUDGETS.replace("budget_meur", "budget [mln euro]")},
    "a column of notes": {"budgets.csv": "operator_id,year,toelichting,budget_meur\nwest,2026,zeker,12\n"},
    "a decimal comma": {"budgets.csv": BUDGETS.replace(",", ";").replace("12", "12,0")},
    "trailing zeros": {"budgets.csv": BUDGETS.replace("12", "12.00")},
    "Parquet": {"budgets.csv": None, "budgets.parquet": _parquet(operator_id=["west"], year=[2026], budget_meur=[12])},
    "a file of notes": {"toelichting.csv": "Dit is uitleg,en meer\n"},
}


@pytest.mark.parametrize("case", READ_RIGHT)
def test_it_is_read_as_it_is_meant(write_study, case):
    plain = read_study(write_study()).budgets
    folder = write_study(READ_RIGHT[case])
    for name, text in READ_RIGHT[case].items():
        if text is None:
            (folder / name).unlink()
    assert read_study(folder).budgets == plain


def test_ids_are_the_same_in_either_form_of_unicode(write_study):
    composed, split = (unicodedata.normalize(form, "Fryslân") for form in ("NFC", "NFD"))
    assert composed != split
    changes = {"stations.csv": STATIONS.replace("s2", composed), "loads.csv": LOADS.replace("s2", split)}
    study = read_study(write_study(changes | {"developments.csv": [("s2", split)]}))
    assert study.loads[1].station_id == study.stations[1].station_id == composed


def test_days_first_shares_in_percent_and_dutch_words(write_study):
    changes = {"developments.csv": [("2025-04-01", "1-4-2025")], **_share("25%")}
    changes["projects.csv"] = PROJECTS.replace("ja,nee", "WAAR,onwaar")
    study = read_study(write_study(changes))
    assert study.developments[1].request_date == "2025-04-01"
    assert study.crews[0].share_taken == 0.25
    assert (study.projects[0].listed, study.projects[0].status) == (True, False)


def test_three_decimals_are_read_where_another_number_tells_the_sign(write_study):
    study = read_study(write_study({"growth.csv": GROWTH.replace("1.5", "1.125")}))
    assert [row.factor for row in study.growth] == [1.0, 1.2, 1.125]


def test_a_line_break_inside_a_cell_does_not_move_the_rows(problems_of):
    changes = {"stations.csv": STATIONS.replace("North", '"North,\nold"').replace("14;15", "14;x")}
    (problem,) = problems_of(changes)
    assert (problem.row, problem.column) == (3, "buses")


def test_an_exponent_is_no_unit() -> None:
    for text, has_unit in (("1e1", False), ("1e30", False), ("10 MW", True), ("10 e", True)):
        problems: list[Problem] = []
        parse_texts({"draws": text}, Settings, "settings", {"": ("--set", None)}, problems)
        assert ("in the unit of the column" in problems[0].mend) == has_unit
