"""Table `security_rules` of a study, against the hand and against pandapower alone.

Station S1 (150 kV) draws 25 MW behind lines from the in-feed; station S2 (50 kV) draws 12 MW behind one transformer and
one line. Both draw half of that in every second hour.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandapower as pp
import pytest
from scipy.optimize import brentq

import gridprio
from gridprio.cells.sealed import SealedCells
from gridprio.errors import InputError, Problem
from gridprio.exchange import seal_study
from gridprio.grid.net.empty import new_net
from gridprio.inputs import inspect_study, with_settings
from gridprio.inputs.plausibility import implausible
from gridprio.inputs.read import checked_study
from gridprio.inputs.schema import ProjectChange
from gridprio.inputs.security_rules import SecurityRule
from gridprio.inputs.study import Study
from gridprio.pipeline.base_case import base_case_messages, base_case_tables
from gridprio.pipeline.headroom import study_headroom
from gridprio.pipeline.plausibility import grid_warnings
from gridprio.pipeline.session import Session
from gridprio.report.base_case import base_case_section, interruption_sentence
from gridprio.report.method import method_notes
from gridprio.report.run_tables import run_tables
from gridprio.report.security import security_notes
from gridprio.text import element, in_language, say, sentence
from tests.grid_files import with_shared_grid

HEADER = "rule_id,min_kv,below_kv,direction,outages,months,interruption_max_mw,interruption_max_h,restored_within_h\n"
DUTCH = "hv,110,,demand,single,,100,,\n"
HALF_H = 4380.0
SERVED = ("served_mw_demand", "served_mw_feed_in")
HEAD = """[study]
name = "rules"
fictional = true
grid = "grid.json"

