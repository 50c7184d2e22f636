"""One mistake at a time: the file, row and column that a person sees, and what is said about it."""

from __future__ import annotations

import pytest

from gridprio.errors import InputError
from gridprio.inputs import read_study

from .conftest import TEXTS, assert_all_words, profile_text


def _with_column(column: str, *cells: str) -> str:
    """projects.csv with one more column."""
    head, *rows = TEXTS["projects.csv"].splitlines()
    return "\n".join([f"{head},{column}", *(f"{row},{cell}" for row, cell in zip(rows, cells, strict=True))]) + "\n"


CASES = {
    "unknown column": (
        {"stations.csv": [("municipality_id", "municpality_id")]},
        ("stations.csv", 1, "municpality_id", "unknown column", "Did you mean 'municipality_id'?"),
    ),
    "missing column": (
        {"crews.csv": [("units", "region2"), (",2", ","), (",1.5", ",")]},
        ("crews.csv", 1, "units", "required column is missing", "units available"),
    ),
    "text for number": (
        {"loads.csv": [("20.5", "a lot")]},
        ("loads.csv", 2, "p_mw", "not readable", "'a lot'"),
    ),
    "score of nobody": (
        {
            "criteria.csv": "criterion_id,name,weight\nc1,Homes,1\n",
            "scores.csv": "project_id,criterion_id,score\npx,c1,3\n",
        },
        ("scores.csv", 2, "project_id", "not in table projects", "'px'"),
    ),
    "score on some criteria": (
        {
            "criteria.csv": "criterion_id,name,weight\nc1,Homes,1\nc2,Nature,2\n",
            "scores.csv": "project_id,criterion_id,score\np1,c1,3\n",
        },
        ("scores.csv", 2, "criterion_id", "project 'p1' has no score on some criteria", "missing: c2"),
    ),
    "principle of nobody": (
        {"principles.csv": "project_id,principle,stance\npx,clean,serves\n"},
        ("principles.csv", 2, "project_id", "not in table projects", "'px'"),
    ),
    "nothing measured": (
        {"measurements.csv": "element,year\nline:1,2025\n"},
        ("measurements.csv", 2, "highest_percent", "no loading and no hours are given of 'line:1'", "Fill in"),
    ),
    "a loading measured twice": (
        {"measurements.csv": "element,year,highest_percent,highest_mva\nline:1,2025,70,30\n"},
        ("measurements.csv", 2, "highest_percent", "the highest loading of 'line:1' is given twice", "highest_mva"),
    ),
    "delivered and planned": (
        {
            "projects.csv": [
                ("project_id,", "delivered_on,project_id,"),
                ("\np1,", "\n2025-06,p1,"),
                ("\np2,", "\n,p2,"),
                ("\np3,", "\n,p3,"),
            ]
        },
        ("projects.csv", 2, "delivered_on", "project 'p1' is delivered and still has phases or changes", "leave"),
    ),
    "criteria without weight": (
        {"criteria.csv": "criterion_id,name,weight\nc1,Homes,0\n"},
        ("criteria.csv", 2, "weight", "weights add up to zero", "Give at least one above 0."),
    ),
    "out of range": (
        {"loads.csv": [("20.5", "-20.5")]},
        ("loads.csv", 2, "p_mw", "value not allowed", "at least 0"),
    ),
    "infinite": (
        {"loads.csv": [("20.5", "inf")]},
        ("loads.csv", 2, "p_mw", "not readable", "number"),
    ),
    "bad date": (
        {"developments.csv": [("2025-04-01", "2025-02-30")]},
        ("developments.csv", 3, "request_date", "not a date of the calendar", "2025-02-30"),
    ),
    "blank required cell": (
        {"stations.csv": [("s2,South", "s2,")]},
        ("stations.csv", 3, "name", "required value is blank", "name that people read"),
    ),
    "unknown file": (
        {"project.csv": "a,b\n"},
        ("project.csv", None, None, "unknown file", "projects.csv"),
    ),
    "unknown setting": (
        {"study.toml": [("bindingness", "bindingnes")]},
        ("study.toml", 9, "[settings] bindingnes", "unknown setting", "Did you mean 'bindingness'?"),
    ),
    "unknown section": (
        {"study.toml": [("[settings]", "[setting]")]},
        ("study.toml", 6, "setting", "unknown section", "Did you mean 'settings'?"),
    ),
    "setting out of range": (
        {"study.toml": [("bindingness = 0.5", "bindingness = 1.5")]},
        ("study.toml", 9, "[settings] bindingness", "value not allowed", "at most 1"),
    ),
    "broken toml": (
        {"study.toml": [("[settings]", "[settings")]},
        ("study.toml", 6, None, "not readable as TOML", ""),
    ),
    "grid file not there": (
        {"study.toml": [("simbench:1-HV-mixed--2-no_sw", "net.json")]},
        ("study.toml", None, "[study] grid", "grid file not found", "net.json"),
    ),
    "missing table": (
        {"scenarios.csv": None, "growth.csv": None},
        ("scenarios", None, None, "missing or has no rows", "scenarios.csv"),
    ),
    "double id": (
        {"stations.csv": [("s2,South,14;15,m1", "s2,South,14,m1\ns2,Twin,15,m1")]},
        ("stations.csv", 4, "station_id", "stand twice", "row 3"),
    ),
    "unknown station": (
        {"loads.csv": [("l2,s2", "l2,s22")]},
        ("loads.csv", 3, "station_id", "not in table stations", "Did you mean 's2'?"),
    ),
    "unknown project": (
        {"project_changes.csv": [("p2,replace", "p7,replace")]},
        ("project_changes.csv", 3, "project_id", "not in table projects", "p7"),
    ),
    "unknown required project": (
        {"projects.csv": [("true,true,p1", "true,true,p8")]},
        ("projects.csv", 3, "requires", "not in table projects", "p8"),
    ),
    "unknown profile": (
        {"loads.csv": [("10,home", "10,hoem")], "study.toml": [("simbench:1-HV-mixed--2-no_sw", "pandapower:case9")]},
        ("loads.csv", 3, "profile", "no such column in profiles", "Did you mean 'home'?"),
    ),
    "unknown scenario": (
        {"growth.csv": [("high,", "hi,")]},
        ("growth.csv", 4, "scenario_id", "not in table scenarios", "hi"),
    ),
    "unknown operator": (
        {"budgets.csv": [("west", "wets")]},
        ("budgets.csv", 2, "operator_id", "no project of this operator", "Did you mean 'west'?"),
    ),
    "ring of requirements": (
        {"projects.csv": [("ja,nee,,10", "ja,nee,p2,10")]},
        ("projects.csv", None, "requires", "in a ring", "Remove one"),
    ),
    "requires itself": (
        {"projects.csv": [("true,true,p1", "true,true,p2")]},
        ("projects.csv", 3, "requires", "names itself", ""),
    ),
    "status without listed": (
        {"projects.csv": [("2,true,true", "2,false,true")]},
        ("projects.csv", 3, "status", "has status and is not listed", "set listed"),
    ),
    "double rank": (
        {"projects.csv": [("concrete,2", "concrete,1")]},
        ("projects.csv", 3, "operator_rank", "rank stands twice", "also of 'p1'"),
    ),
    "missing rank": (
        {"projects.csv": [("concrete,2", "concrete,")]},
        ("projects.csv", 3, "operator_rank", "this one has none", "Rank all concrete"),
    ),
    "changes without phases": (
        {"project_phases.csv": [("p2,build,10,hv:1,1\n", "")], "projects.csv": [("concrete,2", "concrete,")]},
        ("projects.csv", 3, "project_id", "has changes and no phases", "build phase"),
    ),
    "double phase": (
        {"project_phases.csv": [("p1,permit", "p1,build")]},
        ("project_phases.csv", 3, "phase", "stand twice", "row 2"),
    ),
    "phase after absent phase": (
        {"project_phases.csv": "project_id,phase,duration_months,after\np1,build,5,land\np2,build,5,\n"},
        ("project_phases.csv", 2, "after", "has no phase land", ""),
    ),
    "phases that wait for each other": (
        {"project_phases.csv": "project_id,phase,duration_months,after\np1,permit,3,build\np1,build,5,\np2,build,5,\n"},
        ("project_phases.csv", 2, "after", "wait for each other", "permit after build"),
    ),
    "no such crew": (
        {"project_phases.csv": [("hv:1", "lv:1")]},
        ("project_phases.csv", 4, "crews", "no crew of this type in region 'noord'", "lv"),
    ),
    "crew of another region": (
        {"crews.csv": [("civil,noord", "civil,zuid")]},
        ("project_phases.csv", 3, "crews", "no crew of this type in region 'noord'", "civil"),
    ),
    "crews not readable": (
        {"project_phases.csv": [("hv:1", "hv")]},
        ("project_phases.csv", 4, "crews", "is not crew_type:units", "hv"),
    ),
    "cost shares": (
        {"project_phases.csv": [("p2,build,10,hv:1,1", "p2,build,10,hv:1,0.7")]},
        ("project_phases.csv", 4, "cost_share", "do not add up to 1", "0.7"),
    ),
    "requires a project without phases": (
        {"projects.csv": [("true,true,p1,5.5", "true,true,p3,5.5")]},
        ("projects.csv", 3, "requires", "without phases, which is never in service", "leave it out here"),
    ),
    "a size by itself": (
        {
            "projects.csv": _with_column("size_of", "side", "sied", "side"),
            "project_phases.csv": "project_id,phase,duration_months\np1,build,5\np2,build,5\np3,build,5\n",
        },
        ("projects.csv", 3, "size_of", "no other project is a size of it", "Did you mean 'side'?"),
    ),
    "a size that is never built": (
        {"projects.csv": _with_column("size_of", "side", "", "side")},
        ("projects.csv", 4, "size_of", "no phases", "can never be built"),
    ),
    "requires its other size": (
        {"projects.csv": _with_column("size_of", "x", "x", "")},
        ("projects.csv", 3, "requires", "requires another size of itself", "'p1'"),
    ),
    "bridge to itself": (
        {"projects.csv": _with_column("until_projects", "p1", "", "")},
        ("projects.csv", 2, "until_projects", "names itself", ""),
    ),
    "bridge to what it requires": (
        {"projects.csv": _with_column("until_projects", "", "p1", "")},
        ("projects.csv", 3, "until_projects", "bridges to what it requires", "'p1'"),
    ),
    "bridge to nobody": (
        {"projects.csv": _with_column("until_projects", "p9", "", "")},
        ("projects.csv", 2, "until_projects", "not in table projects", "'p9'"),
    ),
    "bridge to what is never in service": (
        {"projects.csv": _with_column("until_projects", "p3", "", "")},
        ("projects.csv", 2, "until_projects", "without phases", "'p3'"),
    ),
    "temporary before the horizon": (
        {"projects.csv": _with_column("until", "2025-11", "", "")},
        ("projects.csv", 2, "until", "ends before the horizon", "2026 or later"),
    ),
    "security group of one": (
        {"projects.csv": _with_column("security_groups", "north;nort", "north", "")},
        ("projects.csv", 2, "security_groups", "no other project is in this group", "Did you mean 'north'?"),
    ),
    "security group without works": (
        {"projects.csv": _with_column("security_groups", "", "g", "g")},
        ("projects.csv", 4, "security_groups", "no build phase to keep apart", "leave the groups blank"),
    ),
    "nothing after what lapses": (
        {
            "project_phases.csv": "project_id,phase,duration_months,valid_months\n"
            "p1,permit,12,6\np1,build,5,6\np2,build,5,\n"
        },
        ("project_phases.csv", 3, "valid_months", "no phase comes after build", "6"),
    ),
    "waits until it has lapsed": (
        {
            "project_phases.csv": "project_id,phase,duration_months,valid_months,lag_months\n"
            "p1,permit,12,6,\np1,build,5,,7\np2,build,5,,\n"
        },
        ("project_phases.csv", 3, "lag_months", "has lapsed", "at most the 6"),
    ),
    "material that nobody delivers": (
        {
            "project_phases.csv": "project_id,phase,duration_months,materials\n"
            "p1,build,5,trafo:1\np2,build,5,traffo:1\n",
            "deliveries.csv": "material,year,units\ntrafo,2026,2\n",
        },
        (
            "project_phases.csv",
            3,
            "materials",
            "no deliveries of this material to operator 'west'",
            "Did you mean 'trafo'?",
        ),
    ),
    "material without an amount": (
        {"project_phases.csv": "project_id,phase,duration_months,materials\np1,build,5,trafo\np2,build,5,\n"},
        ("project_phases.csv", 2, "materials", "is not material:units", "'trafo'"),
    ),
    "deliveries to nobody": (
        {"deliveries.csv": "material,operator_id,year,units\ntrafo,west,2026,2\ntrafo,wst,2026,2\n"},
        ("deliveries.csv", 3, "operator_id", "no project of this operator", "Did you mean 'west'?"),
    ),
    "no month for works": (
        {"areas.csv": "area_id,name,no_works_months\ncity,City,1 2 3 4 5 6 7 8 9 10 11 12\n"},
        ("areas.csv", 2, "no_works_months", "leave no month", ""),
    ),
    "no month for works between two areas": (
        {
            "areas.csv": "area_id,name,no_works_months\na,A,1 2 3 4 5 6\nb,B,7 8 9 10 11 12\n",
            "stations.csv": "station_id,name,buses,areas\ns1,North,12,a b\ns2,South,14,a\n",
        },
        ("stations.csv", 2, "areas", "together leave no month", "a b"),
    ),
    "shares of provinces": (
        {"projects.csv": _with_column("province_shares", "north:0.6 south:0.3", "", "")},
        ("projects.csv", 2, "province_shares", "do not add up to 1", "0.9"),
    ),
    "fixed start after the horizon": (
        {"project_phases.csv": "project_id,phase,duration_months,start\np1,build,5,2036-01\np2,build,5,\n"},
        ("project_phases.csv", 2, "start", "after the end of the horizon", "2036"),
    ),
    "spread without mean": (
        {"project_phases.csv": "project_id,phase,duration_months,delay_sd_months\np1,build,5,2\np2,build,5,\n"},
        (
            "project_phases.csv",
            2,
            "delay_mean_months",
            "mean and spread of the delay do not go together",
            "give its mean too",
        ),
    ),
    "change lacks a column": (
        {"project_changes.csv": [("NAYY 4x50 SE,3.2", "NAYY 4x50 SE,")]},
        ("project_changes.csv", 2, "length_km", "add_line needs this column", ""),
    ),
    "odd element": (
        {"project_changes.csv": [("line:3", "line 3")]},
        ("project_changes.csv", 3, "element", "not an element", "line:12"),
    ),
    "requested without size": (
        {"developments.csv": [("20,0.25", "20,")]},
        ("developments.csv", 3, "p_mw", "not given", "size and mw_per_unit"),
    ),
    "weights of some": (
        {"scenarios.csv": "scenario_id,name,weight\nlow,Low,1\nhigh,High,\n"},
        ("scenarios.csv", 3, "weight", "this one has none", "or none"),
    ),
    "growth of nobody": (
        {"growth.csv": [("high,households", "high,dwellings")]},
        ("growth.csv", 4, "sector", "no load has this sector", "dwellings"),
    ),
    "horizon": (
        {"study.toml": [("end_year = 2035", "end_year = 2020")]},
        ("study.toml", None, "[settings] end_year", "ends before it starts", "2026 or later"),
    ),
    "profile of another length": (
        {"profiles.csv": profile_text(hours=8000)},
        ("profiles.csv", None, None, "does not cover one year", "8,000 rows"),
    ),
    "gap in a profile": (
        {"profiles.csv": profile_text().replace("\n5,0.9830\n", "\n5,\n")},
        ("profiles.csv", 7, "home", "missing or not finite", "1 such row"),
    ),
    "negative profile": (
        {"profiles.csv": profile_text().replace("\n5,0.9830\n", "\n5,-0.9830\n")},
        ("profiles.csv", 7, "home", "negative value", "-0.983 (in 1 row)"),
    ),
    "profile in kilowatts": (
        {"profiles.csv": profile_text().replace(",0.", ",").replace(",1.", ",1")},
        ("profiles.csv", 8, "home", "far from 1", "Divide"),
    ),
    "text in a profile": (
        {"profiles.csv": profile_text().replace("\n5,0.9830\n", "\n5,high\n")},
        ("profiles.csv", 7, "home", "not readable", "'high'"),
    ),
}


