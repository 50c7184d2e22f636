"""Documents of the information model as a publication."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gridprio.errors import Problem
from gridprio.inputs.enumerations import Direction
from gridprio.published.information_model import (
    CONSTRAINTS,
    Capacities,
    EnergyArea,
    HeatmapDataSet,
    Interval,
    OpenEnergyArea,
    OpenWork,
    Work,
    read_document,
)
from gridprio.published.records import (
    PHASES,
    TRANSMISSION,
    WITHDRAWN_FROM,
    AreaFigures,
    Publication,
    PublishedArea,
    PublishedProject,
    PublishedYear,
)
from gridprio.text import sentence

_WORDS = {Direction.DEMAND: "demand", Direction.FEED_IN: "generation"}
AnyArea = EnergyArea | OpenEnergyArea


def publication_of(file: str, parsed: Mapping[str, Any], problems: list[Problem]) -> Publication:
    """Areas with their projects; InputError where the document is not what its model says."""
    document = read_document(file, parsed)
    if isinstance(document, HeatmapDataSet):
        areas: list[tuple[str, AnyArea]] = [
            (document.publisher or document.creator, area) for area in document.energy_areas
        ]
    else:
        areas = [
            (region.description or file, area)
            for country in document.geographical_regions
            for region in country.regions
            for area in region.energy_areas
        ]
    projects: dict[tuple[str, str], PublishedProject] = {}
    made = []
    for operator, area in areas:
        listed = [_project(operator, work, area.type == "congestion_area") for work in area.works]
        for project in listed:
            known = projects.setdefault(project.key, project)
            if (known.date_text, known.phase) != (project.date_text, project.phase):
                what = sentence("problem.project_twice", name=repr(project.name), operator=operator)
                remedy = sentence("remedy.one_publication")
                problems.append(Problem(file, None, area.short_code, what, project.date_text, known.date_text, remedy))
        made.append(_area(file, operator, area, listed))
    return Publication(tuple(made), projects, (file,))


def _area(file: str, operator: str, area: AnyArea, listed: list[PublishedProject]) -> PublishedArea:
    is_transmission = area.type == "congestion_area"
    return PublishedArea(
        area.short_code,
        area.description or area.short_code,
        TRANSMISSION if is_transmission else operator,
        is_transmission,
        {direction: _figures(area, word) for direction, word in _WORDS.items()},
        tuple(dict.fromkeys(project.key for project in listed)),
        place=f"{file}, {area.short_code}",
        parents={
            direction: (parent,)
            for direction, word in _WORDS.items()
            if (parent := getattr(area, f"{word}_energy_area_short_code"))
        },
    )


def _figures(area: AnyArea, word: str) -> AreaFigures:
    """Of the first year that is published; later years look ahead."""
    years = sorted(area.area_capacity, key=_year_of) if isinstance(area, OpenEnergyArea) else []
    now: Capacities = next((one for one in years if _value(one, word, "available_capacity") is not None), area)
    colour = getattr(area, f"{word}_constraint")
    requests = _value(now, word, "requests_in_queue")
    solved = getattr(area, f"{word}_alleviation_year")
    return AreaFigures(
        _value(now, word, "available_capacity"),
        _value(now, word, "quoted_capacity"),
        _value(now, word, "capacity_in_queue"),
        None if requests is None else int(requests),
        PublishedYear(None, True) if solved is not None and solved >= WITHDRAWN_FROM else PublishedYear(solved),
        transmission_code=CONSTRAINTS.index(colour) if colour else None,
        capacity_by_year_mw={
            one.capacity_interval.year: capacity
            for one in years
            if one.capacity_interval.year is not None
            and (capacity := _value(one, word, "available_capacity")) is not None
        },
    )


def _year_of(one: Any) -> int:
    return int(one.capacity_interval.year or 0)


def _value(capacities: Capacities, word: str, name: str) -> float | None:
    value = getattr(capacities, f"{word}_{name}")
    return None if value is None else float(value)


def _project(operator: str, work: Work | OpenWork, is_transmission: bool) -> PublishedProject:
    years = [year for schedule in work.time_schedules for year in _years(schedule.schedule_interval)]
    quarter = next((s.schedule_interval.quarter for s in work.time_schedules if s.schedule_interval.quarter), None)
    first, last = (min(years), max(years)) if years else (None, None)
    is_withdrawn = last is not None and last >= WITHDRAWN_FROM
    extra = work.model_extra or {}
    return PublishedProject(
        operator,
        work.project_name,
        work.status_kind if work.status_kind in PHASES else "",
        "" if not years else f"{first} - {last}" if first != last else f"{first}",
        None if is_withdrawn else first,
        None if is_withdrawn else last,
        quarter,
        is_withdrawn,
        str(extra.get("source") or ""),
        is_transmission,
    )


def _years(interval: Interval) -> Iterator[int]:
    yield from (int(day[:4]) for day in (interval.start, interval.end) if day)
    if interval.year is not None:
        yield interval.year
