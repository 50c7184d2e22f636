"""The public map of August 2026 where it is at hand: ten areas of Overijssel, read by hand from its tables, and runs.

The map is not in this repository: facts of it are compared with what the reader and the study make of them.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from gridprio.inputs.enumerations import Direction
from gridprio.published.findings import findings_of
from gridprio.published.reader import read_publication
from gridprio.published.records import AreaFigures
from gridprio.published.selection import Selection, select
from gridprio.published.study_projects import needed_projects
from gridprio.published.windows import published_widths
from tests.external import SHARED_CASES

MAP = SHARED_CASES.parent / "data/capacity_map_2026_08/service_areas.json.gz"
pytestmark = pytest.mark.skipif(not MAP.is_file(), reason=f"the public map is not at hand ({MAP})")

BY_HAND = {
    # demand: capacity, need, queue, requests, own year, year above | feed-in: the same | own project
    "AMLM": ((83.6, 83.1, 10.5, 41, 2029, 2035), (78.5, 42.4, 14.4, 43, 2026, 2036), "Almelo Mosterdpot"),
    "DVTB": ((72, 54.4, 10.1, 44, 2026, 2035), (69.7, 50.2, 9, 45, 2026, 2036), "Deventer Bergweide"),
    "ESDH": ((69.1, 53.8, 9.4, 36, 2026, 2035), (69.1, 16.8, 1.9, 20, 2026, 2036), ""),
    "GO": ((72.2, 43.7, 3.7, 30, 2026, 2035), (72.2, 67.7, 47.4, 18, 2030, 2036), ""),
    "HDB": ((51, 45.3, 11.3, 55, 2027, 2035), (47.1, 58.1, 28.4, 41, 2027, 2036), "Hardenberg"),
    "KP": ((49.6, 46.9, 11.8, 30, 2029, 2035), (46.8, 44.8, 7.6, 36, 2029, 2036), "Kampen"),
    "ODZ": ((94.5, 61.2, 10.1, 48, 2026, 2035), (92, 63, 7.3, 35, 2026, 2036), "Oldenzaal"),
    "RT": ((53.5, 55.2, 5.7, 46, 2027, 2035), (53, 82.6, 14, 48, 2027, 2036), "Raalte"),
    "ZLH": ((90.7, 70.3, 44.9, 40, None, 2035), (90.7, 77.5, 96.7, 32, None, 2036), ""),
    "TBG": ((45.2, 20.7, 2.3, 17, 2026, 2035), (43.5, 42.4, 2.6, 21, None, 2036), ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    unpacked = tmp_path_factory.mktemp("map") / "service_areas.json"
    unpacked.write_bytes(gzip.decompress(MAP.read_bytes()))
    return unpacked


@pytest.fixture(scope="module")
def overijssel(path: Path) -> Selection:
    return select(*read_publication([path]), "Overijssel")


@pytest.mark.parametrize("area_id", BY_HAND)
def test_ten_areas_by_hand(overijssel: Selection, area_id: str) -> None:
    demand, feed_in, own = BY_HAND[area_id]
    [area] = [one for one in overijssel.regional if one.area_id == area_id]
    assert _row(area.figures[Direction.DEMAND]) == demand
    assert _row(area.figures[Direction.FEED_IN]) == feed_in
    assert [name for _, name in needed_projects(overijssel, area, Direction.DEMAND)] == (
        [f"Extra capaciteit op {own}"] if own else []
    )
    assert overijssel.parents[area_id, Direction.DEMAND].area_ids == ("Overijssel",)
    above = sum(overijssel.publication.projects[key].is_transmission for key in area.projects)
    assert above == 12


def _row(figures: AreaFigures) -> tuple[float | int | None, ...]:
    years = figures.solved.year, figures.transmission_solved.year
    return figures.capacity_mw, figures.needed_mw, figures.queue_mw, figures.requests, *years


def test_the_whole_map_is_read(path: Path) -> None:
    publication, _ = read_publication([path])
    assert (len(publication.areas), len(publication.projects)) == (243, 371)
    assert sum(area.is_transmission for area in publication.areas) == 21
    widths = published_widths(publication.projects.values())
    found = [round(widths["TenneT", phase], 1) for phase in ("inProgress", "scheduled", "approved")]
    assert found == [0.6, 1.9, 3.0]


def test_every_regional_area_with_a_year_above_has_a_parent(path: Path) -> None:
    everywhere = select(*read_publication([path]), None)
    unknown = [key for key, parents in everywhere.parents.items() if parents.is_unknown]
    uncertain = {key for key, parents in everywhere.parents.items() if not parents.is_certain}
    assert unknown == []
    assert len(uncertain) == 12 and {direction for _, direction in uncertain} == {Direction.FEED_IN}


def test_fractions_bound_from_above(overijssel: Selection) -> None:
    demand, feed_in = findings_of(overijssel).by_direction
    assert (len(demand.bound_above), len(demand.congested), len(demand.both_years)) == (25, 25, 24)
    assert (len(feed_in.bound_above), len(feed_in.congested), len(feed_in.both_years)) == (25, 25, 21)