CONSEQUENCES = ("horizon", "missing column")
"""Cases of which one mistake is more than one problem."""


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_named_where_it_stands_in_both_languages(problems_of, case):
    """Wrong cells and ids do not drag others along."""
    changes, (file, row, column, what, words) = CASES[case]
    found = problems_of(changes)
    matching = [
        problem for problem in found if problem.file == file and problem.column == column and what in problem.what
    ]
    assert matching, found
    assert row is None or matching[0].row == row, found
    assert words in str(matching[0])
    assert_all_words(found)
    assert len(found) == 1 or case in CONSEQUENCES


def test_all_problems_come_at_once(write_study):
    folder = write_study(
        {
            "study.toml": [("bindingness", "bindingnes")],
            "loads.csv": [("20.5", "many"), ("l2,s2", "l2,s9")],
            "projects.csv": [("2,true,true", "2,false,true")],
            "profiles.csv": profile_text().replace("\n5,0.9830\n", "\n5,-0.9830\n"),
            "growth.csv": TEXTS["growth.csv"] + "low,households,2035,9\n",
        }
    )
    with pytest.raises(InputError) as caught:
        read_study(folder)
    assert sorted(problem.file for problem in caught.value.problems) == [
        "growth.csv",
        "loads.csv",
        "loads.csv",
        "profiles.csv",
        "projects.csv",
        "study.toml",
    ]
    assert str(caught.value).startswith("6 problems in the input:")
