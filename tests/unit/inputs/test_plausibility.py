"""What is allowed and can hardly be meant is a warning with its row; a study without such things has none."""

from __future__ import annotations

import pytest

from gridprio.inputs import read_study
from gridprio.inputs.plausibility import implausible, warning_message
from gridprio.text import word_message, word_stored

from .conftest import TEXTS, assert_all_words

CASES = {
    "a cost in euros": (
        {"projects.csv": [("nee,,10", "nee,,10000")]},
        ("projects.csv", 2, "cost_meur", "is it in euros?", "10000"),
    ),
    "a budget in euros": (
        {"budgets.csv": [("2026,12", "2026,12000")]},
        ("budgets.csv", 2, "budget_meur", "is it in euros?", "12000"),
    ),
    "growth in percent": (
        {"growth.csv": [("2035,1.2", "2035,102")]},
        ("growth.csv", 3, "factor", "is it a percentage?", "102"),
    ),
    "growth per year in percent": (
        {"growth.csv": [("2035,1.2", "2035,0.02")]},
        ("growth.csv", 3, "factor", "is it a percentage?", "0.02"),
    ),
    "longitude and latitude swapped": (
        {"stations.csv": "station_id,name,buses,longitude,latitude\ns1,North,12,52.1,5.1\ns2,South,14;15,5.2,52.0\n"},
        ("stations.csv", 2, "longitude", "swapped", "52.1, 5.1"),
    ),
    "a concrete project without build": (
        {"project_phases.csv": [("p2,build", "p2,study")]},
        ("projects.csv", 3, "maturity", "'p2' is concrete and has no build phase", "study"),
    ),
    "execution without dates": (
        {
            "projects.csv": TEXTS["projects.csv"]
            .replace("cost_meur", "cost_meur,stage")
            .replace("nee,,10", "nee,,10,execution")
            .replace("p1,5.5", "p1,5.5,")
            .replace("yes,0,,", "yes,0,,,")
        },
        ("project_phases.csv", 2, "start", "'p1' is in execution", "nothing"),
    ),
    "a storage where nothing is connected": (
        {
            "loads.csv": "load_id,station_id,sector,direction,p_mw,profile\nl1,s1,households,demand,20.5,home\n",
            "project_changes.csv": "project_id,action,station_id,p_mw,e_mwh\np1,storage,s2,5,10\np2,storage,s1,5,10\n",
        },
        ("project_changes.csv", 2, "station_id", "nothing is connected", "'s2'"),
    ),
    "a right as wide as what is wished": (
        {
            "developments.csv": [("Park,s2", "Park,s1")],
            "project_changes.csv": "project_id,action,members,p_mw\np1,group_contract,d1 d2,9.9\n"
            "p2,group_contract,d1 d2,10\n",
        },
        ("project_changes.csv", 3, "p_mw", "fit without a contract", "10"),
    ),
    "a right of next to nothing": (
        {
            "developments.csv": [("Park,s2", "Park,s1")],
            "project_changes.csv": "project_id,action,members,p_mw\np1,group_contract,d1 d2,1\n"
            "p2,group_contract,d1 d2,0.9\n",
        },
        ("project_changes.csv", 3, "p_mw", "next to nothing", "0.9"),
    ),
    "one municipality in two spellings": (
        {"stations.csv": "station_id,name,buses,municipality_id\ns1,North,12,Den Haag\ns2,South,14;15,den-haag\n"},
        ("stations.csv", 3, "municipality_id", "spelled in two ways", "'den-haag'"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_doubt_is_one_warning_with_all_its_words(write_study, case):
    changes, (file, row, column, what, found) = CASES[case]
    warnings = implausible(read_study(write_study(changes)))
    assert_all_words(warnings)
    (warning,) = warnings
    assert (warning.file, warning.row, warning.column) == (file, row, column)
    assert what in warning.what and found in warning.found


def test_a_plain_study_has_no_warning(write_study):
    assert implausible(read_study(write_study())) == []


def test_a_sector_may_end(write_study):
    assert implausible(read_study(write_study({"growth.csv": [("2035,1.2", "2035,0")]}))) == []


def test_a_run_stores_a_warning_in_both_languages(write_study):
    (warning,) = implausible(read_study(write_study(CASES["growth in percent"][0])))
    stored = warning_message(warning)
    assert word_stored(stored.as_json()) == word_message(stored)
    assert word_message(stored).en.startswith("Check growth.csv, row 3: no usual growth factor")
    assert word_message(stored).nl.startswith("Controleer growth.csv, rij 3: geen gewone groeifactor")
