"""Rules of security about kinds and named elements, by hand and against pandapower alone.

A ring of 150 kV from the in-feed (bus 0) by overhead line 0 to bus 1, line 1 on to bus 2 and cable 2 back. Two
transformers beside each other feed bus 3 (50 kV) from bus 1. S2 draws at bus 2 and S3 at bus 3, half in every second
hour.
"""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest

import gridprio
from gridprio.errors import InputError, Problem
from gridprio.grid.net.empty import new_net
from gridprio.inputs import inspect_study, with_settings
from gridprio.inputs.plausibility import warning_message
from gridprio.inputs.schema import ProjectChange
from gridprio.inputs.study import Study
from gridprio.pipeline.base_case import base_case_tables
from gridprio.pipeline.headroom import study_headroom
from gridprio.pipeline.plausibility import grid_warnings
from gridprio.pipeline.session import Session
from gridprio.report.run_tables import run_tables
from gridprio.report.security import security_notes
from gridprio.text import in_language, sentence
from tests.grid_files import with_shared_grid
from tests.unit.pipeline.test_security_rules import HALF_H, HEAD

HEADER = "rule_id,min_kv,below_kv,kind,elements,to_below_kv,direction,outages,interruption_max_mw\n"
EVERY = "all,25,,,,,demand,single,0\n"
LINES = "ohl,25,,overhead_line,,,demand,single,0\ncable,25,,cable,,,demand,single,0\n"
TWO_LINES = "ohls,25,,overhead_line,,,demand,maintenance,0\ncables,25,,cable,,,demand,maintenance,0\n"
TRAFOS = "trafo,25,,transformer,,,demand,single,0\n"
TEXTS = {
    "stations": "station_id,name,buses\nS2,Two,2\nS3,Three,3\n",
    "projects": "project_id,name,operator_id,maturity,operator_rank\nA,A,op,concrete,1\n",
    "project_phases": "project_id,phase,duration_months\nA,build,12\n",
    "scenarios": "scenario_id,name\nbase,Base\n",
    "profiles": "day\n" + "1\n0.5\n" * 4380,
}


def net_of() -> Any:
    """A net of its own for the caller to change."""
    return deepcopy(_net())


@cache
def _net() -> Any:
    net = new_net(sn_mva=100.0)
    for kv in (150.0, 150.0, 150.0, 50.0):
        pp.create_bus(net, kv)
    pp.create_ext_grid(net, 0)
    for f, t, kind in ((0, 1, "ol"), (1, 2, "ol"), (2, 0, "cs")):
        pp.create_line_from_parameters(net, f, t, 1.0, 0.06, 0.4, 9.0, 0.3, type=kind)
    for _ in range(2):
        pp.create_transformer_from_parameters(
            net, 1, 3, 40.0, 150.0, 50.0, vkr_percent=0.0, vk_percent=1.0, pfe_kw=0, i0_percent=0
        )
    return net


def study_at(folder: Path, rules: str, mw: tuple[float, float] = (40.0, 50.0), net: Any = None, **texts: str) -> Study:
    """Written and read; `mw` of S2 and S3."""
    folder.mkdir()
    (folder / "grid.json").write_text(_grid_text() if net is None else pp.to_json(net))
    (folder / "study.toml").write_text(HEAD)
    loads = "load_id,station_id,sector,direction,p_mw,profile,power_factor\n"
    loads += "".join(f"L{at},S{at},services,demand,{p},day,1.0\n" for at, p in zip((2, 3), mw, strict=True))
    for name, text in (TEXTS | {"loads": loads, "security_rules": HEADER + rules} | texts).items():
        (folder / f"{name}.csv").write_text(text)
    return with_shared_grid(gridprio.read_study(folder))


@cache
def _grid_text() -> str:
    return str(pp.to_json(_net()))


def by_outage(study: Study) -> dict[str, dict[str, Any]]:
    """Rows of the base case after outages."""
    with Session(study, threads=1) as session:
        table = base_case_tables(session)["base_case"]
    return {row["outage"]: row for row in table.to_dict("records") if row["outage"]}


def insecure(study: Study) -> dict[str, float]:
    return {out: row["insecure_hours"] for out, row in by_outage(study).items()}


