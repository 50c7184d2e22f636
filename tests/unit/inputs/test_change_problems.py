"""Mistakes in contracts of `project_changes`, each named once, where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridprio.inputs import read_study
from tests.unit.inputs.conftest import assert_all_words

START = Path(__file__).parents[3] / "docs" / "start"
Changes = dict[str, str | list[tuple[str, str]]]
CASES: dict[str, tuple[Changes, tuple[int, str, str, str]]] = {
    "contract without hours": (
        {"project_changes.csv": "project_id,action,development_id\np1,flexible_contract,d1\n"},
        (2, "hours_percent", "a flexible contract says", "hours_percent = 85"),
    ),
    "group without a right": (
        {
            "project_changes.csv": "project_id,action,members\np1,group_contract,d1 d2\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (2, "p_mw", "group_contract needs this column", ""),
    ),
    "group without members": (
        {"project_changes.csv": "project_id,action,p_mw\np1,group_contract,12\n"},
        (2, "members", "group_contract needs this column", ""),
    ),
    "group of one": (
        {"project_changes.csv": "project_id,action,members,p_mw\np1,group_contract,d1,12\n"},
        (2, "members", "group contract of one request", "D1 D2"),
    ),
    "group with somebody unknown": (
        {"project_changes.csv": "project_id,action,members,p_mw\np1,group_contract,d1 d7,12\n"},
        (2, "members", "not in table developments", "d"),
    ),
    "group of two stations": (
        {"project_changes.csv": "project_id,action,members,p_mw\np1,group_contract,d1 d2,12\n"},
        (2, "members", "'d1' is at 's1'", "each station"),
    ),
    "group with one member twice": (
        {
            "project_changes.csv": "project_id,action,members,p_mw\np1,group_contract,d1 d2 d1,12\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (2, "members", "twice in the same group", "one"),
    ),
    "two groups with one member": (
        {
            "project_changes.csv": "project_id,action,members,p_mw\n"
            "p1,group_contract,d1 d2,12\np2,group_contract,d1 d2,9\np1,group_contract,d2 d1,11\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (4, "members", "two group contracts of 'p1'", "row 2"),
    ),
    "storage without energy": (
        {"project_changes.csv": "project_id,action,station_id,p_mw\np1,storage,s1,5\n"},
        (2, "e_mwh", "storage needs this column", ""),
    ),
    "storage nowhere": (
        {"project_changes.csv": "project_id,action,p_mw,e_mwh\np1,storage,5,10\n"},
        (2, "station_id", "at a station, or in a group", "station_id or members"),
    ),
    "storage at two places": (
        {
            "project_changes.csv": "project_id,action,station_id,members,p_mw,e_mwh\n"
            "p1,group_contract,,d1 d2,5,\np2,storage,s1,d1 d2,5,10\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (3, "station_id", "at a station, or in a group", "one of both"),
    ),
    "storage in a group without a contract": (
        {"project_changes.csv": "project_id,action,members,p_mw,e_mwh\np1,storage,d1 d2,5,10\n"},
        (2, "members", "no group contract", "the same requests"),
    ),
    "storage of nobody": (
        {"project_changes.csv": "project_id,action,station_id,p_mw,e_mwh\np1,storage,s7,5,10\n"},
        (2, "station_id", "not in table stations", "s"),
    ),
    "storage without power": (
        {"project_changes.csv": "project_id,action,station_id,p_mw,e_mwh\np1,storage,s1,-5,10\n"},
        (2, "p_mw", "storage without power", "as a number above 0"),
    ),
    "storage that gives more than it gets": (
        {"project_changes.csv": "project_id,action,station_id,p_mw,e_mwh,efficiency_percent\np1,storage,s1,5,10,101\n"},
        (2, "efficiency_percent", "", "100"),
    ),
    "storage in a group with another contract of the group": (
        {
            "project_changes.csv": "project_id,action,members,p_mw,e_mwh\n"
            "p1,group_contract,d1 d2,5,\n"
            "p1,storage,d1 d2,5,10\n"
            "p2,group_contract,d2 d1,4,\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (3, "members", "a storage in a group of which a request has another contract", "station_id"),
    ),
    "storage in a group with a flexible member": (
        {
            "project_changes.csv": "project_id,action,members,p_mw,e_mwh,development_id,hours_percent\n"
            "p1,group_contract,d1 d2,5,,,\n"
            "p1,storage,d1 d2,5,10,,\n"
            "p2,flexible_contract,,,,d2,85\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (3, "members", "has another contract", "'d2'"),
    ),
    "group with hours": (
        {
            "project_changes.csv": "project_id,action,members,p_mw,hours_percent\np1,group_contract,d1 d2,5,85\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (2, "hours_percent", "group_contract does not use this column", "a row flexible_contract"),
    ),
    "group with hours of the day": (
        {
            "project_changes.csv": "project_id,action,members,p_mw,hours_of_day\np1,group_contract,d1 d2,5,7 8\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (2, "hours_of_day", "group_contract does not use this column", "a row flexible_contract"),
    ),
    "group with one request apart": (
        {
            "project_changes.csv": "project_id,action,members,p_mw,development_id\np1,group_contract,d1 d2,5,d1\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (2, "development_id", "group_contract does not use this column", "members"),
    ),
    "group with a station": (
        {
            "project_changes.csv": "project_id,action,members,p_mw,station_id\np1,group_contract,d1 d2,5,s1\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (2, "station_id", "group_contract does not use this column", "blank"),
    ),
    "flexible contract with members": (
        {
            "project_changes.csv": "project_id,action,members,development_id,hours_percent\n"
            "p1,flexible_contract,d1 d2,d1,85\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (2, "members", "flexible_contract does not use this column", "a row flexible_contract for each"),
    ),
    "storage that is a slip": (
        {
            "project_changes.csv": "project_id,action,station_id,p_mw,e_mwh,efficiency_percent\np1,storage,s1,5,10,1\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (2, "efficiency_percent", "", "20"),
    ),
    "storage twice": (
        {
            "project_changes.csv": "project_id,action,station_id,p_mw,e_mwh\np1,storage,s1,5,10\np1,storage,s1,5,10\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (2, None, "stands 2 times", "add up p_mw and e_mwh"),
    ),
    "right below zero": (
        {
            "project_changes.csv": "project_id,action,members,p_mw\np1,group_contract,d1 d2,-12\n",
            "developments.csv": [("Park,s2", "Park,s1")],
        },
        (2, "p_mw", "below zero", "without a minus"),
    ),
}
"""Changes of the small study; row, column, and words of what is wrong and of how to mend it."""


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_a_change_is_named_where_it_stands(problems_of, case):
    changes, (row, column, what, words) = CASES[case]
    [problem] = problems_of(changes)
    assert (problem.file, problem.row, problem.column) == ("project_changes.csv", row, column)
    assert what in problem.what and words in str(problem)
    assert_all_words([problem])


@pytest.mark.parametrize("page", ["operator.md", "operator-nl.md"])
def test_rows_of_the_start_pages_are_read(write_study, page):
    text = (START / page).read_text(encoding="utf-8")
    [rows] = [part.split("```")[0] for part in text.split("```csv\n")[1:] if part.startswith("project_id")]
    ids = (("P1", "p1"), ("P2", "p2"), ("P3", "p2"), ("S1", "s1"), ("D1", "d3"), ("D2 D3", "d1 d2"))
    for written, known in ids:
        rows = rows.replace(written, known)
    third = "\nd3,Works,s1,industry,demand,5,,,home,2029,2025-04-01\nd2"
    developments = [("Park,s2", "Park,s1"), ("\nd2", third)]
    study = read_study(write_study({"project_changes.csv": rows, "developments.csv": developments}))
    assert [change.action.value for change in study.project_changes] == [
        "flexible_contract", "group_contract", "storage", "storage",
    ]  # fmt: skip


SPELLINGS = ["groeps-TO", "GTO", "groepscontract", "groepstransportovereenkomst", "groeps-transportovereenkomst"]


@pytest.mark.parametrize("action", SPELLINGS)
def test_a_group_contract_has_its_dutch_names(write_study, action):
    rows = f"project_id,action,members,p_mw\np1,{action},d1 d2,5\n"
    study = read_study(write_study({"project_changes.csv": rows, "developments.csv": [("Park,s2", "Park,s1")]}))
    assert [change.action.value for change in study.project_changes] == ["group_contract"]
