"""Seasonal ratings: which branches a row holds for, what is refused, and what a study makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gridprio.errors import InputError
from gridprio.grid import read_net, study_union
from gridprio.inputs.study import Study
from gridprio.pipeline.base_case import base_case_tables
from gridprio.pipeline.session import Session
from gridprio.text import in_language
from tests.unit.grid.stations import read_stations, stations_net, stations_study

HEADER = "rating_id,kind,elements,months,rating_percent\n"


def rated(folder: Path, rows: str, net: Any = None) -> Study:
    stations_study(folder, net)
    (folder / "seasonal_ratings.csv").write_text(HEADER + rows)
    return read_stations(folder)


def percents(study: Study) -> dict[str, list[float]]:
    """Percent in January and July by branch."""
    net, _ = read_net(study.grid_source)
    grid = study_union(net, study).grid
    percent = grid.arrays.rating_percent[:, [0, 6]].tolist()
    return {":".join(map(str, branch)): row for branch, row in zip(grid.branch_ids, percent, strict=True)}


def test_a_month_that_is_none_is_one_problem_of_its_column(tmp_path: Path) -> None:
    """Only once, and an empty list is one still."""
    for months, said in (("13", "at most 12"), ("", "required value is blank")):
        with pytest.raises(InputError) as raised:
            rated(tmp_path / f"s{months}", f"cold,cable,,{months},110\n")
        (problem,) = raised.value.problems
        assert (problem.file, problem.row, problem.column) == ("seasonal_ratings.csv", 2, "months")
        assert said in in_language(str(problem), "en")


def test_a_named_branch_goes_before_its_kind(tmp_path: Path) -> None:
    """Transformers that projects add are of the kind too."""
    found = percents(
        rated(tmp_path / "s", "named,,trafo:1,1,110\ncold,transformer,,12 1 2,120\nwarm,transformer,,7,95\n")
    )
    assert found.pop("trafo:1") == [110.0, 95.0]
    assert {name for name, percent in found.items() if percent == [120.0, 95.0]} == {
        *("trafo:0", "trafo:2", "trafo:3", "trafo:4", "trafo:5"),
    }
    assert [found["line:0"], found["line:1"]] == [[100.0, 100.0]] * 2


def test_lines_and_cables_are_told_apart_by_type(tmp_path: Path) -> None:
    net = stations_net()
    net.line["type"] = ["ol", "cs"]
    found = percents(rated(tmp_path / "s", "a,overhead_line,,1,115\nb,kabel,,7,90\n", net))
    assert [found["line:0"], found["line:1"], found["trafo:0"]] == [[115.0, 100.0], [100.0, 90.0], [100.0, 100.0]]


def test_problems_come_all_at_once(tmp_path: Path) -> None:
    rows = (
        "both,transformer,trafo:0,1,110\nneither,,,1,110\nnowhere,,trafo:9 bus:0,1,110\n"
        "first,,trafo:1,1 2,110\nagain,,trafo:1,2 3,105\ncables,cable,,1,110\n"
    )
    study = rated(tmp_path / "s", rows)
    with pytest.raises(InputError) as found:
        percents(study)
    at = [(problem.row, problem.column) for problem in found.value.problems]
    assert at == [(2, "kind"), (3, "kind"), (4, "elements"), (4, "elements"), (6, "months"), (7, "kind")]
    for language, word in (("nl", "soort"), ("en", "kind")):
        assert word in in_language(found.value.problems[-1].what, language)


@pytest.mark.slow
def test_the_base_case_is_overloaded_in_the_warm_month_alone(tmp_path: Path) -> None:
    """59 MW on 40 MVA while the other transformer is out: within 160 % of the rating, and above 100 % in July."""
    overload = []
    for folder, rows in (("plain", ""), ("rated", "cold,transformer,,1 2 3 4 5 6 8 9 10 11 12,160\n")):
        with Session(rated(tmp_path / folder, rows), threads=1) as session:
            table = base_case_tables(session)["base_case"].set_index("outage")
        overload.append(float(table.at["trafo:0", "overload_mvah"]))
    assert overload[1] == pytest.approx(overload[0] * 31 / 365, rel=0.02)
    assert table.at["trafo:0", "worst_limit_percent"] == 100.0
    assert 181 * 24 <= table.at["trafo:0", "worst_hour"] < 212 * 24