def test_overload_of_one_kind_by_hand_and_of_the_others_to_the_bit(tmp_path: Path) -> None:
    """One transformer of 40 MVA is left for 50 MW: 10 MVA too much in half of the hours. One line of 77.9 MVA is left
    for 90 MW at the in-feed: 12.1 MVA."""
    every = by_outage(study_at(tmp_path / "all", EVERY))
    assert {out: row["insecure_hours"] for out, row in every.items() if row["overload_mvah"]} == {
        "line:0": HALF_H, "line:2": HALF_H, "trafo:0": HALF_H, "trafo:1": HALF_H
    }  # fmt: skip
    assert every["trafo:0"]["overload_mvah"] == pytest.approx(10.0 * HALF_H, rel=0.01)
    assert every["line:0"]["overload_mvah"] == pytest.approx(12.1 * HALF_H, rel=0.01)
    lines, trafos = by_outage(study_at(tmp_path / "l", LINES)), by_outage(study_at(tmp_path / "t", TRAFOS))
    assert lines == {out: row for out, row in every.items() if out.startswith("line")}
    assert trafos == {out: row for out, row in every.items() if out.startswith("trafo")}
    assert lines and trafos and {**lines, **trafos} == every
    cables = study_at(tmp_path / "c", "cable,25,,cable,,,demand,single,0\n")
    assert by_outage(cables) == {"line:2": every["line:2"]}
    named = study_at(tmp_path / "n", "named,25,,,trafo:1 line:0 line:0,,demand,single,0\n")
    assert by_outage(named) == {out: every[out] for out in ("line:0", "trafo:1")}


def is_secure(bus: int, mw: float, out: list[tuple[str, int]]) -> bool:
    """By pandapower: nothing is above 100 % with 10 MW at S2, 20 MW at S3 and this at a bus, with a power factor of
    0.98, nor without any one of `out`."""
    net = net_of()
    for at, p, q in ((2, 10.0, 0.0), (3, 20.0, 0.0), (bus, mw, mw * math.tan(math.acos(0.98)))):
        pp.create_load(net, at, p, q)
    for element in [None, *out]:
        if element is not None:
            net[element[0]].loc[element[1], "in_service"] = False
        pp.runpp(net, numba=False, tolerance_mva=1e-10)
        if np.nanmax([net.res_line.loading_percent.max(), net.res_trafo.loading_percent.max()]) > 100:
            return False
        if element is not None:
            net[element[0]].loc[element[1], "in_service"] = True
    return True


@pytest.mark.slow
def test_headroom_of_one_kind_and_of_the_others_as_it_was(tmp_path: Path) -> None:
    """Lines alone leave S3 both transformers; transformers alone leave S2 both ways round the ring. Cases that are
    solved together differ with the rules, so what stays does so to the rounding of a load flow."""
    found: dict[str, dict[str, float]] = {}
    lines, trafos = [("line", at) for at in range(3)], [("trafo", 0), ("trafo", 1)]
    asked = {"all": (EVERY, lines + trafos), "lines": (LINES, lines), "trafos": (TRAFOS, trafos)}
    for name, (rules, out) in asked.items():
        study = with_settings(study_at(tmp_path / name, rules, (10.0, 20.0)), hours="representative", hours_per_month=2)
        rows = study_headroom(study, threads=1)
        rows = rows[rows["direction"] == "demand"]
        found[name] = dict(zip(rows["station_id"], rows["headroom_mw"], strict=True))
        for station, bus in (("S2", 2), ("S3", 3)):
            most = found[name][station]
            assert is_secure(bus, most - 5e-3, out) and not is_secure(bus, most + 5e-3, out)
    assert found["lines"]["S2"] == pytest.approx(found["all"]["S2"], rel=1e-11)
    assert found["trafos"]["S3"] == pytest.approx(found["all"]["S3"], rel=1e-11)
    assert found["all"]["S2"] < 0.6 * found["trafos"]["S2"] and found["all"]["S3"] < 0.5 * found["lines"]["S3"]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("", {"trafo:0", "line:1"}),
        ("ehv,110,,transformer,,110,demand,single,30\n", {"line:1"}),
        ("ehv,110,,transformer,,110,demand,single,29\n", {"trafo:0", "line:1"}),
        ("other,110,,transformer,,50,demand,single,30\n", {"trafo:0", "line:1"}),
        ("voltage,160,,transformer,,110,demand,single,30\n", {"trafo:0", "line:1"}),
        ("sun,110,,transformer,,,feed_in,single,\n", {"trafo:0", "line:1"}),
        ("one,110,,,trafo:0,,demand,single,30\n", {"line:1"}),
        ("one,110,,,trafo:0,,demand,single,30\nkind,110,,transformer,,,demand,single,0\n", {"line:1"}),
        ("kind,110,,transformer,,,demand,single,30\none,110,,,trafo:0,,demand,single,0\n", {"trafo:0", "line:1"}),
        ("lines,110,,overhead_line,,,demand,single,60\n", {"trafo:0"}),
    ],
    ids=["none", "exempt", "less", "other_side", "voltage", "feed_in", "named", "name_first", "strict_name", "lines"],
)
def test_an_exemption_counts_before_the_norm(tmp_path: Path, rules: str, expected: set[str]) -> None:
    """Of one transformer: its outage interrupts 30 MW of S3. Without cable 2 the outage of line 1 interrupts S2."""
    net = net_of()
    net.trafo, net.line = net.trafo[:1], net.line[:2]
    found = insecure(study_at(tmp_path / "s", EVERY + rules, (20.0, 30.0), net))
    assert {out for out, hours in found.items() if hours and out != "line:0"} == expected


