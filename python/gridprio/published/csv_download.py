"""CSV downloads of the capacity map: feeding areas, areas of the transmission operator by year, provinces of areas.

Columns as in the downloads of 2026 (data.partnersinenergie.nl) and in tables that group them; `;`, decimal comma.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gridprio.errors import Problem
from gridprio.inputs.csv_text import read_csv_grid
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.limits import TABLE_MAX_ROWS, check_lines
from gridprio.inputs.number_style import NumberStyle
from gridprio.published.records import TRANSMISSION, AreaFigures, Publication, PublishedArea, PublishedProject
from gridprio.published.values import Cells, style_of
from gridprio.text import sentence

_ID_COLUMNS = ("voedingsgebied_id", "cluster", "congestiegebied")
_OPERATOR_COLUMNS = ("RNB", "netbeheerders")
_WORDS = {Direction.DEMAND: ("afname", "afname_code"), Direction.FEED_IN: ("invoeding", "opwek_code")}
_CAPACITIES = ("aanwezige_transportcapaciteit", "benodigde_transportcapaciteit", "wachtrij")
_UNKNOWN_CODE = "-1"

Provinces = dict[str, str]


def read_csv_download(file: str, content: bytes, problems: list[Problem]) -> Publication | Provinces | None:
    """Areas, or province by area where the table has columns `area_id` and `province`; None where it is neither."""
    check_lines(file, content, TABLE_MAX_ROWS)
    grid = read_csv_grid(file, content, (), problems)
    if not grid:
        return None
    header = [name.strip() for name in grid[0]]
    rows = [(at, dict(zip(header, row, strict=False))) for at, row in enumerate(grid[1:], start=2) if any(row)]
    if {"area_id", "province"} <= set(header):
        return {row["area_id"].strip(): row["province"].strip() for _, row in rows if row["province"].strip()}
    key = next((name for name in _ID_COLUMNS if name in header), None)
    needed = [f"aanwezige_transportcapaciteit_{word}" for word, _ in _WORDS.values()]
    if key is None or not set(needed) <= set(header):
        what, expected = sentence("problem.not_published"), sentence("expected.published_file")
        problems.append(
            Problem(file, 1, None, what, ", ".join(header)[:120], expected, sentence("remedy.download_anew"))
        )
        return None
    numeric = [f"{name}_{word}" for name in _CAPACITIES for word, _ in _WORDS.values()]
    style = style_of(row.get(name) for _, row in rows for name in numeric)
    entries = [_entry(file, at, row, key, problems, style) for at, row in rows]
    areas = tuple(_one_area(group) for group in _by_area(entries))
    projects = {project.key: project for _, _, listed in entries for project in listed}
    return Publication(areas, projects, (file,))


_Entry = tuple[PublishedArea, int | None, tuple[PublishedProject, ...]]


def _entry(file: str, at: int, row: dict[str, str], key: str, problems: list[Problem], style: NumberStyle) -> _Entry:
    """One row: an area, the year of its capacities, and its projects."""
    cells = Cells(file, at, row, problems, style)
    is_transmission = key == "congestiegebied"
    operator = next((cells.text(name) for name in _OPERATOR_COLUMNS if name in row), "")
    area_id = cells.text(key, required=True)
    listed = tuple(_projects(cells, operator))
    area = PublishedArea(
        area_id,
        area_id,
        TRANSMISSION if is_transmission else operator,
        is_transmission,
        {direction: _figures(cells, *words) for direction, words in _WORDS.items()},
        tuple(dict.fromkeys(project.key for project in listed)),
        place=f"{file}, row {at}",
    )
    return area, cells.year("jaar").year, listed


def _figures(cells: Cells, word: str, code: str) -> AreaFigures:
    known: Any = cells.cells.get(code)
    return AreaFigures(
        cells.megawatts(f"aanwezige_transportcapaciteit_{word}"),
        cells.megawatts(f"benodigde_transportcapaciteit_{word}"),
        cells.megawatts(f"wachtrij_{word}"),
        cells.count(f"unieke_verzoeken_{word}"),
        cells.year(f"jaartal_opgelost_{word}"),
        transmission_code=None if known == _UNKNOWN_CODE else cells.count(code),
    )


def _projects(cells: Cells, operator: str) -> Iterator[PublishedProject]:
    """`ZLF_2029,ZLW_2031`: expansions named by station and year."""
    for name in filter(None, (part.strip() for part in cells.text("projecten").split(","))):
        _, mark, year = name.rpartition("_")
        dated = Cells(cells.place, cells.row, {"projecten": year if mark else name}, cells.problems, cells.style)
        window = dated.window("projecten")
        yield PublishedProject(
            operator, name, "", year, window.from_year, window.to_year, window.quarter, window.is_withdrawn
        )


def _by_area(entries: Sequence[_Entry]) -> Iterator[Sequence[_Entry]]:
    groups: dict[str, list[_Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry[0].area_id].append(entry)
    yield from groups.values()


def _one_area(group: Sequence[_Entry]) -> PublishedArea:
    """Rows of one area differ by year: the first year is now, all of them look ahead."""
    ordered = sorted(group, key=lambda entry: entry[1] or 0)
    first, others = ordered[0][0], [(area, year) for area, year, _ in ordered if year is not None]
    if len(ordered) == 1:
        return first
    figures = {
        direction: replace(
            now,
            capacity_by_year_mw={
                year: capacity for area, year in others if (capacity := area.figures[direction].capacity_mw) is not None
            },
        )
        for direction, now in first.figures.items()
    }
    return replace(first, figures=figures)
