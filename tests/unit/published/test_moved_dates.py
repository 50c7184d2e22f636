"""Two publications beside each other."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gridprio.cli.app import app
from gridprio.published.moved_dates import moved_dates, moved_groups, slips_between
from gridprio.published.reader import read_publication
from gridprio.published.records import Publication
from gridprio.published.windows import Widths

from .entries import AREA, OWN_PROJECT, changed, write


def publication(folder: Path, name: str, dates: dict[str, str]) -> Publication:
    projects = [OWN_PROJECT | {"name": project, "dateString": date, "year": "-"} for project, date in dates.items()]
    return read_publication([write(folder, changed(AREA, projects=projects), name=name)])[0]


def test_what_slipped_moved_back_was_withdrawn_or_left(tmp_path: Path) -> None:
    before = {"a": "2029", "b": "2030 - 2032", "c": "2028 - Q1", "d": "2031", "e": "2031", "f": "2099"}
    after = {"a": "2030", "b": "2030 - 2031", "c": "2028 - Q3", "d": "2099", "f": "2035", "new": "2040"}
    earlier, later = publication(tmp_path, "before.json", before), publication(tmp_path, "after.json", after)
    moves = {move.earlier.name: move.moved_months for move in moved_dates(earlier, later)}
    assert moves == {"a": 12, "b": -12, "c": 6, "d": None, "e": None, "f": None}
    [group] = moved_groups(moved_dates(earlier, later))
    assert (group.projects, group.slipped, group.moved_back, group.withdrawn, group.gone) == (6, 2, 1, 1, 1)
    assert group.mean_months == pytest.approx(2.0) and group.sd_months == pytest.approx(math.sqrt(104))
    assert slips_between(earlier, later) == {("Noord", "inProgress"): (group.mean_months, group.sd_months)}


def test_groups_without_dates_give_no_slip(tmp_path: Path) -> None:
    earlier = publication(tmp_path, "before.json", {"a": "-"})
    assert math.isnan(moved_groups(moved_dates(earlier, earlier))[0].mean_months)
    assert slips_between(earlier, earlier) == {}


def test_the_command_shows_groups_and_writes_the_back_test(tmp_path: Path) -> None:
    publication(tmp_path, "before.json", {"a": "2029", "b": "2030"})
    publication(tmp_path, "after.json", {"a": "2031"})
    arguments = ["delays", *(str(tmp_path / name) for name in ("before.json", "after.json")), "--language", "en"]
    done = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "back-test.csv")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "back-test.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "Noord,a,inProgress,2029,2031,inProgress,24",
        "Noord,b,inProgress,2030,,,",
    ]
    assert "24.0" in done.output


def test_moved_dates_widen_the_delays_of_a_study(tmp_path: Path) -> None:
    """By hand: 12, 0 and 0 months are 4 on average; the spread is the root of (64 + 16 + 16) / 3. Two say nothing."""
    two, three = {"a": "2029", "b": "2030"}, {"a": "2029", "b": "2030", "c": "2031"}
    slipped = {"a": "2030", "b": "2030", "c": "2031"}
    earlier, later = publication(tmp_path, "before.json", three), publication(tmp_path, "after.json", slipped)
    assert slips_between(publication(tmp_path, "fewer.json", two), later) == {}
    project = later.projects["Noord", "a"]
    before, after = Widths({}).delay_months(project), Widths({}, slips_between(earlier, later)).delay_months(project)
    assert after[0] - before[0] == pytest.approx(4.0) and after[1] ** 2 - before[1] ** 2 == pytest.approx(32.0)
