"""What a publication says by itself: whose project binds an area, and what cannot be known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gridprio.inputs.enumerations import Direction
from gridprio.published.records import PublishedArea
from gridprio.published.selection import Selection, shortage_mw
from gridprio.published.study_areas import Origin, limited
from gridprio.published.study_projects import needed_projects
from gridprio.text import Text, message, say


@dataclass(frozen=True)
class DirectionFindings:
    """Regional areas of one direction, by their ids."""

    direction: Direction
    congested: tuple[str, ...]
    """Some operator publishes a year, or withdrew it"""
    bound_above: tuple[str, ...]
    """Of these: the year of the transmission operator is the later, or the only one"""
    both_years: tuple[str, ...]
    later_above: tuple[str, ...]
    """Of those with both years"""
    withdrawn: tuple[str, ...]
    withheld: tuple[str, ...]
    """Capacity not published"""
    unlimited: tuple[str, ...]
    """A queue without any published limit: it is left out"""
    without_project: tuple[str, ...]
    """A shortage in the area itself that no listed project of its operator lifts"""
    unclear_parent: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    province: str
    regional: int
    above: tuple[str, ...]
    projects: int
    undated: tuple[str, ...]
    """Projects whose date is withdrawn or not published"""
    widest: tuple[tuple[str, int], ...]
    """Projects that most regional areas list, with how many"""
    nearest: tuple[str, ...]
    by_direction: tuple[DirectionFindings, ...]


def findings_of(selection: Selection) -> Findings:
    projects = selection.publication.projects
    listed = {key: sum(key in area.projects for area in selection.regional) for key in selection.project_ids}
    widest = sorted(listed.items(), key=lambda item: (-item[1], item[0]))[:5]
    return Findings(
        selection.province,
        len(selection.regional),
        tuple(area.name for area in selection.above),
        len(selection.project_ids),
        tuple(f"{key[1]} ({key[0]})" for key in selection.project_ids if projects[key].from_year is None),
        tuple((f"{key[1]} ({key[0]})", count) for key, count in widest),
        selection.nearest,
        tuple(_of_direction(selection, direction) for direction in Direction),
    )


def _of_direction(selection: Selection, direction: Direction) -> DirectionFindings:
    def ids(areas: Iterable[PublishedArea]) -> tuple[str, ...]:
        return tuple(area.area_id for area in areas)

    regional = selection.regional
    years = {area.area_id: _years(area, direction) for area in regional}
    both = [area for area in regional if all(year is not None for year in years[area.area_id])]
    congested = [area for area in regional if any(year is not None for year in years[area.area_id])]
    later = [area for area in congested if _is_later_above(*years[area.area_id])]
    figures = {area.area_id: area.figures[direction] for area in regional}
    return DirectionFindings(
        direction,
        ids(congested),
        ids(later),
        ids(both),
        ids(area for area in both if area in later),
        ids(a for a in regional if (f := figures[a.area_id]).solved.is_withdrawn or f.transmission_solved.is_withdrawn),
        ids(area for area in regional if figures[area.area_id].capacity_mw is None),
        ids(area for area in regional if figures[area.area_id].queue_mw and not limited(selection, area, direction)),
        ids(
            area
            for area in regional
            if selection.limits(area, direction)
            and shortage_mw(figures[area.area_id]) > 0
            and not needed_projects(selection, area, direction)
        ),
        ids(area for area in regional if not selection.parents[area.area_id, direction].is_certain),
    )


def _years(area: PublishedArea, direction: Direction) -> tuple[int | None, int | None]:
    """Own year and that of the transmission operator; a withdrawn one comes last of all."""
    figures = area.figures[direction]
    own, above = figures.solved, figures.transmission_solved
    return (9999 if own.is_withdrawn else own.year), (9999 if above.is_withdrawn else above.year)


def _is_later_above(own: int | None, above: int | None) -> bool:
    return above is not None and (own is None or above > own)


def findings_text(found: Findings, origin: Origin) -> str:
    """A page of text: what stands in the study, whose project binds, what is assumed and what cannot be known."""
    language = origin.language

    def said(entry: Text) -> str:
        return entry[language]

    lines = [f"# {said(say('published.title', province=found.province))}", ""]
    lines += [said(say("published.indicative", source=origin.source, date=origin.date.isoformat())), ""]
    lines += [said(entry) for entry in headline(found)]
    lines += ["", f"## {said(say('published.widest_title'))}", ""]
    lines += [f"* {name}: {said(say('published.areas_counted', n=count))}" for name, count in found.widest]
    lines += ["", f"## {said(say('published.unknown_title'))}", ""]
    lines += [f"* {said(entry)}" for entry in unknowns(found)]
    lines += ["", f"## {said(say('published.assumed_title'))}", ""]
    lines += [f"* {said(say(code))}" for code in ASSUMPTIONS]
    return "\n".join(lines) + "\n"


_BOUND_ABOVE = {Direction.DEMAND: "published.bound_above_demand", Direction.FEED_IN: "published.bound_above_feed_in"}
_FREE = {Direction.DEMAND: "published.no_congestion_demand", Direction.FEED_IN: "published.no_congestion_feed_in"}
_IN = {Direction.DEMAND: "published.in_demand", Direction.FEED_IN: "published.in_feed_in"}
ASSUMPTIONS = (
    "published.assumed_order",
    "published.assumed_phases",
    "published.assumed_delays",
    "published.parent_inferred",
    "published.needed_in_both_directions",
    "published.assumed_need_after_year",
    "published.need_withheld",
    "published.capacity_withheld",
    "published.queue_as_one",
)
"""That hold for every study from a publication."""


def headline(found: Findings) -> list[Text]:
    """Fraction of areas whose binding project is another operator's, by direction, and what the study holds."""
    said = [say("published.counts", areas=found.regional, above=len(found.above), projects=found.projects)]
    for one in found.by_direction:
        if not one.congested:
            said.append(say(_FREE[one.direction]))
            continue
        said.append(
            say(
                _BOUND_ABOVE[one.direction],
                n=len(one.bound_above),
                areas=len(one.congested),
                share=len(one.bound_above) / len(one.congested),
                later=len(one.later_above),
                both=len(one.both_years),
            )
        )
    return said


def unknowns(found: Findings) -> list[Text]:
    """What these inputs cannot tell, with the areas and projects that it concerns."""
    said = [say("published.unknown_always"), say("published.unknown_status"), say("published.unknown_others")]
    if found.undated:
        said.append(say("published.unknown_dates", names=", ".join(found.undated)))
    if found.nearest:
        said.append(say("published.unknown_province", names=", ".join(found.nearest)))
    for one in found.by_direction:
        groups = {
            "published.unknown_withdrawn": one.withdrawn,
            "published.unknown_withheld": one.withheld,
            "published.unknown_unlimited": one.unlimited,
            "published.unknown_without_project": one.without_project,
            "published.unknown_unclear_parent": one.unclear_parent,
        }
        direction = message(_IN[one.direction])
        said += [say(code, direction=direction, names=", ".join(areas)) for code, areas in groups.items() if areas]
    return said
