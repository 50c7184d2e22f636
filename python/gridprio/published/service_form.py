"""The capacity map as its service gives it: one `{"serviceArea": {...}}` per area, strings with units, `-` for nothing.

Known from the public map (capaciteitskaart.netbeheernederland.nl) as archived in August 2026.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gridprio.errors import Problem
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.number_style import NumberStyle
from gridprio.inputs.values import as_seen
from gridprio.published.records import (
    PHASES,
    TRANSMISSION,
    WITHDRAWN_FROM,
    AreaFigures,
    Box,
    Publication,
    PublishedArea,
    PublishedProject,
)
from gridprio.published.values import Cells, Window, is_unpublished, style_of
from gridprio.text import sentence

ENTRY = "serviceArea"
_SIDES = ("bboxLeft", "bboxBottom", "bboxRight", "bboxTop")
_WORDS = {Direction.DEMAND: "Withdrawal", Direction.FEED_IN: "Injection"}
_CAPACITIES = ("existingTransportCapacity", "requiredTransportCapacity", "queue")


def is_service_form(parsed: Any) -> bool:
    entries = parsed if isinstance(parsed, list) else [parsed]
    return bool(entries) and all(isinstance(entry, dict) and ENTRY in entry for entry in entries)


def publication_of(file: str, parsed: Any, problems: list[Problem]) -> Publication:
    """All areas and projects of one file; what cannot be read is a problem of its entry, counted from 1."""
    entries = parsed if isinstance(parsed, list) else [parsed]
    style = style_of(
        entry[ENTRY].get(name + word)
        for entry in entries
        if isinstance(entry[ENTRY], dict)
        for name in _CAPACITIES
        for word in _WORDS.values()
    )
    areas: list[PublishedArea] = []
    projects: dict[tuple[str, str], PublishedProject] = {}
    for at, entry in enumerate(entries, start=1):
        place, given = f"{file} [{at}]", entry[ENTRY]
        if not isinstance(given, dict):
            what, remedy = sentence("problem.not_readable"), sentence("remedy.download_anew")
            problems.append(
                Problem(place, None, ENTRY, what, as_seen(given), sentence("expected.service_area"), remedy)
            )
            continue
        listed = list(_projects_of(place, given, problems, style))
        for project in listed:
            known = projects.setdefault(project.key, project)
            if known != project:
                problems.append(_contradiction(place, known, project))
        areas.append(_area(place, given, listed, problems, style))
    above = {project.operator for project in projects.values() if project.is_transmission} | {TRANSMISSION}
    layered = tuple(replace(area, is_transmission=area.operator in above) for area in areas)
    return Publication(layered, projects, (file,))


def _area(
    place: str, given: Mapping[str, Any], listed: list[PublishedProject], problems: list[Problem], style: NumberStyle
) -> PublishedArea:
    cells = Cells(place, None, given, problems, style)
    area_id, operator = cells.text("id", required=True), cells.text("rnb", required=True)
    sides = [cells.number(side) for side in _SIDES]
    box = None if None in sides else Box(*(side for side in sides if side is not None))
    return PublishedArea(
        area_id,
        cells.text("name") or area_id,
        operator,
        False,
        {direction: _figures(cells, word) for direction, word in _WORDS.items()},
        tuple(dict.fromkeys(project.key for project in listed)),
        box,
        cells.text("information"),
        place,
    )


def _figures(cells: Cells, word: str) -> AreaFigures:
    return AreaFigures(
        cells.megawatts(f"existingTransportCapacity{word}"),
        cells.megawatts(f"requiredTransportCapacity{word}"),
        cells.megawatts(f"queue{word}"),
        cells.count(f"uniqueRequests{word}"),
        cells.year(f"yearSolved{word}"),
        cells.year(f"tennetYearSolved{word}"),
        cells.count(f"tennet{word}Max"),
    )


def _projects_of(
    place: str, given: Mapping[str, Any], problems: list[Problem], style: NumberStyle
) -> Iterator[PublishedProject]:
    listed = given.get("projects") or []
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        what, expected = sentence("problem.not_readable"), sentence("expected.list_of_projects")
        problems.append(
            Problem(place, None, "projects", what, as_seen(listed), expected, sentence("remedy.download_anew"))
        )
        return
    for at, entry in enumerate(listed, start=1):
        cells = Cells(f"{place} projects [{at}]", None, entry, problems, style)
        operator, name = cells.text("gridOperator", required=True), cells.text("name", required=True)
        window, phase = _window(cells), cells.text("projectPhase")
        if phase and phase not in PHASES:
            expected = sentence("expected.choice", choices=", ".join(PHASES))
            what, remedy = sentence("problem.not_allowed"), sentence("remedy.unknown_phase")
            cells.refuse("projectPhase", what, as_seen(phase), expected, remedy)
        if operator and name:
            yield PublishedProject(
                operator,
                name,
                phase,
                cells.text("dateString") or cells.text("year"),
                window.from_year,
                window.to_year,
                window.quarter,
                window.is_withdrawn,
                cells.text("source"),
                cells.text("gridOperatorType") == TRANSMISSION.upper(),
            )


def _window(cells: Cells) -> Window:
    """From the text, else from first and last day, else from the year."""
    if not is_unpublished(cells.cells.get("dateString")):
        return cells.window("dateString")
    days = [str(cells.cells.get(name) or "")[:4] for name in ("startDate", "endDate")]
    if all(day.isdecimal() for day in days):
        first, last = (int(day) for day in days)
        return Window(is_withdrawn=True) if last >= WITHDRAWN_FROM else Window(first, last)
    year = cells.year("year")
    return Window(year.year, year.year, None, year.is_withdrawn)


def _contradiction(place: str, known: PublishedProject, other: PublishedProject) -> Problem:
    return Problem(
        place,
        None,
        "projects",
        sentence("problem.project_twice", name=repr(other.name), operator=other.operator),
        f"{other.date_text} ({other.phase or '-'})",
        f"{known.date_text} ({known.phase or '-'})",
        sentence("remedy.one_publication"),
    )
