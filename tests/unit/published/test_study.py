"""A publication into a study folder: what stands in which table, and what is marked as assumed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gridprio.cli.app import app
from gridprio.errors import InputError, StoreError
from gridprio.inputs.read import inspect_as_written
from gridprio.inputs.schema import TABLES
from gridprio.published.findings import findings_of
from gridprio.published.reader import read_publication
from gridprio.published.records import AreaFigures, PublishedProject
from gridprio.published.selection import Selection, select
from gridprio.published.study_areas import Origin, _published_class
from gridprio.published.study_folder import study_texts, write_study
from gridprio.published.windows import Widths, published_widths

from .entries import ABOVE, AREA, OWN_PROJECT, TSO_PROJECT, changed, write

ORIGIN = Origin("map of the test", dt.date(2026, 8, 8), "en")
Table = list[dict[str, str]]


def selection_of(folder: Path, *entries: dict[str, Any], province: str | None = "Utrecht") -> Selection:
    publication, provinces = read_publication([write(folder, *entries)])
    return select(publication, provinces, province)


def tables_of(selection: Selection) -> dict[str, Table]:
    texts = study_texts(selection, ORIGIN, {})
    names = [name for name in texts if name.endswith(".csv")]
    return {name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(texts[name]))) for name in names}


def test_every_table_from_the_small_publication(tmp_path: Path) -> None:
    tables = tables_of(selection_of(tmp_path))
    assert [(row["area_id"], row["kind"], row["parents"]) for row in tables["areas"]] == [
        ("aa", "regional", "midden"),
        ("midden", "transmission", ""),
    ]
    [own, above] = tables["station_capacity"]
    numbers = ("capacity_mw", "contracted_mw", "queue_mw", "published_year", "published_year_above")
    assert [own[name] for name in numbers] == ["83.6", "80", "10.5", "2029", "2035"]
    assert [above[name] for name in numbers] == ["300", "290", "100", "2035", ""]
    needed = [(row["project_id"], row["area_id"], row["direction"]) for row in tables["project_capacity"]]
    assert needed == [("noord-extra-trafo-aa", "aa", "demand"), ("tennet-zandveen-150-kv", "midden", "demand")]
    [queue] = tables["developments"]
    assert (queue["station_id"], queue["direction"], queue["p_mw"]) == ("aa", "demand", "10.5")


def test_every_row_has_source_and_date_and_assumptions_are_marked(tmp_path: Path) -> None:
    tables = tables_of(selection_of(tmp_path))
    for name, rows in tables.items():
        for row in rows if name != "scenarios" else []:
            assert (row["source"], row["source_date"]) == ("map of the test", "2026-08-08"), name
    assert {row["assumed"] for row in tables["station_capacity"]} == {"false"}
    for name in ("stations", "projects", "project_phases", "project_capacity", "developments"):
        assert {row["assumed"] for row in tables[name]} == {"true"}, name
    assert [row["assumed"] for row in tables["areas"]] == ["true", "false"]


def test_phases_end_in_the_first_month_of_the_window(tmp_path: Path) -> None:
    approved = TSO_PROJECT | {"name": "Later", "projectPhase": "approved"}
    tables = tables_of(selection_of(tmp_path, changed(AREA, projects=[OWN_PROJECT, TSO_PROJECT, approved]), ABOVE))
    months: dict[str, list[tuple[str, int, str]]] = {}
    for row in tables["project_phases"]:
        months.setdefault(row["project_id"], []).append((row["phase"], int(row["duration_months"]), row["start"]))
    assert months["noord-extra-trafo-aa"] == [("build", 36, "2026-01")]
    assert months["tennet-zandveen-150-kv"] == [("permit", 72, ""), ("build", 24, "")]
    assert months["tennet-later"] == [("study", 24, ""), ("permit", 48, ""), ("build", 24, "")]
    tiers = {row["project_id"]: row["tier"] for row in tables["projects"]}
    assert tiers == {"noord-extra-trafo-aa": "0", "tennet-zandveen-150-kv": "3", "tennet-later": "3"}


def test_a_withdrawn_project_ends_with_the_horizon_and_is_named(tmp_path: Path) -> None:
    entry = changed(AREA, projects=[OWN_PROJECT | {"dateString": "2099", "year": "2099"}, TSO_PROJECT])
    selection = selection_of(tmp_path, entry, ABOVE)
    phases = [row for row in tables_of(selection)["project_phases"] if row["project_id"] == "noord-extra-trafo-aa"]
    head = tomllib.loads(study_texts(selection, ORIGIN, {})["study.toml"])["settings"]
    assert sum(int(row["duration_months"]) for row in phases) == 12 * (head["end_year"] - head["start_year"] + 1)
    assert findings_of(selection).undated == ("Extra trafo Aa (Noord)",)


def test_withheld_figures_are_assumed_to_leave_nothing(tmp_path: Path) -> None:
    """Without a need nothing is left; without a capacity nothing fits until the projects are in."""
    no_need = changed(AREA, requiredTransportCapacityWithdrawal="-")
    [own, _] = tables_of(selection_of(tmp_path, no_need, ABOVE))["station_capacity"]
    assert (own["capacity_mw"], own["contracted_mw"], own["assumed"]) == ("83.6", "83.6", "true")
    no_capacity = changed(AREA, existingTransportCapacityWithdrawal="-")
    [own, _] = tables_of(selection_of(tmp_path, no_capacity, ABOVE))["station_capacity"]
    assert (own["capacity_mw"], own["queue_mw"], own["assumed"]) == ("0", "10.5", "true")


def test_a_queue_without_any_limit_is_left_out_and_named(tmp_path: Path) -> None:
    entry = changed(AREA, queueInjection="7 MW", projects=[TSO_PROJECT])
    selection = selection_of(tmp_path, entry, ABOVE)
    assert [row["direction"] for row in tables_of(selection)["developments"]] == ["demand"]
    demand, feed_in = findings_of(selection).by_direction
    assert (demand.unlimited, feed_in.unlimited) == ((), ("AA",))


def test_a_project_after_the_published_year_is_not_needed_for_it(tmp_path: Path) -> None:
    late = TSO_PROJECT | {"name": "Late", "dateString": "2036 - 2038"}
    entries = changed(AREA, projects=[OWN_PROJECT, TSO_PROJECT, late]), changed(ABOVE, projects=[TSO_PROJECT, late])
    needed = [row["project_id"] for row in tables_of(selection_of(tmp_path, *entries))["project_capacity"]]
    assert needed == ["noord-extra-trafo-aa", "tennet-zandveen-150-kv"]


def test_a_transmission_area_without_projects_has_those_of_the_areas_below(tmp_path: Path) -> None:
    other = changed(AREA, id="BB", projects=[TSO_PROJECT, TSO_PROJECT | {"name": "Elders"}])
    tables = tables_of(selection_of(tmp_path, AREA, other, changed(ABOVE, projects=[])))
    rows = [row for row in tables["project_capacity"] if row["area_id"] == "midden"]
    assert [row["project_id"] for row in rows] == ["tennet-zandveen-150-kv"]


def test_names_with_blanks_become_ids_that_lists_can_hold(tmp_path: Path) -> None:
    names = ("OS 'S-GRAVE 10-1i", "OS S GRAVE 10 1i", "=1+1")
    tables = tables_of(selection_of(tmp_path, *(changed(AREA, id=name) for name in names), ABOVE))
    ids = [row["area_id"] for row in tables["areas"]]
    assert ids == ["os-s-grave-10-1i", "os-s-grave-10-1i-2", "1-1", "midden"]


def test_fractions_of_areas_bound_from_above(tmp_path: Path) -> None:
    own_later = changed(AREA, id="BB", yearSolvedWithdrawal="2037")
    only_above = changed(AREA, id="CC", yearSolvedWithdrawal="-")
    only_own = changed(AREA, id="DD", tennetYearSolvedWithdrawal="-")
    withdrawn = changed(AREA, id="EE", yearSolvedWithdrawal="2099")
    selection = selection_of(tmp_path, AREA, own_later, only_above, only_own, withdrawn, ABOVE)
    demand, feed_in = findings_of(selection).by_direction
    assert demand.congested == ("AA", "BB", "CC", "DD", "EE")
    assert demand.bound_above == ("AA", "CC") and demand.withdrawn == ("EE",)
    assert (demand.both_years, demand.later_above) == (("AA", "BB", "EE"), ("AA",))
    assert feed_in.congested == ()


def test_delays_cover_the_window_and_single_years_get_a_width() -> None:
    def project(name: str, first: int, last: int, quarter: int | None = None) -> PublishedProject:
        return PublishedProject("Noord", name, "scheduled", "", first, last, quarter)

    three = project("a", 2030, 2032), project("b", 2031, 2033), project("c", 2030, 2030)
    widths = Widths(published_widths(three))
    assert widths.by_operator == {("Noord", "scheduled"): pytest.approx(4 / 3)}
    assert widths.delay_months(three[0]) == (pytest.approx(18), pytest.approx(36 / 12**0.5))
    assert widths.delay_months(three[2])[0] == pytest.approx((12 * 4 / 3 + 12) / 2)
    singles = [project(name, 2030, 2030, 2) for name in "abc"]
    assert published_widths(singles) == {}
    assert Widths({}).delay_months(singles[0])[0] == pytest.approx((12 * 1.9 + 3) / 2)


def test_the_command_writes_a_folder_once(tmp_path: Path) -> None:
    path = write(tmp_path)
    arguments = ["new", str(tmp_path / "study"), "--from", "capacity-map", str(path), "--province", "Utrecht"]
    done = CliRunner().invoke(app, [*arguments, "--language", "en", "--date", "2026-08-08"])
    assert done.exit_code == 0, done.output
    assert "in 1 of 1 congested area (100%)" in done.output
    head = tomllib.loads((tmp_path / "study" / "study.toml").read_text(encoding="utf-8"))
    assert head["study"]["mode"] == "stations" and len(head["study"]["remarks"]) >= 6
    assert "(100%)" in (tmp_path / "study" / "readme.md").read_text(encoding="utf-8")
    assert CliRunner().invoke(app, arguments).exit_code == 4
    assert CliRunner().invoke(app, [*arguments[:-1], "Atlantis"]).exit_code == 2


def test_the_workbook_of_a_publication_is_the_same_study(tmp_path: Path) -> None:
    path = write(tmp_path)
    for folder, form in (("tables", []), ("book", ["--workbook"])):
        arguments = ["new", str(tmp_path / folder), "--from", "capacity-map", str(path), "--province", "Utrecht", *form]
        done = CliRunner().invoke(app, [*arguments, "--date", "2026-08-08"])
        assert done.exit_code == 0, done.output
    assert sorted(file.suffix for file in (tmp_path / "book").iterdir()) == [".md", ".xlsx"]
    (tables, _), (book, problems) = (inspect_as_written(tmp_path / folder) for folder in ("tables", "book"))
    assert not problems and tables is not None and book is not None
    assert (tables.head, tables.settings) == (book.head, book.settings)
    for name in TABLES:
        assert getattr(tables, name) == getattr(book, name), name


def test_a_province_without_areas_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no regional area"):
        selection_of(tmp_path, province="Zeeland")


def test_an_existing_folder_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "own.txt").write_text("kept")
    with pytest.raises(StoreError, match="left as it is"):
        write_study(tmp_path / "study", {"study.toml": ""})


def test_numbers_are_written_so_that_a_table_of_one_row_reads_back(tmp_path: Path) -> None:
    """`6.939` alone may have a thousands separator."""
    entry = changed(AREA, bboxLeft=5.1, bboxRight=5.1 + 0.078, existingTransportCapacityWithdrawal="83.125 MW")
    tables = tables_of(selection_of(tmp_path, entry, province=None))
    assert tables["stations"][0]["longitude"] == "5.1390"
    assert tables["station_capacity"][0]["capacity_mw"] == "83.1250"


@pytest.mark.parametrize(
    ("code", "colour"), [(None, None), (0, "transparent"), (1, "yellow"), (2, "amber"), (3, "red"), (4, None)]
)
def test_the_code_of_the_map_is_the_published_colour_of_a_station(code: int | None, colour: str | None) -> None:
    assert _published_class(AreaFigures(transmission_code=code)) == colour