def test_a_busbar_is_had_by_a_short_line_and_its_action(tmp_path: Path) -> None:
    """The outage of line 3, which leads nowhere, opens what ends at bus 2: S2 loses 40 MW, in half of the hours 20."""
    net = net_of()
    pp.create_bus(net, 150.0)
    pp.create_line_from_parameters(net, 2, 4, 0.1, 0.06, 0.4, 0.0, 9.0, type="busbar")
    busbar = "action_id,outage,opens\nbar,line:3,line:1 line:2\n"
    for name, rules, actions, expected in (
        ("norm", EVERY, busbar, {"line:3": 8760.0}),
        ("stub", EVERY, "action_id,outage,opens\n", {}),
        ("exempt", EVERY + "bar,110,,,line:3,,demand,single,1500\n", busbar, {"line:3": 0.0}),
        ("half", EVERY + "bar,110,,,line:3,,demand,single,30\n", busbar, {"line:3": HALF_H}),
    ):
        study = study_at(tmp_path / name, rules, (40.0, 30.0), net, outage_actions=actions)
        found = by_outage(study)
        assert {out: row["insecure_hours"] for out, row in found.items() if row["interrupted_mw"]} == expected
        assert not expected or found["line:3"]["interrupted_mw"] == pytest.approx(40.0)


def test_every_mistake_comes_at_once_with_place_and_mend(tmp_path: Path) -> None:
    rules = "both,25,,cable,line:0,,demand,single,\nside,25,,cable,,110,demand,single,\nnone,25,,,,110,demand,single,\n"
    with pytest.raises(InputError) as found:
        study_at(tmp_path / "s", rules + "word,25,,kabels,,,demand,single,\n")
    problems = found.value.problems
    assert [(one.row, one.column) for one in problems] == [
        (5, "kind"), (2, "elements"), (3, "to_below_kv"), (4, "to_below_kv")
    ]  # fmt: skip
    assert all(one.found and one.expected and one.mend for one in problems[1:])
    for language, words in {
        "en": ("a kind or about named elements", "a transformer alone has another side"),
        "nl": ("een soort of over genoemde elementen", "alleen een transformator heeft een andere zijde"),
    }.items():
        said = " | ".join(in_language(one.what, language) for one in problems)
        assert all(word in said for word in words)


def test_an_element_that_cannot_go_out_is_refused(tmp_path: Path) -> None:
    study = study_at(tmp_path / "s", "named,25,,,line:0 line:9 impedance:0 trafo,,demand,single,\n")
    with pytest.raises(InputError) as found:
        grid_warnings(study)
    assert [(one.file, one.row, one.column, one.found) for one in found.value.problems] == [
        ("security_rules.csv", 2, "elements", text) for text in ("'line:9'", "'impedance:0'", "'trafo'")
    ]
    assert {one.expected for one in found.value.problems} == {"line:index / trafo:index / trafo3w:index"}


def test_a_rule_that_is_about_nothing_is_warned_of(tmp_path: Path) -> None:
    """By kind, by the other side, and by the voltage of what it is about; a cable alone has no second cable to go with,
    but pairs of a cable and something else are named too."""
    rules = (
        "cable,25,,cable,,,demand,single,\nside,25,,transformer,,50,demand,single,\nkv,25,110,cable,,,demand,single,\n"
        "two,25,,cable,,,demand,maintenance,\nname,200,,,line:0,,demand,single,\nfew,25,,transformer,,51,demand,single,\n"
    )
    study = study_at(tmp_path / "s", rules)
    found = [one for one in grid_warnings(study) if one.file == "security_rules.csv"]
    assert [(one.row, one.column) for one in found] == [(3, "to_below_kv"), (4, "min_kv"), (6, "min_kv")]
    assert (found[0].found, found[1].expected) == ("transformer < 50 kV", "150")
    assert "more than 50 kV" in in_language(found[0].expected, "en") and "kV" in found[0].mend
    for language, words in {"en": "no transformer has its other side below", "nl": "van geen transformator"}.items():
        assert words in in_language(found[0].what, language)


