"""Tables `areas`, `station_capacity`, `stations` and `developments` of a study from a publication."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from gridprio.inputs.enumerations import Direction, PublishedClass
from gridprio.published.records import AreaFigures, PublishedArea
from gridprio.published.selection import Selection
from gridprio.text import Language, say

_QUEUE_NAMES = {Direction.DEMAND: "published.queue_demand", Direction.FEED_IN: "published.queue_feed_in"}
Row = dict[str, object]
Rows = list[Row]


@dataclass(frozen=True)
class Origin:
    """Where and when the rows come from, and the language of their notes."""

    source: str
    date: dt.date
    language: Language
    fictional: bool = False

    def cells(self, *notes: str, assumed: bool = False) -> Row:
        """`notes`: codes of the catalogue that say what is assumed."""
        said = " ".join(say(code)[self.language] for code in notes)
        return {"source": self.source, "source_date": self.date.isoformat(), "assumed": assumed, "note": said}


def area_rows(selection: Selection, origin: Origin) -> Rows:
    rows: Rows = []
    for area in (*selection.regional, *selection.above):
        found = [selection.parents[area.area_id, d] for d in Direction] if not area.is_transmission else []
        above = dict.fromkeys(parent for one in found for parent in one.area_ids)
        parents = [selection.area_ids[True, parent] for parent in above if (True, parent) in selection.area_ids]
        notes = ["published.parent_inferred"] if parents and not area.parents else []
        notes += ["published.parent_uncertain"] if any(not one.is_certain for one in found) else []
        notes += ["published.province_nearest"] if area.area_id in selection.nearest else []
        rows.append(
            {
                "area_id": selection.area_id(area),
                "name": area.name,
                "kind": "transmission" if area.is_transmission else "regional",
                "parents": " ".join(parents),
                "operator_id": area.operator,
                **origin.cells(*notes, assumed=bool(notes)),
            }
        )
    return rows


def capacity_rows(selection: Selection, origin: Origin) -> Rows:
    """One row per area and direction, and one per later year where the publication looks ahead."""
    return [
        row for area, direction in selection.limited() for row in _capacity_rows(selection, area, direction, origin)
    ]


def _capacity_rows(selection: Selection, area: PublishedArea, direction: Direction, origin: Origin) -> Iterator[Row]:
    figures = area.figures[direction]
    notes = _capacity_notes(figures)
    now = origin.date.year
    capacity = figures.capacity_mw or 0.0
    contracted = capacity if figures.needed_mw is None else figures.needed_mw
    years = {now: capacity} | {year: mw for year, mw in figures.capacity_by_year_mw.items() if year > now}
    held = None
    for year, capacity_mw in sorted(years.items()):
        if capacity_mw == held:
            continue
        held = capacity_mw
        yield {
            "area_id": selection.area_id(area),
            "direction": direction.value,
            "year": year,
            "capacity_mw": capacity_mw,
            "contracted_mw": contracted,
            "queue_mw": figures.queue_mw,
            "published_year": figures.solved.year,
            "published_year_above": figures.transmission_solved.year,
            **origin.cells(*notes, assumed=figures.capacity_mw is None or figures.needed_mw is None),
        }


def _capacity_notes(figures: AreaFigures) -> list[str]:
    notes = ["published.capacity_withheld"] if figures.capacity_mw is None else []
    if figures.capacity_mw is not None and figures.needed_mw is None:
        notes.append("published.need_withheld")
    if figures.solved.is_withdrawn or figures.transmission_solved.is_withdrawn:
        notes.append("published.year_withdrawn")
    return notes


def limited(selection: Selection, area: PublishedArea, direction: Direction) -> bool:
    """Whether the area, or one above it, has a row of capacities in this direction."""
    above = {one.area_id: one for one in selection.above}
    parents = selection.parents[area.area_id, direction].area_ids
    return selection.limits(area, direction) or any(
        selection.limits(above[parent], direction) for parent in parents if parent in above
    )


def station_rows(selection: Selection, origin: Origin) -> Rows:
    """One per regional area of which a limit is known in some direction."""
    rows: Rows = []
    for area in selection.regional:
        if not any(limited(selection, area, direction) for direction in Direction):
            continue
        longitude, latitude = area.box.centre if area.box else (None, None)
        rows.append(
            {
                "station_id": selection.area_id(area),
                "name": area.name,
                "operator_id": area.operator,
                "province_id": selection.province,
                "areas": selection.area_id(area),
                "longitude": longitude if longitude is None else round(longitude, 4),
                "latitude": latitude if latitude is None else round(latitude, 4),
                **{f"published_class_{way.value}": _published_class(area.figures[way]) for way in Direction},
                "source": origin.source,
                "source_date": origin.date.isoformat(),
                "assumed": True,
            }
        )
    return rows


def _published_class(figures: AreaFigures) -> str | None:
    colours = dict(enumerate(PublishedClass))  # in the order of the codes of the map
    return colours[figures.transmission_code].value if figures.transmission_code in colours else None


def queue_rows(selection: Selection, origin: Origin) -> Rows:
    """One row per regional area and direction with a queue behind a known limit."""
    rows: Rows = []
    for area in selection.regional:
        for direction in Direction:
            queue_mw = area.figures[direction].queue_mw
            if not queue_mw or not limited(selection, area, direction):
                continue
            rows.append(
                {
                    "development_id": f"queue-{selection.area_id(area)}-{direction.value}",
                    "name": say(_QUEUE_NAMES[direction], area=area.name)[origin.language],
                    "station_id": selection.area_id(area),
                    "sector": "queue",
                    "direction": direction.value,
                    "p_mw": queue_mw,
                    "requested_year": origin.date.year,
                    "request_date": f"{origin.date:%Y-%m}",
                    **origin.cells("published.queue_as_one", assumed=True),
                }
            )
    return rows
