"""Publications into typed rows: units, sentinels, what is withheld, and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gridprio.errors import InputError
from gridprio.inputs.enumerations import Direction
from gridprio.published.hierarchy import parents_of
from gridprio.published.reader import read_publication
from gridprio.published.records import PublishedYear

from .entries import ABOVE, AREA, OWN_PROJECT, TSO_PROJECT, changed, write

DEMAND, FEED_IN = Direction.DEMAND, Direction.FEED_IN


def test_strings_with_units_become_numbers_and_dashes_stay_unknown(tmp_path: Path) -> None:
    publication, _ = read_publication([write(tmp_path)])
    area = publication.areas[0]
    demand, feed_in = area.figures[DEMAND], area.figures[FEED_IN]
    assert (demand.capacity_mw, demand.needed_mw, demand.queue_mw, demand.requests) == (83.6, 80.0, 10.5, 4)
    assert (demand.solved, demand.transmission_solved) == (PublishedYear(2029), PublishedYear(2035))
    assert (feed_in.capacity_mw, feed_in.queue_mw, feed_in.requests) == (None, 0.0, None)
    assert area.box is not None and area.box.centre == pytest.approx((5.1, 52.05))


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("2029", (2029, 2029, None)),
        ("2034 - 2037", (2034, 2037, None)),
        ("Tussen 2031 en 2033", (2031, 2033, None)),
        ("2028 - Q3", (2028, 2028, 3)),
        ("2099", (None, None, None)),
        ("2031 - 2095", (None, None, None)),
        ("-", (None, None, None)),
    ],
)
def test_windows(tmp_path: Path, text: str, window: tuple[int | None, ...]) -> None:
    entry = changed(AREA, projects=[OWN_PROJECT | {"dateString": text, "year": "-"}])
    publication, _ = read_publication([write(tmp_path, entry)])
    [project] = publication.projects.values()
    assert (project.from_year, project.to_year, project.quarter) == window
    assert project.is_withdrawn == text.endswith(("2099", "2095"))


def test_days_stand_in_for_a_text_that_is_absent(tmp_path: Path) -> None:
    entry = changed(AREA, projects=[TSO_PROJECT | {"dateString": None}])
    [project] = read_publication([write(tmp_path, entry)])[0].projects.values()
    assert (project.from_year, project.to_year, project.width_years) == (2034, 2037, 3.0)


def test_a_withdrawn_year_is_no_year(tmp_path: Path) -> None:
    publication, _ = read_publication([write(tmp_path, changed(AREA, yearSolvedWithdrawal="2099"))])
    assert publication.areas[0].figures[DEMAND].solved == PublishedYear(None, True)


def test_projects_are_known_by_operator_and_name(tmp_path: Path) -> None:
    """One project in two areas is one project, whatever numbers it has."""
    other = changed(AREA, id="BB", projects=[TSO_PROJECT | {"projectUrl": "x"}])
    publication, _ = read_publication([write(tmp_path, AREA, other)])
    assert list(publication.projects) == [("Noord", "Extra trafo Aa"), ("TenneT", "Zandveen 150 kV")]
    assert publication.areas[1].projects == (("TenneT", "Zandveen 150 kV"),)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"queueWithdrawal": "10.5 kW"}, "queueWithdrawal"),
        ({"queueWithdrawal": "veel"}, "queueWithdrawal"),
        ({"queueWithdrawal": "-3 MW"}, "queueWithdrawal"),
        ({"uniqueRequestsWithdrawal": "4.5"}, "uniqueRequestsWithdrawal"),
        ({"yearSolvedWithdrawal": "binnenkort"}, "yearSolvedWithdrawal"),
        ({"bboxLeft": "west"}, "bboxLeft"),
        ({"rnb": ""}, "rnb"),
        ({"id": None}, "id"),
        ({"projects": "geen"}, "projects"),
        ({"projects": [OWN_PROJECT | {"dateString": "ooit"}]}, "dateString"),
        ({"projects": [OWN_PROJECT | {"projectPhase": "dreamt"}]}, "projectPhase"),
        ({"projects": [OWN_PROJECT | {"name": ""}]}, "name"),
        ({"projects": [OWN_PROJECT, OWN_PROJECT | {"dateString": "2031"}]}, "projects"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(tmp_path: Path, change: dict[str, Any], column: str) -> None:
    path = write(tmp_path, ABOVE, changed(AREA, **change))
    with pytest.raises(InputError) as caught:
        read_publication([path])
    [problem] = caught.value.problems
    assert problem.file.startswith("map.json [2]") and problem.column == column
    assert problem.found and problem.expected and problem.mend


def test_all_problems_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, changed(AREA, queueWithdrawal="?", bboxTop="?"), changed(AREA, id="BB", rnb=None))
    with pytest.raises(InputError) as caught:
        read_publication([path])
    assert len(caught.value.problems) == 3


def test_an_area_of_two_publications_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stands twice"):
        read_publication([write(tmp_path), write(tmp_path, name="older.json")])


def test_later_years_come_from_the_information_model_beside_the_service_form(tmp_path: Path) -> None:
    years = [{"capacity_interval": {"year": y}, "demand_available_capacity": mw} for y, mw in ((2026, 1), (2030, 350))]
    areas = [{"short_code": "Midden", "type": "congestion_area", "area_capacity": years, "works": []}]
    regions = [{"regions": [{"description": "TenneT", "energy_areas": areas}]}]
    head = {"conforms_to": "http://data.netbeheernederland.nl/data-product/dp-capaciteitskaart", "identifier": "x"}
    model = tmp_path / "model.json"
    model.write_text(json.dumps(head | {"version": "2.1.0", "geographical_regions": regions}))
    figures = read_publication([write(tmp_path), model])[0].areas[1].figures[DEMAND]
    assert (figures.capacity_mw, figures.capacity_by_year_mw) == (300.0, {2026: 1.0, 2030: 350.0})


@pytest.mark.parametrize("content", ['{"a": 1}', "[1, 2]", "[]", '"text"'])
def test_files_of_something_else_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(InputError, match="not recognised"):
        read_publication([path])


@pytest.mark.parametrize("content", ['{"@context": {}, "@graph": []}', '{"@context": "x", "@type": "dcat:Dataset"}'])
def test_json_ld_is_refused_with_the_forms_that_are_read(tmp_path: Path, content: str) -> None:
    path = tmp_path / "op.jsonld"
    path.write_text(content)
    with pytest.raises(InputError) as raised:
        read_publication([path])
    [problem] = raised.value.problems
    assert "JSON-LD" in problem.what and "CSV download" in problem.expected and "v2.1" in problem.mend


def test_a_parent_agrees_in_year_place_and_projects(tmp_path: Path) -> None:
    other_year = changed(ABOVE, id="Later", yearSolvedWithdrawal="2036")
    elsewhere = changed(ABOVE, id="Oost", bboxLeft=5.5)
    other_project = changed(ABOVE, id="Ander", projects=[TSO_PROJECT, TSO_PROJECT | {"name": "Elders"}])
    publication, _ = read_publication([write(tmp_path, AREA, ABOVE, other_year, elsewhere, other_project)])
    area, *above = publication.areas
    found = parents_of(area, DEMAND, above)
    assert found.area_ids == ("Midden",) and found.is_certain and not found.is_unknown
    assert parents_of(area, FEED_IN, above).area_ids == ()
    assert parents_of(area, DEMAND, above[1:]).is_unknown


def test_several_parents_are_all_kept_and_uncertain(tmp_path: Path) -> None:
    publication, _ = read_publication([write(tmp_path, AREA, ABOVE, changed(ABOVE, id="Twee"))])
    area, *above = publication.areas
    found = parents_of(area, DEMAND, above)
    assert found.area_ids == ("Midden", "Twee") and not found.is_certain


def test_csv_downloads(tmp_path: Path) -> None:
    """Comma as decimal sign; areas of the transmission operator have a row per year."""
    head = "_transportcapaciteit_afname;".join(("aanwezige", "benodigde", "")) + "wachtrij_afname"
    head += ";aanwezige_transportcapaciteit_invoeding;jaartal_opgelost_afname"
    regional = tmp_path / "voedingsgebieden.csv"
    regional.write_text(f"voedingsgebied_id;RNB;projecten;{head}\nAA;Noord;AA_2029,AA_2031;62,5;50;3,2;;2029\n")
    above = tmp_path / "tennetgebieden.csv"
    above.write_text(f"congestiegebied;jaar;{head}\nMidden;2027;310;290;0;;2035\nMidden;2026;300;290;0;5,5;2035\n")
    publication, _ = read_publication([regional, above])
    area, transmission = publication.areas
    assert area.figures[DEMAND].capacity_mw == 62.5 and area.figures[FEED_IN].capacity_mw is None
    assert [(p.operator, p.to_year) for p in publication.projects.values()] == [("Noord", 2029), ("Noord", 2031)]
    assert transmission.is_transmission and transmission.figures[DEMAND].capacity_mw == 300.0
    assert transmission.figures[DEMAND].capacity_by_year_mw == {2026: 300.0, 2027: 310.0}


def test_province_by_centre_then_by_table(tmp_path: Path) -> None:
    table = tmp_path / "areas.csv"
    table.write_text("area_id,province\nBB,Gelderland\n")
    sea = changed(AREA, id="Zee", bboxLeft=2.0, bboxRight=2.2)
    path = write(tmp_path, AREA, changed(AREA, id="BB"), sea)
    publication, provinces = read_publication([path, table])
    assert [provinces.of(area) for area in publication.areas] == [("Utrecht", True), ("Gelderland", True), ("", False)]
    assert provinces.name_of("utrecht") == "Utrecht" and provinces.name_of("Friesland") == "Fryslân"
    with pytest.raises(InputError, match=r"[Dd]id you mean"):
        provinces.name_of("Utrech")


def test_outlines_of_the_user_replace_those_shipped(tmp_path: Path) -> None:
    ring = [[4.0, 51.0], [7.0, 51.0], [7.0, 53.0], [4.0, 53.0], [4.0, 51.0]]
    feature = {"properties": {"name": "Eigen"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path = tmp_path / "outlines.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    publication, provinces = read_publication([write(tmp_path), path])
    assert provinces.of(publication.areas[0]) == ("Eigen", True)


def test_the_nearest_outline_is_said_to_be_uncertain(tmp_path: Path) -> None:
    """The centre lies in the lake between two provinces."""
    lake = changed(AREA, bboxLeft=5.25, bboxRight=5.35, bboxBottom=52.68, bboxTop=52.72)
    publication, provinces = read_publication([write(tmp_path, lake)])
    assert provinces.of(publication.areas[0]) == ("Noord-Holland", False)