def test_kinds_that_are_expected_are_those_of_the_column(tmp_path: Path) -> None:
    """A line without a kind has none of them; a rule about the other side is not at fault where nothing has one."""
    net = net_of()
    net.trafo = net.trafo[:0]
    net.line.at[1, "type"] = None
    rules = "side,25,,transformer,,50,demand,single,\n" + EVERY
    study = study_at(tmp_path / "s", rules, net=net)
    (found,) = [one for one in grid_warnings(study) if one.file == "security_rules.csv"]
    assert (found.row, found.column, found.found) == (2, "kind", "transformer")
    assert found.expected == "cable / overhead_line"
    assert "no element of this kind in service" in in_language(found.what, "en")
    assert "geen element van deze soort in bedrijf" in in_language(found.what, "nl")


def test_what_is_never_in_service_goes_out_in_no_outage(tmp_path: Path) -> None:
    """Until a project puts something in its place, under its name."""
    net = net_of()
    net.line.loc[2, "in_service"] = net.trafo.loc[0, "in_service"] = False
    pp.create_line_from_parameters(net, 0, 2, 9.0, 0.06, 0.4, 9.0, 0.3, type=None, in_service=False)
    pp.create_bus(net, 20.0)
    pp.create_transformer_from_parameters(
        net, 3, 4, 40.0, 50.0, 20.0, vkr_percent=0.0, vk_percent=1.0, pfe_kw=0, i0_percent=0, in_service=False
    )
    rules = (
        "cable,25,,cable,,,demand,single,\nnamed,25,,,line:2 trafo:0,,demand,single,\n"
        "one,25,,,line:2 line:1,,demand,single,\nside,25,,transformer,,50,demand,single,\n"
        "kv,25,150,transformer,,,demand,single,\ntwo,25,,transformer,,,demand,maintenance,\n"
    )
    study = study_at(tmp_path / "s", rules, net=net)
    found = [one for one in grid_warnings(study) if one.file == "security_rules.csv"]
    assert [(one.row, one.column) for one in found] == [
        (2, "kind"), (3, "elements"), (5, "to_below_kv"), (6, "min_kv")
    ]  # fmt: skip
    assert (found[0].expected, found[1].found) == ("overhead_line / transformer", "line:2 trafo:0")
    assert "none of these elements is in service" in in_language(found[1].what, "en")
    assert "geen van deze elementen" in in_language(found[1].what, "nl") and found[1].mend
    new = ProjectChange(project_id="A", action="replace_line", element="line:2", std_type="Cable 150 kV 2000 Cu")
    assert not [one for one in grid_warnings(replace(study, project_changes=(new,))) if one.row in (2, 3)]


def without_kind(study: Study) -> list[Problem]:
    return [one for one in grid_warnings(study) if one.what == sentence("warning.lines_without_kind")]


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (LINES + TRAFOS, [(2, 1)]),
        (TRAFOS + "cable,25,,cable,,,demand,single,0\n", [(3, 1)]),
        (LINES + EVERY, []),
        (LINES + "named,25,,,line:1 line:2,,demand,single,0\n", []),
        (LINES + "feed,25,,,,,feed_in,single,\n", [(2, 1)]),
        (LINES + "high,151,,,,,demand,single,0\n", [(2, 1)]),
        (LINES + "two,25,,,,,demand,maintenance,0\n", [(2, 1)]),
        ("two,25,,cable,,,demand,maintenance,0\nname,25,,,line:0,,demand,single,0\n" + TRAFOS, [(2, 1)]),
        ("two,151,,cable,,,demand,maintenance,0\n" + TRAFOS, []),
        (TRAFOS + TWO_LINES, [(3, 1)]),
        (EVERY + TWO_LINES + "trafos,25,,transformer,,,demand,maintenance,0\n", []),
        (TWO_LINES + "trafos,25,,transformer,,,feed_in,maintenance,\n" + TRAFOS, [(2, 1)]),
        (TWO_LINES + "mine,25,,,line:1,,demand,maintenance,0\n" + TRAFOS, []),
        ("ehv,151,,overhead_line,,,demand,single,0\n", []),
    ],
)
def test_lines_without_a_kind_are_warned_of(tmp_path: Path, rules: str, found: list[tuple[int, int]]) -> None:
    """Where rules ask of overhead lines or cables of their voltage what no rule asks of them."""
    net = net_of()
    net.line.at[1, "type"] = None
    study = study_at(tmp_path / "s", rules, net=net)
    warned = without_kind(study)
    lines = [sentence("found.lines_without_kind", n=n, names="line:1") for _, n in found]
    assert [(one.row, one.column, one.found) for one in warned] == [
        (row, "kind", text) for (row, _), text in zip(found, lines, strict=True)
    ]


