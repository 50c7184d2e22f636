"""Which areas of the transmission operator a regional area stands under.

Where the publication names them, they are taken. The service form of the map does not; there an area of the
transmission operator is a parent in a direction when it publishes a capacity, its box holds the centre of the regional
area, it ends congestion in the year that the regional area names for the transmission grid, and the regional area
lists all of its projects. Where several fit, they overlap or nobody can tell which it is: it stands under each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gridprio.inputs.enumerations import Direction
from gridprio.published.records import PublishedArea


@dataclass(frozen=True)
class Parents:
    """Transmission areas above a regional area in one direction."""

    area_ids: tuple[str, ...]
    is_certain: bool
    """False where several fit although only one may be meant"""
    is_unknown: bool
    """True where the map reports congestion above the area, and no published area fits"""


def parents_of(area: PublishedArea, direction: Direction, above: Sequence[PublishedArea]) -> Parents:
    """By direction, because areas of the transmission operator differ between demand and feed-in."""
    if direction in area.parents:
        return Parents(area.parents[direction], True, False)
    figures = area.figures[direction]
    if figures.transmission_solved.year is None and not figures.transmission_solved.is_withdrawn:
        return Parents((), True, (figures.transmission_code or 0) >= 2)
    fitting = [one for one in above if _fits(one, area, direction)]
    return Parents(tuple(one.area_id for one in fitting), len(fitting) < 2, not fitting)


def _fits(one: PublishedArea, area: PublishedArea, direction: Direction) -> bool:
    own = one.figures[direction]
    return (
        own.capacity_mw is not None
        and own.solved == area.figures[direction].transmission_solved
        and one.box is not None
        and area.box is not None
        and one.box.holds(area.box.centre)
        and set(one.projects) <= set(area.projects)
    )