[settings]
start_year = 2026
end_year = 2026
hours = "all"
draws = 1
order_basis = "before_status"
"""
TEXTS = {
    "stations.csv": "station_id,name,buses\nS1,One,1\nS2,Two,3\n",
    "loads.csv": "load_id,station_id,sector,direction,p_mw,profile,power_factor\n"
    "L1,S1,services,demand,25,day,1.0\nL2,S2,services,demand,12,day,1.0\n",
    "projects.csv": "project_id,name,operator_id,maturity,operator_rank\nA,A,op,concrete,1\n",
    "project_phases.csv": "project_id,phase,duration_months\nA,build,12\n",
    "scenarios.csv": "scenario_id,name\nbase,Base\n",
    "developments.csv": "development_id,name,station_id,sector,direction,p_mw,profile,power_factor,requested_year,"
    "request_date\nD,Homes,S1,housing,demand,400,flat,1.0,2026,2024-01\nF,Sun,S1,solar,feed_in,400,flat,1.0,2026,2024-02\n",
    "profiles.csv": "day,flat\n" + "1,1\n0.5,1\n" * 4380,
}


@cache
def made(n_line: int) -> tuple[Any, str]:
    """The net, not to be changed, and the text of its file."""
    net = new_net(sn_mva=100.0)
    for kv in (150.0, 150.0, 50.0, 50.0):
        pp.create_bus(net, kv)
    pp.create_ext_grid(net, 0)
    for _ in range(n_line):
        pp.create_line_from_parameters(net, 0, 1, 10.0, 0.06, 0.4, 9.0, 0.3)
    pp.create_transformer_from_parameters(
        net, 0, 2, 60.0, 150.0, 50.0, vkr_percent=0.3, vk_percent=10.0, pfe_kw=0, i0_percent=0
    )
    pp.create_line_from_parameters(net, 2, 3, 1.0, 0.06, 0.4, 9.0, 0.6)
    return net, str(pp.to_json(net))


def study_at(folder: Path, rules: str = "", n_line: int = 1, settings: str = "") -> Study:
    """Written and read; without `rules` by the settings."""
    folder.mkdir()
    (folder / "grid.json").write_text(made(n_line)[1])
    (folder / "study.toml").write_text(HEAD + settings)
    for name, text in (TEXTS | ({"security_rules.csv": HEADER + rules} if rules else {})).items():
        (folder / name).write_text(text)
    study, problems = inspect_study(folder)
    if problems:
        raise InputError(problems)
    assert study is not None
    return with_shared_grid(study)


def by_outage(study: Study) -> tuple[dict[str, float], list[Any]]:
    """Insecure hours by outage in the base case, and what is said of interruptions that are not accepted."""
    with Session(study, threads=1) as session:
        table = base_case_tables(session)["base_case"]
    said = base_case_messages(table, study.settings.interruption_max_mw, {})
    named = [out for one in said if one.code == "base_case.interrupted" for out in one.params["outages"]]
    rows = table[table["outage"] != ""]
    return dict(zip(rows["outage"], rows["insecure_hours"], strict=True)), named


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("hv,110,,demand,,,20,,\nmv,25,110,demand,,,15,,\n", {"line:0": HALF_H, "trafo:0": 0.0, "line:1": 0.0}),
        ("hv,110,,demand,,,30,,\nmv,25,110,demand,,,11,,\n", {"line:0": 0.0, "trafo:0": 0.0, "line:1": HALF_H}),
        ("hv,110,,demand,,,10,,\n", {"line:0": 8760.0, "trafo:0": HALF_H}),
        ("mv,25,110,demand,,,5.9,,\n", {"line:1": 8760.0}),
        ("hv,110,,feed_in,,,,,\nmv,25,110,both,,,11,,\n", {"line:1": HALF_H}),
    ],
    ids=["150 kV", "50 kV", "150 kV alone", "50 kV alone", "feed-in asks nothing of demand"],
)
def test_two_levels_by_hand(tmp_path: Path, rules: str, expected: dict[str, float]) -> None:
    """25 MW without the line of 150 kV, 12 MW without the transformer (which counts at 150 kV) or the line of 50 kV."""
    found, _ = by_outage(study_at(tmp_path / "s", rules))
    assert found == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("columns", "insecure_h"),
    [
        ("25,,", 0.0),
        ("24.9,,", HALF_H),
        ("12.4,,", 8760.0),
        ("25,6,6", 0.0),
        ("25,6,6.1", 8760.0),
        ("25,6,", 0.0),
        ("25,0,", 8760.0),
        ("25,0,0", 8760.0),
        (",,", 0.0),
        (",0.2,0.3", 8760.0),
    ],
)
def test_megawatts_and_hours_each_turn_the_insecure_hours(tmp_path: Path, columns: str, insecure_h: float) -> None:
    """25 MW in one half of the hours and 12.5 MW in the other; too long is as good as too much."""
    study = study_at(tmp_path / "s", f"hv,149,150.5,demand,single,,{columns}\n")
    found, named = by_outage(with_settings(study, interruption_max_mw=25.0))
    assert found["line:0"] == pytest.approx(insecure_h)
    assert (element("line:0") in named) == (insecure_h > 0)


def test_other_months_have_another_limit(tmp_path: Path) -> None:
    """One row of the base case for each; 59 days of January and February, in half of the hours."""
    rules = "all,149,150.5,demand,,,100,,\nwinter,149,150.5,demand,,1 2,20,,\n"
    with Session(study_at(tmp_path / "s", rules), threads=1) as session:
        table = base_case_tables(session)["base_case"]
    rows = table[table["outage"] == "line:0"]
    assert dict(zip(rows["months"], rows["accepted_mw"], strict=True)) == {
        "1 2": 20.0,
        "3 4 5 6 7 8 9 10 11 12": 100.0,
    }
    assert rows["insecure_hours"].tolist() == [59 * 12.0, 0.0]


@cache
def largest_by_pandapower(sign: int, n_closed: int, beside_mw: float) -> float:
    """MW at S1 that load the lines in service to 100 %, beside what is drawn there already."""
    net = deepcopy(made(2)[0])
    net.line.loc[range(n_closed, 2), "in_service"] = False
    load = pp.create_load(net, 1, 0.0)

    def above_percent(mw: float) -> float:
        net.load.at[load, "p_mw"] = beside_mw - sign * mw
        pp.runpp(net, numba=False, tolerance_mva=1e-10)
        return float(net.res_line.loading_percent.max()) - 100.0

    return float(brentq(above_percent, max(0.0, sign * beside_mw), 400.0, xtol=1e-4))


@pytest.mark.slow
def test_a_symmetric_rule_holds_the_sun_back_and_the_dutch_one_does_not(tmp_path: Path) -> None:
    """Two circuits of 78 MVA: the sun has both under a rule for demand, and one where both directions ask reserve.
    Demand has one circuit under either; under a rule for feed-in alone it has both. Sun is allocated beside the demand.
    """
    allocated: dict[str, tuple[float, ...]] = {}
    for direction, (for_demand, for_feed_in) in {"demand": (1, 2), "both": (1, 1), "feed_in": (2, 1)}.items():
        study = study_at(tmp_path / direction, f"hv,110,,{direction},,,,,\n", n_line=2)
        rows = study_headroom(study, threads=1)
        headroom = rows[rows["station_id"] == "S1"].set_index("direction")["headroom_mw"]
        run = gridprio.run_study(study, out=tmp_path / f"run-{direction}", threads=1)
        allocated[direction] = served = tuple(run.cells.groupby("month")[list(SERVED)].sum().iloc[0])
        demand = largest_by_pandapower(-1, for_demand, 25.0)
        assert (headroom["demand"], served[0]) == pytest.approx((demand, demand), abs=5e-3)
        assert headroom["feed_in"] == pytest.approx(largest_by_pandapower(1, for_feed_in, 12.5), abs=5e-3)
        assert served[1] == pytest.approx(largest_by_pandapower(1, for_feed_in, 12.5 + demand), abs=5e-3)
    assert allocated["both"][0] == pytest.approx(allocated["demand"][0], abs=1e-9)
    assert allocated["demand"][1] > 1.4 * allocated["both"][1]


def noted(problems: list[Problem], language: str) -> str:
    return " | ".join(in_language(part, language) for one in problems for part in (one.what, one.expected, one.mend))


def test_every_mistake_comes_at_once_with_place_and_mend(tmp_path: Path) -> None:
    rules = (
        "none,110,110,demand,,,,,\nfeed,110,,feed_in,,,50,,\nfeed2,110,,invoeding,,,,6,\nhours,110,,beide,onderhoud,,,,5\n"
        "twice,110,,demand,,,,,\ntwice,110,,demand,,,,,\n"
    )
    with pytest.raises(InputError) as found:
        study_at(tmp_path / "s", rules, settings="security_min_kv = 50\nmaintenance_outages = true\n")
    problems = found.value.problems
    assert [(one.file, one.row, one.column) for one in problems] == [
        ("security_rules.csv", 7, "rule_id"),
        ("security_rules.csv", 2, "below_kv"),
        ("security_rules.csv", 3, "interruption_max_mw"),
        ("security_rules.csv", 4, "interruption_max_h"),
        ("security_rules.csv", 5, "interruption_max_h"),
        ("study.toml", None, "[settings] security_min_kv"),
        ("study.toml", None, "[settings] maintenance_outages"),
    ]
    assert all(one.found and one.mend for one in problems[1:])
    for language, words in {
        "en": ("for no voltage", "more than 110 kV", "not about demand", "beside the hours", "has no effect"),
        "nl": ("geen enkele spanning", "meer dan 110 kV", "niet over afname", "naast de uren", "geen effect"),
    }.items():
        said = noted(problems, language)
        assert all(word in said for word in words), said


def test_dutch_names_read_alike(tmp_path: Path) -> None:
    english = study_at(tmp_path / "s", "hv,110,220,demand,single,5 6,100,6,2\nehv,220,,both,maintenance,,,,\n")
    (tmp_path / "s" / "security_rules.csv").unlink()
    (tmp_path / "s" / "veiligheidsregels.csv").write_text(
        "regel_id;vanaf_kv;onder_kv;richting;uitval;maanden;onderbreking_max_mw;onderbreking_max_uur;hersteld_binnen_uur\n"
        "hv;110;220;afname;enkelvoudig;5 6;100;6;2\nehv;220;;beide;onderhoud;;;;\n"
    )
    assert gridprio.read_study(tmp_path / "s").security_rules == english.security_rules


def test_what_does_not_read_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(InputError) as found:
        study_at(tmp_path / "s", "a,,,demand,,,,,\nb,110,,sideways,double,13,-1,,\n")
    places = {(one.row, one.column) for one in found.value.problems}
    assert places == {(2, "min_kv"), (3, "direction"), (3, "outages"), (3, "months"), (3, "interruption_max_mw")}


def test_a_range_of_a_setting_without_effect_is_refused(tmp_path: Path) -> None:
    study_at(tmp_path / "s", DUTCH)
    row = "table,row,column,low,high\nsettings,,security_min_kv,50,220\nsecurity_rules,hv,interruption_max_mw,50,200\n"
    (tmp_path / "s" / "assumptions.csv").write_text(row)
    _, problems = inspect_study(tmp_path / "s")
    assert [(one.file, one.row, one.column) for one in problems] == [("assumptions.csv", 2, "column")]


def test_a_range_with_which_a_rule_would_be_refused_is_named(tmp_path: Path) -> None:
    """What a run with `sensitivity` would refuse after the load flows; a range within the rule is none."""
    study_at(tmp_path / "s", "hv,110,200,demand,,,,,\nsun,110,,feed_in,,,,,\nlong,110,,demand,,,100,6,2\n")
    ranges = (
        "hv,min_kv,0,250\nhv,below_kv,110,380\nsun,interruption_max_mw,0,50\nhv,restored_within_h,1,5\n"
        "hv,min_kv,0,199\nlong,restored_within_h,1,8\nsun,min_kv,0,380\n"
    )
    rows = "".join(f"security_rules,{one}\n" for one in ranges.splitlines())
    (tmp_path / "s" / "assumptions.csv").write_text(f"table,row,column,low,high\n{rows}")
    _, problems = inspect_study(tmp_path / "s")
    mine = [one for one in problems if one.column == "low"]
    assert [(one.file, one.row) for one in mine] == [("assumptions.csv", row) for row in (2, 3, 4, 5)]
    said = noted(mine, "en")
    assert all(
        words in said for words in ("for no voltage", "more than 250 kV", "not about demand", "beside the hours")
    )


def test_a_setting_that_is_changed_beside_the_table_is_refused_and_no_other(tmp_path: Path) -> None:
    study = study_at(tmp_path / "s", DUTCH)
    changed = with_settings(study, interruption_max_mw=40.0, end_year=2028)
    assert checked_study(changed).settings.end_year == 2028
    with pytest.raises(InputError, match="maintenance_outages"):
        with_settings(changed, maintenance_outages=True)
    assert with_settings(replace(study, security_rules=()), maintenance_outages=True).settings.maintenance_outages


def test_what_is_assumed_and_what_names_nothing_is_warned_of(tmp_path: Path) -> None:
    study = study_at(
        tmp_path / "s",
        "hv,110,,demand,,,100,6,\nehv,220,,demand,,,0,,\nknown,110,,demand,,,100,6,4\nzero,110,,demand,,,100,0,\n",
    )
    found = [*implausible(study), *grid_warnings(study)]
    mine = [one for one in found if one.file == "security_rules.csv"]
    assert [(one.row, one.column) for one in mine] == [(2, "restored_within_h"), (3, "min_kv")]
    assert "at most 6 hours" in noted(mine, "en") and "hoogstens 6 uur" in noted(mine, "nl")


def test_a_rule_that_names_no_outage_is_warned_of(tmp_path: Path) -> None:
    """The transformer counts at 150 kV, so one line is all that 50 kV has; a project adds a second."""
    rules = (
        "low,0,50,demand,,,,,\nmv,25,110,demand,,,,,\ntwo-hv,110,,demand,maintenance,,,,\n"
        "two-mv,25,110,demand,maintenance,,,,\nthree,151,,demand,maintenance,,,,\nalone,25,50.5,demand,single,,,,\n"
    )
    study_at(tmp_path / "s", rules)
    study = gridprio.read_study(tmp_path / "s")
    net = deepcopy(made(1)[0])
    pp.create_std_type(net, {"c_nf_per_km": 9.0, "r_ohm_per_km": 0.06, "x_ohm_per_km": 0.4, "max_i_ka": 0.6}, "x")

    def warned(study: Study, net: Any) -> list[int | None]:
        pp.to_json(net, str(study.folder / "grid.json"))
        return [one.row for one in grid_warnings(study) if one.file == "security_rules.csv"]

    assert warned(study, net) == [2, 6]
    net.line = net.line[net.line["from_bus"] == 0]
    assert warned(study, net) == [2, 3, 5, 6, 7]
    net.trafo = net.trafo[:0]
    assert warned(study, net) == [2, 3, 4, 5, 6, 7]
    found = [one for one in grid_warnings(study) if one.row == 4]
    assert "no second element" in noted(found, "en") and "geen tweede element" in noted(found, "nl")
    line = ProjectChange(project_id="A", action="add_line", from_bus=2, to_bus=9, std_type="x", length_km=1.0)
    bus = ProjectChange(project_id="A", action="add_bus", bus=9, vn_kv=50.0)
    assert warned(replace(study, project_changes=(bus, line)), net) == [2, 4, 6]
    single = ProjectChange(project_id="A", action="replace_line", element="line:0", std_type="x")
    assert warned(replace(study, project_changes=(single,)), net) == [2, 3, 4, 5, 6, 7]
    double = single.model_copy(update={"parallel": 2})
    assert warned(replace(study, project_changes=(double,)), net) == [2, 3, 5, 6, 7]
    net.line["parallel"] = 2
    assert warned(study, net) == [2, 3, 5, 6, 7]


def test_actions_are_warned_of_by_the_rules(tmp_path: Path) -> None:
    """The settings ask for no outage at 50 kV; this rule does, and for none at 150 kV."""
    study_at(tmp_path / "s", "mv,25,110,demand,,,,,\n")
    (tmp_path / "s" / "outage_actions.csv").write_text("action_id,outage,opens\nmv,line:1,trafo:0\nhv,line:0,trafo:0\n")
    warnings = grid_warnings(gridprio.read_study(tmp_path / "s"))
    assert [one.row for one in warnings if one.what == sentence("warning.outage_not_required")] == [3]


def test_the_page_names_the_rules(tmp_path: Path) -> None:
    rules = ("hv,110,220,demand,single,,100,6,2", "ehv,220,,both,maintenance,,,,", "slow,110,,demand,,1 2,100,6,8")
    study = study_at(tmp_path / "s", "\n".join([*rules, "sun,50,,feed_in,,,,,\n"]))
    run = gridprio.run_study(with_settings(study, interruption_max_mw=15.0), out=tmp_path / "run", threads=1)
    (note,) = security_notes(run_tables(run))
    assert note.en == (
        "The rules of the study say which outages the grid must bear: "
        "hv (demand, single outages, from 110 to below 220 kV, all year, at most 100 MW interrupted, for at most 6 "
        "hours), ehv (demand and feed-in, outages during maintenance, from 220 kV, April to September, at most 15 MW "
        "interrupted), "
        "slow (demand, single outages, from 110 kV, months 1 and 2, no interruption) and "
        "sun (feed-in, single outages, from 50 kV, all year)."
    )
    assert "afname en invoeding, uitval tijdens onderhoud, vanaf 220 kV, april tot en met september" in note.nl
    tables = run_tables(run)
    notes = method_notes(tables)
    assert note in notes
    of_settings = say("method.security_by_settings")
    assert not any(of_settings.en in one.en or of_settings.nl in one.nl for one in notes)
    without = method_notes(replace(tables, security_rules=tables.security_rules[:0]))
    assert any(of_settings.en in one.en and of_settings.nl in one.nl for one in without)
    lost, in_plans = (table[table["interrupted_mw"] > 0] for table in (tables.base_case, tables.lost_load))
    assert interruption_sentence(tables, lost).en == (
        "2 outages interrupt demand, at most 25.0 MW. The rules of the study say what is accepted; 2 outages interrupt "
        "more."
    )
    assert interruption_sentence(tables, lost[lost["accepted_mw"] > 0]).en.endswith("; 0 outages interrupt more.")
    assert interruption_sentence(tables, in_plans).nl.endswith("bij 2 storingen is het meer.")
    (section,) = [part for part in (base_case_section(tables),) if part is not None]
    assert "months 1 and 2" in str(section) and "maanden 3, 4, 5" in str(section)


@pytest.mark.slow
def test_a_seal_holds_the_rules(tmp_path: Path) -> None:
    """They stand in the sealed study as a table; another rule, or none, is refused."""
    study_at(tmp_path / "s", DUTCH)
    study = gridprio.read_study(tmp_path / "s")
    sealed = gridprio.read_study(seal_study(study, tmp_path / "sealed", threads=1).folder)
    assert sealed.security_rules == study.security_rules
    SealedCells(sealed)
    other = tuple(rule.model_copy(update={"interruption_max_mw": 50.0}) for rule in sealed.security_rules)
    sun = SecurityRule(
        rule_id="sun", min_kv=50, below_kv=110, direction="feed_in", outages="maintenance", months=(5, 6)
    )
    SealedCells(replace(sealed, security_rules=(*sealed.security_rules, *sealed.security_rules)))
    months = "months 1 2 3 4 5 6 7 8 9 10 11 12"
    was = f"min_kv 110, direction demand, outages single, {months}, interruption_max_mw 100"
    now = f"hv: min_kv 110, direction demand, outages single, {months}, interruption_max_mw 50"
    added = "sun: min_kv 50, below_kv 110, direction feed_in, outages maintenance, months 5 6"
    nothing = sentence("found.nothing")
    table = sealed.folder / "security_rules.csv"
    table.write_text(table.read_text().splitlines()[0] + "\n")
    with_none = gridprio.read_study(sealed.folder)
    kind = tuple(rule.model_copy(update={"kind": "transformer", "to_below_kv": 110}) for rule in sealed.security_rules)
    name = tuple(rule.model_copy(update={"elements": ("line:1", "line:0")}) for rule in sealed.security_rules)
    for rules, expected in {
        other: [(2, now, was)],
        kind: [(2, f"hv: {was.replace('direction', 'kind transformer, to_below_kv 110, direction')}", was)],
        name: [(2, f"hv: {was.replace('direction', 'elements line:0 line:1, direction')}", was)],
        (): [(None, nothing, was)],
        (*sealed.security_rules, sun): [(None, added, nothing)],
        (sun, *other): [(2, added, was), (None, now, nothing)],
    }.items():
        with pytest.raises(InputError) as found:
            SealedCells(replace(sealed, security_rules=rules) if rules else with_none)
        problems = found.value.problems
        assert [(one.row, one.found, one.expected) for one in problems] == expected
        assert {(one.file, one.column) for one in problems} == {("security_rules.csv", "rule_id")}
        assert all("seal again" in in_language(one.mend, "en") for one in problems)
