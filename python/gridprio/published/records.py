"""Typed rows of a publication: feeding areas with figures per direction, and the projects that relieve them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gridprio.inputs.enumerations import Direction

ProjectKey = tuple[str, str]
"""Operator and name: the publisher's own numbers change with every publication."""

TRANSMISSION = "TenneT"
"""The transmission operator, as publications that name no other one have it."""

WITHDRAWN_FROM = 2090
"""A year from here on says that the date was withdrawn."""

PHASES = ("inProgress", "scheduled", "approved")
"""Phases of a project as published, furthest first; operators do not mean the same by them."""


@dataclass(frozen=True)
class PublishedYear:
    """A year as published: `year` is None where nothing is said and where the date was withdrawn."""

    year: int | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True)
class AreaFigures:
    """Figures of one area in one direction; None = not published, which is not zero."""

    capacity_mw: float | None = None
    """Transport capacity that is there (aanwezig)"""
    needed_mw: float | None = None
    """Transport capacity that is contracted or offered (benodigd); the queue is not in it"""
    queue_mw: float | None = None
    requests: int | None = None
    """Unique requests in the queue"""
    solved: PublishedYear = PublishedYear()
    """When congestion ends according to the operator of the area"""
    transmission_solved: PublishedYear = PublishedYear()
    """When it ends in the transmission grid above"""
    transmission_code: int | None = None
    """0 available, 1 limited, 2 under investigation, 3 shortage"""
    capacity_by_year_mw: Mapping[int, float] = field(default_factory=dict)
    """Where the publication looks ahead"""


@dataclass(frozen=True)
class Box:
    """Bounding box, degree WGS84."""

    west: float
    south: float
    east: float
    north: float

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude."""
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    def holds(self, point: tuple[float, float]) -> bool:
        return self.west <= point[0] <= self.east and self.south <= point[1] <= self.north


@dataclass(frozen=True)
class PublishedProject:
    """A planned expansion. Window in calendar years, both inclusive; one year or quarter is not certainty."""

    operator: str
    name: str
    phase: str
    """One of PHASES; blank where the operator gives none"""
    date_text: str
    """As published"""
    from_year: int | None = None
    to_year: int | None = None
    quarter: int | None = None
    """Of `to_year`, where a quarter is promised"""
    is_withdrawn: bool = False
    source: str = ""
    is_transmission: bool = False
    """Of the transmission operator"""

    @property
    def key(self) -> ProjectKey:
        return self.operator, self.name

    @property
    def width_years(self) -> float | None:
        """From the first to the last possible end; None for a single year or quarter."""
        if self.from_year is None or self.to_year is None or self.from_year == self.to_year:
            return None
        return float(self.to_year - self.from_year)


@dataclass(frozen=True)
class PublishedArea:
    """A feeding area of a regional operator, or an area of the transmission operator; the latter may overlap."""

    area_id: str
    name: str
    operator: str
    is_transmission: bool
    figures: Mapping[Direction, AreaFigures]
    projects: tuple[ProjectKey, ...] = ()
    box: Box | None = None
    remark: str = ""
    place: str = ""
    """File and entry, for messages"""
    parents: Mapping[Direction, tuple[str, ...]] = field(default_factory=dict)
    """Areas of the transmission operator above it, where the publication names them"""


@dataclass(frozen=True)
class Publication:
    """What one or more files of one publication hold."""

    areas: tuple[PublishedArea, ...]
    projects: Mapping[ProjectKey, PublishedProject]
    files: tuple[str, ...]
