"""The part of a publication that one province needs: its regional areas, the areas above them, and short ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from gridprio.errors import InputError, Problem
from gridprio.inputs.enumerations import Direction
from gridprio.published.hierarchy import Parents, parents_of
from gridprio.published.provinces import Provinces
from gridprio.published.records import AreaFigures, ProjectKey, Publication, PublishedArea
from gridprio.text import sentence

K = TypeVar("K")
AreaKey = tuple[bool, str]
"""Whether an area is one of the transmission operator, and its id: both layers use the same names."""


@dataclass(frozen=True)
class Selection:
    """Regional areas of one province and what lies above them."""

    province: str
    publication: Publication
    regional: tuple[PublishedArea, ...]
    above: tuple[PublishedArea, ...]
    parents: Mapping[tuple[str, Direction], Parents]
    """by regional area_id"""
    nearest: tuple[str, ...]
    """regional areas whose province is the nearest, because no outline holds their centre"""
    area_ids: Mapping[AreaKey, str]
    """ids of the study, without blanks"""
    project_ids: Mapping[ProjectKey, str]

    def area_id(self, area: PublishedArea) -> str:
        return self.area_ids[area.is_transmission, area.area_id]

    def projects_of(self, area: PublishedArea, direction: Direction) -> tuple[ProjectKey, ...]:
        """Projects that lift an area: those of regional operators, or all that a transmission area lists.

        A transmission area that lists none has those of the transmission operator that all areas under it share.
        """
        if not area.is_transmission:
            return tuple(key for key in area.projects if not self.publication.projects[key].is_transmission)
        if area.projects:
            return area.projects
        under = [one for one in self.regional if area.area_id in self.parents[one.area_id, direction].area_ids]
        shared = set.intersection(*(set(one.projects) for one in under)) if under else set()
        listed = under[0].projects if under else ()
        return tuple(key for key in listed if key in shared and self.publication.projects[key].is_transmission)

    def limited(self) -> Iterator[tuple[PublishedArea, Direction]]:
        """Areas and directions with a row of capacities, those above last."""
        for area in (*self.regional, *self.above):
            yield from ((area, direction) for direction in Direction if self.limits(area, direction))

    def limits(self, area: PublishedArea, direction: Direction) -> bool:
        """Whether the publication says enough for a row of capacities.

        A capacity is published, or a queue waits for projects of the operator of the area: then nothing fits until
        they are in, whatever the capacity is.
        """
        figures = area.figures[direction]
        waits = bool(figures.queue_mw) and bool(self.projects_of(area, direction))
        return figures.capacity_mw is not None or (waits and not area.is_transmission)


def select(publication: Publication, provinces: Provinces, province: str | None) -> Selection:
    """Areas of `province` (None: all of the publication); InputError where it has none."""
    name = "" if province is None else provinces.name_of(province)
    placed = {area.place: provinces.of(area) for area in publication.areas}
    regional = tuple(a for a in publication.areas if not a.is_transmission and (not name or placed[a.place][0] == name))
    if not regional:
        what, remedy = sentence("problem.no_area_in_province"), sentence("remedy.give_areas_table")
        present = {placed[area.place][0] for area in publication.areas if not area.is_transmission} - {""}
        found = ", ".join(sorted(present)) or sentence("found.nothing")
        raise InputError([Problem("--province", None, None, what, found, name, remedy)])
    above = [area for area in publication.areas if area.is_transmission]
    parents = {(area.area_id, d): parents_of(area, d, above) for area in regional for d in Direction}
    used = {area_id for found in parents.values() for area_id in found.area_ids}
    held = tuple(area for area in above if area.area_id in used)
    keys = [(area.is_transmission, area.area_id) for area in (*regional, *held)]
    listed = dict.fromkeys(key for area in (*regional, *held) for key in area.projects)
    return Selection(
        name or ", ".join(publication.files),
        publication,
        regional,
        held,
        parents,
        tuple(area.area_id for area in regional if name and not placed[area.place][1]),
        _short_ids({key: key[1] for key in keys}),
        _short_ids({key: f"{key[0]} {key[1]}" for key in listed}),
    )


def _short_ids(names: Mapping[K, str]) -> dict[K, str]:
    """Letters, digits and hyphens, at most 60, each once; the same names give the same ids."""
    taken: set[str] = set()
    ids: dict[K, str] = {}
    for key, name in names.items():
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        short = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:60].strip("-") or "x"
        ids[key] = next(name for name in _numbered(short) if name not in taken)
        taken.add(ids[key])
    return ids


def _numbered(name: str) -> Iterable[str]:
    yield name
    yield from (f"{name}-{at}" for at in range(2, 100_000))


def shortage_mw(figures: AreaFigures) -> float:
    """What contracts and the queue need beyond the capacity, MW; not below 0."""
    held = figures.needed_mw if figures.needed_mw is not None else figures.capacity_mw or 0.0
    return max(held + (figures.queue_mw or 0.0) - (figures.capacity_mw or 0.0), 0.0)
