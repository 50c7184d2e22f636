"""A study of stations against itself, and what only one of the two modes of a study uses (docs/station-study.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from gridprio.errors import Problem
from gridprio.inputs.hierarchy import areas_of_stations, is_stations, limited_areas
from gridprio.inputs.known import Known
from gridprio.inputs.limits import PROBLEMS_PER_CHECK
from gridprio.inputs.rings import rings
from gridprio.inputs.study import Study
from gridprio.text import sentence

GRID_TABLES = (
    *("loads", "project_changes", "seasonal_ratings", "temperature_ratings", "group_limits"),
    *("security_rules", "outage_actions", "growth", "measurements"),
)
CAPACITY_TABLES = ("station_capacity", "project_capacity")


def station_problems(study: Study, known: Known) -> list[Problem]:
    """Every problem of the mode of a study, and between the areas, capacities and stations of one without a grid."""
    if "study" in known.partial:
        return []  # the mode is not known
    checks: tuple[Callable[[Study, Known], Iterator[Problem]], ...] = (_needs_a_grid,)
    if is_stations(study):
        checks = (_speaks_of_a_grid, _settings_of_a_grid, _rings, _stations_without_limit, _adds_to_nothing)
    return [problem for check in checks for problem in islice(check(study, known), PROBLEMS_PER_CHECK)]


def _needs_a_grid(study: Study, known: Known) -> Iterator[Problem]:
    """What a study with a grid must have and one of stations must not, and the other way round."""

    def blank(table: str, at: int, column: str, expected: str) -> Problem:
        what, nothing, mend = (
            sentence("problem.required_blank"),
            sentence("found.nothing"),
            sentence("remedy.fill_cell"),
        )
        return study.problem(table, at, column, what, found=nothing, expected=expected, mend=mend)

    def unused(table: str, column: str | None, found: str) -> Problem:
        what, expected = sentence("problem.only_of_stations"), sentence("expected.mode_stations")
        return study.problem(table, 0, column, what, found=found, expected=expected, mend=sentence("remedy.set_mode"))

    for at, station in enumerate(study.stations):
        if not station.buses:
            yield blank("stations", at, "buses", sentence("expected.bus"))
    for at, development in enumerate(study.developments):
        if not development.profile and not development.key_figure_id:
            yield blank("developments", at, "profile", sentence("expected.known_profile"))
    for table in CAPACITY_TABLES:
        if getattr(study, table):
            yield unused(table, None, table)
    for area in study.areas:
        if area.parents:
            yield unused("areas", "parents", repr(area.area_id))
            return


def _speaks_of_a_grid(study: Study, known: Known) -> Iterator[Problem]:
    what, expected = sentence("problem.speaks_of_a_grid"), sentence("expected.no_grid")
    words = {"expected": expected, "mend": sentence("remedy.leave_out")}
    for table in GRID_TABLES:
        if getattr(study, table):
            yield study.problem(table, 0, None, what, found=table, **words)
    for at, station in enumerate(study.stations):
        if station.buses:
            yield study.problem("stations", at, "buses", what, found=repr(station.station_id), **words)
    if "grid" in study.head.model_fields_set:
        yield study.problem("study", 0, "[study] grid", what, found=repr(study.head.grid), **words)


def _settings_of_a_grid(study: Study, known: Known) -> Iterator[Problem]:
    what, expected = sentence("problem.speaks_of_a_grid"), sentence("expected.no_grid")
    mend, settings = sentence("remedy.leave_out"), study.settings
    for name, is_asked, found in (
        ("secure_works", settings.secure_works, "true"),
        ("taps", settings.taps == "acting", settings.taps),
        ("voltage_limits", settings.voltage_limits == "hold", settings.voltage_limits),
    ):
        if is_asked:
            yield study.problem("study", 0, f"[settings] {name}", what, found=found, expected=expected, mend=mend)


def _rings(study: Study, known: Known) -> Iterator[Problem]:
    rows = {area.area_id: at for at, area in enumerate(study.areas)}
    for ring in rings({area.area_id: area.parents for area in study.areas}):
        yield study.problem(
            "areas",
            rows[ring[0]],
            "parents",
            sentence("problem.ring_of_areas"),
            found=" -> ".join(ring),
            expected=sentence("expected.no_ring_of_areas"),
            mend=sentence("remedy.break_ring_of_areas"),
        )


def _stations_without_limit(study: Study, known: Known) -> Iterator[Problem]:
    if {"areas", "station_capacity"} & known.partial:
        return
    limited = {area for area, _ in limited_areas(study)}
    reached = areas_of_stations(study)
    for at, station in enumerate(study.stations):
        if not limited & set(reached[station.station_id]):
            yield study.problem(
                "stations",
                at,
                "areas",
                sentence("problem.station_without_capacity", station=repr(station.station_id)),
                found=" ".join(station.areas) or sentence("found.nothing"),
                expected=sentence("expected.area_with_capacity"),
                mend=sentence("remedy.name_area_with_capacity"),
            )


def _adds_to_nothing(study: Study, known: Known) -> Iterator[Problem]:
    if "station_capacity" in known.partial:
        return
    limited = limited_areas(study)
    for at, row in enumerate(study.project_capacity):
        if (row.area_id, row.direction) not in limited:
            yield study.problem(
                "project_capacity",
                at,
                "area_id",
                sentence("problem.adds_to_nothing"),
                found=f"{row.area_id!r}, {row.direction.value}",
                expected=sentence("expected.area_with_capacity"),
                mend=sentence("remedy.capacity_or_leave_out"),
            )