def test_a_rule_of_some_months_covers_those_alone(tmp_path: Path) -> None:
    net = net_of()
    net.line.at[1, "type"] = None
    for months, rows in (("1 2", [2]), ("1 2 3", [])):
        rules = f"rule_id,min_kv,kind,direction,months\nline,25,cable,demand,1 2 3\nall,25,,both,{months}\n"
        study = study_at(tmp_path / months, "", net=net, security_rules=rules)
        assert [one.row for one in without_kind(study)] == rows


def test_lines_without_a_kind_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    """Words other than ol and cs are no kind; a replacement has that of its type, and goes by project and element."""
    net = net_of()
    for kind in ("OL", "CS", "ol ", "", None):
        pp.create_line_from_parameters(net, 0, 2, 9.0, 0.06, 0.4, 9.0, 0.3, type=kind, parallel=2)
    pp.create_std_type(net, {"c_nf_per_km": 9.0, "r_ohm_per_km": 0.06, "x_ohm_per_km": 0.4, "max_i_ka": 0.6}, "x")
    study = study_at(tmp_path / "s", LINES, net=net)
    new = ProjectChange(project_id="A", action="replace_line", element="line:0", std_type="x", parallel=2)
    added = ProjectChange(project_id="A", action="add_line", from_bus=0, to_bus=2, length_km=1.0, std_type="x")
    for changes, words in (
        ((), "5 lines without a kind: line:3, line:4, line:5, line:6, line:7"),
        ((new, added), "8 lines without a kind: line:3, line:4, line:5, line:6, line:7, ..."),
    ):
        (one,) = without_kind(replace(study, project_changes=changes))
        assert in_language(one.found, "en") == words
    net.line["type"] = "ol"
    study = study_at(tmp_path / "named", LINES, net=net)
    (one,) = without_kind(replace(study, project_changes=(new, added)))
    assert in_language(one.found, "nl") == "3 lijnen zonder soort: A: line:0, A"
    with Session(replace(study, project_changes=(new, added)), threads=1) as session:
        assert warning_message(one) in session.cells.messages()


def test_dutch_names_read_alike(tmp_path: Path) -> None:
    english = study_at(tmp_path / "s", "a,110,,transformer,,110,demand,single,\nb,25,,,line:0 trafo:1,,both,single,\n")
    (tmp_path / "s" / "security_rules.csv").write_text(
        "regel_id;vanaf_kv;soort;elementen;naar_onder_kv;richting\n"
        "a;110;transformator;;110;afname\nb;25;;line:0 trafo:1;;beide\n"
    )
    study, problems = inspect_study(tmp_path / "s")
    assert not problems and study is not None and study.security_rules == english.security_rules


def test_the_page_says_what_a_rule_is_about(tmp_path: Path) -> None:
    rules = (
        "a,110,,transformer,,110,demand,single,100\nb,25,,overhead_line,,,demand,maintenance,0\n"
        "c,25,,,line:2 trafo:1,,demand,single,0\nd,25,,,,,demand,single,0\ne,25,,transformer,,,demand,single,0\n"
    )
    run = gridprio.run_study(study_at(tmp_path / "s", rules), out=tmp_path / "run", threads=1)
    tables = run_tables(run)
    (note,) = security_notes(tables)
    assert "single outages of transformers to below 110 kV, from 110 kV" in note.en
    assert "outages during maintenance of overhead lines, from 25 kV" in note.en
    assert f"single outages of {tables.element('line:2').en} and {tables.element('trafo:1').en}, from" in note.en
    assert (
        "d (demand, single outages, from 25 kV" in note.en and "e (demand, single outages of transformers," in note.en
    )
    assert "enkelvoudige storingen van transformatoren naar minder dan 110 kV" in note.nl
