"""Mistakes in table `assumptions` are named where they stand, in both languages; one number is changed."""

from __future__ import annotations

import pytest

from gridprio.inputs import read_study
from gridprio.inputs.assumptions import value_now, with_value
from gridprio.inputs.scenario_tables import Assumption
from tests.unit.inputs.conftest import assert_all_words

CASES = {
    "assumption about no table": (
        {"assumptions.csv": "table,row,column,low,high\ncrew,hv,units,1,2\n"},
        ("assumptions.csv", 2, "table", "not a table with numbers", "Did you mean 'crews'?"),
    ),
    "assumption about no row": (
        {"assumptions.csv": "table,row,column,low,high\nprojects,p9,cost_meur,1,2\n"},
        ("assumptions.csv", 2, "row", "has no row with this key", "'p9'"),
    ),
    "assumption about no number": (
        {"assumptions.csv": "table,row,column,low,high\nprojects,p1,name,1,2\n"},
        ("assumptions.csv", 2, "column", "has no column of numbers", "cost_meur"),
    ),
    "assumption beside the value": (
        {"assumptions.csv": "table,row,column,low,high\nprojects,p1,cost_meur,11,20\n"},
        ("assumptions.csv", 2, "low", "not a range around", "11 - 20"),
    ),
    "assumption beyond the bounds": (
        {"assumptions.csv": "table,row,column,low,high\nsettings,,bindingness,0.2,1.5\n"},
        ("assumptions.csv", 2, "low", "value not allowed", "within 0 and 1"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_named_where_it_stands(problems_of, case):
    changes, (file, row, column, what, words) = CASES[case]
    [found] = problems_of(changes)
    assert (found.file, found.row, found.column) == (file, row, column) and what in found.what
    assert words in str(found)
    assert_all_words([found])


def test_one_number_is_changed_and_whole_where_its_column_is(write_study):
    study = read_study(write_study())
    units = Assumption(table="crews", row="hv", column="units", low=1, high=3)
    assert value_now(study, units) == study.crews[0].units
    assert with_value(study, units, 2.5).crews[0].units == 2.5
    months = Assumption(table="project_phases", row="p1 build", column="duration_months", low=1, high=30)
    changed = with_value(study, months, 20.4).project_phases
    assert [(p.project_id, p.phase, p.duration_months) for p in changed if p.duration_months == 20]
    setting = Assumption(table="settings", column="bindingness", low=0, high=1)
    assert with_value(study, setting, 0.9).settings.bindingness == 0.9 and study.settings.bindingness == 0.5
