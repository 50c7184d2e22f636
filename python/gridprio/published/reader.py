"""Files of a publication, each known by its content, into one publication and the provinces of its areas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gridprio.errors import InputError, Problem
from gridprio.inputs.door import reading
from gridprio.inputs.limits import content_of
from gridprio.published.csv_download import read_csv_download
from gridprio.published.from_information_model import publication_of as publication_of_model
from gridprio.published.information_model import is_information_model
from gridprio.published.provinces import Provinces, Ring, outlines_of, shipped_outlines
from gridprio.published.records import ProjectKey, Publication, PublishedArea, PublishedProject
from gridprio.published.service_form import is_service_form, publication_of
from gridprio.text import sentence


def read_publication(files: Sequence[str | Path]) -> tuple[Publication, Provinces]:
    """Areas and projects of all files together; InputError holds every problem found.

    A file is the service form or the information model (JSON), a CSV download, outlines of provinces (GeoJSON with
    property `name`), or a CSV with columns `area_id` and `province`. Outlines of the user replace those shipped.
    """
    problems: list[Problem] = []
    found: list[Publication] = []
    outlines: dict[str, tuple[Ring, ...]] = {}
    by_area: dict[str, str] = {}
    for path in map(Path, files):
        with reading(path.name, problems):
            content = content_of(path, path.parent)
            if path.suffix.lower() == ".csv":
                read = read_csv_download(path.name, content, problems)
                if isinstance(read, dict):
                    by_area |= read
                elif read is not None:
                    found.append(read)
            else:
                parsed = json.loads(content.decode("utf-8-sig"))
                if isinstance(parsed, dict) and parsed.get("type") == "FeatureCollection":
                    outlines |= outlines_of(parsed["features"])
                else:
                    found += _publication_in(path.name, parsed, problems)
    merged = _merged(found, problems)
    if not problems and not merged.areas:
        problems.append(_not_published(", ".join(Path(file).name for file in files), sentence("found.nothing")))
    if problems:
        raise InputError(problems)
    return merged, Provinces(outlines or shipped_outlines(), by_area)


def _publication_in(file: str, parsed: Any, problems: list[Problem]) -> list[Publication]:
    if is_service_form(parsed):
        return [publication_of(file, parsed, problems)]
    if is_information_model(parsed):
        return [publication_of_model(file, parsed, problems)]
    if isinstance(parsed, dict) and {"@context", "@graph"} & set(parsed):
        what, remedy = sentence("problem.json_ld"), sentence("remedy.json_ld")
        problems.append(Problem(file, None, None, what, "@context", sentence("expected.published_file"), remedy))
        return []
    keys = ", ".join(map(str, list(parsed)[:8])) if isinstance(parsed, dict) else type(parsed).__name__
    problems.append(_not_published(file, keys[:120]))
    return []


def _not_published(file: str, found: str) -> Problem:
    what, expected = sentence("problem.not_published"), sentence("expected.published_file")
    return Problem(file, None, None, what, found, expected, sentence("remedy.download_anew"))


def _merged(found: Sequence[Publication], problems: list[Problem]) -> Publication:
    """Areas of several files; one that stands twice is refused, unless the second has no box.

    Only the service form has boxes: of the other forms beside it the later years are taken.
    """
    areas: dict[tuple[bool, str], PublishedArea] = {}
    projects: dict[ProjectKey, PublishedProject] = {}
    for publication in found:
        projects = dict(publication.projects) | projects
        for area in publication.areas:
            key = area.is_transmission, area.area_id
            known = areas.setdefault(key, area)
            if known is not area and known.box is not None and area.box is None:
                areas[key] = _with_years(known, area)
            elif known is not area:
                what, remedy = sentence("problem.area_twice"), sentence("remedy.one_publication")
                expected = sentence("expected.once")
                problems.append(
                    Problem(area.place, None, "id", what, f"{area.area_id} ({known.place})", expected, remedy)
                )
    files = tuple(file for publication in found for file in publication.files)
    return Publication(tuple(areas.values()), projects, files)


def _with_years(area: PublishedArea, ahead: PublishedArea) -> PublishedArea:
    """The figures of now from the one, those of later years from the other."""
    figures = {
        direction: replace(now, capacity_by_year_mw=ahead.figures[direction].capacity_by_year_mw)
        for direction, now in area.figures.items()
    }
    return replace(area, figures=figures)
