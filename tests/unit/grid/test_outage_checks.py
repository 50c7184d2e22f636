"""Actions after an outage: what is refused and what is warned of."""

from __future__ import annotations

from pathlib import Path

import pandapower as pp

from gridprio.cli.check import beside_the_grid, study_report
from gridprio.inputs.study import Study
from gridprio.text import in_language
from tests.outage_action_nets import open_ring, parallel_path
from tests.unit.grid.test_outage_actions import HEAD, SHIFTER, study_of


def test_every_mistake_at_once(tmp_path: Path) -> None:
    net = open_ring()
    pp.create_bus(net, 10.0)
    pp.create_switch(net, 4, 6, "b", closed=False)
    mistakes = (
        ("a,bus:0,switch:0,,", "outage"),  # goes never out
        ("b,line:0,,,", "closes"),  # switches nothing
        ("c,line:0,switch:77,,", "closes"),
        ("d,line:0,line:0,,", "closes"),  # is out
        ("e,line:0,line:4,line:4,", "opens"),
        ("f,line:0,switch:1,,", "closes"),  # across voltages
        ("g,line:0,,,trafo:3=1", "taps"),
        ("h,line:1,line:4,,", ""),
        ("i,line:1,,line:4,", "opens"),  # otherwise than h
    )
    study = study_of(
        tmp_path, net, actions="".join(f"{row}\n" for row, _ in mistakes), changes="R,after_outage,line:9,line:4,,,,,\n"
    )
    problems, _ = beside_the_grid(study)
    expected = {("outage_actions.csv", row, column) for row, (_, column) in enumerate(mistakes, start=2) if column}
    assert {(p.file, p.row, p.column) for p in problems} == {*expected, ("project_changes.csv", 2, "outage")}
    for problem in problems:
        assert problem.found and problem.expected and problem.mend
    (twice,) = (p for p in problems if (p.file, p.row) == ("outage_actions.csv", 10))
    assert in_language(twice.found, "en") == "line:4: opened; in outage_actions.csv, row 9, column closes: closed"


def test_no_tap_beyond_the_range(tmp_path: Path) -> None:
    study = study_of(tmp_path, parallel_path(), actions="a,line:0,,,trafo:0=13\n")
    (problem,), _ = beside_the_grid(study)
    assert (problem.row, problem.column, problem.found) == (2, "taps", "'trafo:0=13'")


def test_the_tap_of_a_transformer_that_a_project_adds_is_refused_with_the_way_that_works(tmp_path: Path) -> None:
    study = study_of(tmp_path, parallel_path(), changes="R,after_outage,line:0,,,trafo:7=2,,,\n")
    (problem,), _ = beside_the_grid(study)
    assert (problem.row, problem.column) == (2, "taps")
    assert "behind an open switch (et = t), which the project closes with switch_element" in in_language(
        problem.mend, "en"
    )


def test_no_tap_that_a_replacement_has_not(tmp_path: Path) -> None:
    for highest, rows in ((2, [2]), (4, [])):
        net = parallel_path()
        net.std_types["trafo"]["new"] = {**SHIFTER, "tap_min": -2, "tap_max": highest}
        changes = "N,replace_trafo,,,,,trafo:0,new,\n"
        study = study_of(tmp_path / str(highest), net, actions="a,line:0,,,trafo:0=4\n", changes=changes)
        problems, _ = beside_the_grid(study)
        assert [(p.file, p.row, p.column) for p in problems] == [("outage_actions.csv", row, "taps") for row in rows]


def warned(study: Study) -> set[tuple[int | None, str | None]]:
    report = study_report(study.folder)
    assert not report.problems
    return {(w.row, w.column) for w in report.warnings if w.file == "outage_actions.csv"}


def test_what_changes_nothing_is_warned_of(tmp_path: Path) -> None:
    """What is closed already, a part that is dead too, another electrical area, an outage that is not asked for."""
    net = open_ring()
    for bus in (7, 8, 9):
        pp.create_bus(net, 20.0, index=bus)
    for f, t, in_service in ((2, 7, True), (7, 8, False), (0, 9, True), (0, 9, False)):
        pp.create_line_from_parameters(net, f, t, 1.0, 0.06, 0.11, 300.0, 0.4, in_service=in_service)
    rows = "a,line:1,line:2,,\nb,line:1,line:6,,\nc,line:1,line:8,,\nd,line:1,switch:0,,\n"
    assert warned(study_of(tmp_path / "all", net, actions=rows)) == {(2, "closes"), (3, "closes"), (4, "outage")}
    head = HEAD.replace("security_min_kv = 1.0", "security_min_kv = 100.0")
    few = study_of(tmp_path / "few", net, actions="a,line:1,switch:0,,\n", head=head)
    assert warned(few) == {(2, "outage")}
    rule = "rule_id,min_kv,below_kv,direction,outages,months,interruption_max_mw,interruption_max_h,restored_within_h\n"
    text = head.replace("security_min_kv = 100.0\n", "").replace("interruption_max_mw = 4.5\n", "")
    (few.folder / "study.toml").write_text(text)
    for kv, expected in ((1, set()), (100, {(2, "outage")})):
        (few.folder / "security_rules.csv").write_text(f"{rule}r,{kv},,demand,single,,0,,\n")
        assert warned(few) == expected


def test_a_project_that_sets_a_tap_is_warned_of(tmp_path: Path) -> None:
    """Its overload counts beside that of the transformer as it stands; a row of the operator is in every plan."""
    changes = "R,after_outage,line:0,,,trafo:0=-2,,,\nR,after_outage,line:1,,trafo:0,,,,\n"
    study = study_of(tmp_path, parallel_path(), actions="a,line:2,,,trafo:0=-2\n", changes=changes)
    warnings = study_report(study.folder).warnings
    assert [(w.file, w.row) for w in warnings if w.column == "taps"] == [("project_changes.csv", 2)]


def test_what_a_required_project_feeds_is_not_dead(tmp_path: Path) -> None:
    """Line 5 leads to bus 6, which has voltage once N is there; R, which closes line 5, requires N or does not."""
    net = open_ring("out of service")
    pp.create_bus(net, 20.0)
    pp.create_line_from_parameters(net, 2, 6, 3.0, 0.06, 0.11, 300.0, 0.4, in_service=False)
    net.std_types["line"]["wide"] = {"r_ohm_per_km": 0.06, "x_ohm_per_km": 0.11, "c_nf_per_km": 300.0, "max_i_ka": 0.6}
    folder = study_of(tmp_path, net).folder
    (folder / "project_changes.csv").write_text(
        "project_id,action,from_bus,to_bus,std_type,length_km,outage,closes\n"
        "N,add_line,0,6,wide,3,,\nR,after_outage,,,,,line:0,line:5\n"
    )
    rows = (folder / "projects.csv").read_text().splitlines()
    for requires, dead in (("N", False), ("", True)):
        (folder / "projects.csv").write_text(f"{rows[0]},requires\n{rows[1]},\n{rows[2]},{requires}\n")
        warnings = study_report(folder).warnings
        assert any(w.file == "project_changes.csv" and w.column == "closes" for w in warnings) == dead
