"""What is allowed and can hardly be meant: warnings with the row, for `check` and for the messages of a run."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

from gridprio.errors import Problem
from gridprio.inputs.checks_ratings import doubtful_temperatures
from gridprio.inputs.enumerations import ChangeAction, Direction, Maturity, Phase, Stage
from gridprio.inputs.hierarchy import areas_of_stations, is_stations, limited_areas
from gridprio.inputs.known import phases_of
from gridprio.inputs.schema import full_request_mw
from gridprio.inputs.study import Study
from gridprio.text import Message, sentence

COST_MAX_MEUR = 5_000.0
"""More than any onshore grid project costs; the same number of euros is a small one."""
GROWTH_MIN, GROWTH_MAX = 0.1, 10.0
"""A factor beyond is a percentage (102, or 2 for 2 percent a year) more likely than growth; 0 is a sector that ends."""
DUTCH_LONGITUDE, DUTCH_LATITUDE = (2.5, 7.5), (50.5, 54.0)
"""Degree, of the Netherlands with its waters: no longitude can be taken for a latitude."""

RIGHT_MIN_SHARE = 0.1
"""Of what members of a group wish together; a hub whose members nearly balance has more."""
QUEUE_TOLERANCE_MW = 0.1
"""Figures are published with one decimal."""


def implausible(study: Study, *, is_whole: bool = True) -> list[Problem]:
    """Every warning that the tables alone give, those of reading first.

    `is_whole`: whether every row was read; a row that was not could make what others lack look odd.
    """
    checks: tuple[Callable[[Study], Iterator[Problem]], ...] = (_costs, _growth, _places, _spellings)
    if is_whole:
        checks += (_concrete_without_build, _execution_without_dates, _queues, _unlimited_directions)
        checks += (_idle_storage, _rights, _restorations, doubtful_temperatures)
    return [*study.reading_warnings, *(problem for check in checks for problem in check(study))]


def warning_message(warning: Problem) -> Message:
    """A warning as a run stores it."""
    place = warning.file if warning.row is None else sentence("warning.place", file=warning.file, row=warning.row)
    return sentence(
        "warning.message", place=place, what=warning.what, found=warning.found, expected=warning.expected
    ).message


def _costs(study: Study) -> Iterator[Problem]:
    for table, column in (("projects", "cost_meur"), ("budgets", "budget_meur")):
        for at, row in enumerate(getattr(study, table)):
            amount = getattr(row, column)
            if amount > COST_MAX_MEUR:
                yield study.problem(
                    table,
                    at,
                    column,
                    sentence("warning.euros"),
                    found=f"{amount:g}",
                    expected=sentence("expected.at_most_meur", limit=COST_MAX_MEUR),
                    mend=sentence("remedy.divide_by_million"),
                )


def _restorations(study: Study) -> Iterator[Problem]:
    """Interruptions whose length nobody gave."""
    for at, rule in enumerate(study.security_rules):
        if rule.interruption_max_h and rule.restored_within_h is None:
            yield study.problem(
                "security_rules",
                at,
                "restored_within_h",
                sentence("warning.restored_in_time", hours=rule.interruption_max_h),
                found=sentence("found.nothing"),
                expected=sentence("expected.hours_of_restoration"),
                mend=sentence("remedy.hours_of_restoration"),
            )


def _growth(study: Study) -> Iterator[Problem]:
    for table in ("growth", "drivers"):
        for at, row in enumerate(getattr(study, table)):
            if row.factor > 0 and not GROWTH_MIN <= row.factor <= GROWTH_MAX:
                yield study.problem(
                    table,
                    at,
                    "factor",
                    sentence("warning.growth_percent"),
                    found=f"{row.factor:g}",
                    expected=sentence("expected.factor", low=GROWTH_MIN, high=GROWTH_MAX),
                    mend=sentence("remedy.factor_for_percent"),
                )


def _places(study: Study) -> Iterator[Problem]:
    """Longitude and latitude in each other's column; metres of the Dutch grid (RD) are out of bounds."""
    for table in ("stations", "projects"):
        for at, row in enumerate(getattr(study, table)):
            if row.longitude is None or row.latitude is None:
                continue
            if _within(row.latitude, DUTCH_LONGITUDE) and _within(row.longitude, DUTCH_LATITUDE):
                yield study.problem(
                    table,
                    at,
                    "longitude",
                    sentence("warning.swapped"),
                    found=f"{row.longitude:g}, {row.latitude:g}",
                    expected=sentence("expected.degrees"),
                    mend=sentence("remedy.swap_columns"),
                )


def _within(value: float, ends: tuple[float, float]) -> bool:
    return ends[0] <= value <= ends[1]


def _concrete_without_build(study: Study) -> Iterator[Problem]:
    phases = phases_of(study)
    for at, project in enumerate(study.projects):
        has_build = any(phase.phase is Phase.BUILD for _, phase in phases.get(project.project_id, ()))
        if project.maturity is Maturity.CONCRETE and not has_build:
            yield study.problem(
                "projects",
                at,
                "maturity",
                sentence("warning.concrete_without_build", project=repr(project.project_id)),
                found=sentence("found.phases", names=[p.phase.value for _, p in phases.get(project.project_id, ())])
                if project.project_id in phases
                else sentence("found.nothing"),
                expected=sentence("expected.build_phase"),
                mend=sentence("remedy.add_build_phase"),
            )


def _execution_without_dates(study: Study) -> Iterator[Problem]:
    in_execution = {project.project_id for project in study.projects if project.stage is Stage.EXECUTION}
    for project_id, phases in phases_of(study).items():
        if project_id in in_execution and not any(phase.start for _, phase in phases):
            yield study.problem(
                "project_phases",
                phases[0][0],
                "start",
                sentence("warning.execution_without_dates", project=repr(project_id)),
                found=sentence("found.nothing"),
                expected=sentence("expected.month"),
                mend=sentence("remedy.start_or_stage"),
            )


def _spellings(study: Study) -> Iterator[Problem]:
    """Names that differ in capitals, blanks, hyphens or accents alone are two municipalities for every sum."""
    for column in ("municipality_id", "province_id", "operator_id", "sector"):
        first: dict[str, str] = {}
        told: set[str] = set()
        for table in ("stations", "loads", "projects", "developments"):
            for at, row in enumerate(getattr(study, table)):
                name = getattr(row, column, "")
                other = first.setdefault(_letters(name), name)
                if other != name and name not in told:
                    told.add(name)
                    yield study.problem(
                        table,
                        at,
                        column,
                        sentence("warning.two_spellings"),
                        found=repr(name),
                        expected=repr(other),
                        mend=sentence("remedy.one_spelling"),
                    )


def _letters(name: str) -> str:
    """Letters and digits alone, without case and accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", name).casefold() if char.isalnum())


def _queues(study: Study) -> Iterator[Problem]:
    """A published queue serves nobody: of who waits only the developments are known to a run."""
    lies_in = {station.station_id: station.areas for station in study.stations}
    asked: dict[tuple[str, Direction], float] = {}
    for development in study.developments:
        if development.p_mw is None and (development.size is None or development.mw_per_unit is None):
            continue  # which is a problem of its own
        for area in lies_in.get(development.station_id, ()):
            key = area, development.direction
            asked[key] = asked.get(key, 0.0) + full_request_mw(development)
    own = {area for areas in lies_in.values() for area in areas}
    for at, row in enumerate(study.station_capacity):
        mw = asked.get((row.area_id, row.direction), 0.0)
        if row.area_id in own and (row.queue_mw or 0.0) > mw + QUEUE_TOLERANCE_MW:
            yield study.problem(
                "station_capacity",
                at,
                "queue_mw",
                sentence("warning.queue_above_developments", queue=row.queue_mw, asked=mw),
                found=f"{row.queue_mw:g}",
                expected=sentence("expected.at_most", limit=round(mw, 3)),
                mend=sentence("remedy.queue_as_development"),
            )


def _idle_storage(study: Study) -> Iterator[Problem]:
    """A battery at a station follows what is connected there; without a table of loads that stands in the grid."""
    connected = {load.station_id for load in study.loads}
    for change in study.project_changes:
        if change.action is not ChangeAction.STORAGE:
            connected |= {change.station_id, change.to_station_id}
    for at, change in enumerate(study.project_changes):
        is_storage = change.action is ChangeAction.STORAGE and change.station_id
        if study.loads and is_storage and change.station_id not in connected:
            yield study.problem(
                "project_changes",
                at,
                "station_id",
                sentence("warning.idle_storage"),
                found=repr(change.station_id),
                expected=sentence("expected.station_with_loads"),
                mend=sentence("remedy.loads_or_members"),
            )


def _rights(study: Study) -> Iterator[Problem]:
    """Of one direction, members that fit in the right side by side; of two, they still serve each other.

    A right of next to nothing lets all members connect, with hardly any transport.
    """
    by_id = {d.development_id: d for d in study.developments if d.p_mw or (d.size and d.mw_per_unit)}
    for at, change in enumerate(study.project_changes):
        members = [by_id[name] for name in change.members if name in by_id]
        if change.action is not ChangeAction.GROUP_CONTRACT or len(members) < len(change.members):
            continue
        right, wished = change.p_mw or 0.0, sum(map(full_request_mw, members))
        if right < RIGHT_MIN_SHARE * wished:
            what, mend = sentence("warning.narrow_right"), sentence("remedy.wide_enough_right")
            expected = sentence("expected.at_least", limit=round(RIGHT_MIN_SHARE * wished, 3))
        elif len({member.direction for member in members}) == 1 and right >= wished:
            what, mend = sentence("warning.wide_right"), sentence("remedy.narrow_right")
            expected = sentence("expected.less_than", limit=round(wished, 3))
        else:
            continue
        yield study.problem("project_changes", at, "p_mw", what, found=f"{right:g}", expected=expected, mend=mend)


def _unlimited_directions(study: Study) -> Iterator[Problem]:
    if not is_stations(study):
        return
    limited, reached = limited_areas(study), areas_of_stations(study)
    told: set[tuple[str, Direction]] = set()
    for at, row in enumerate(study.developments):
        key = row.station_id, row.direction
        if key in told or any((area, row.direction) in limited for area in reached.get(row.station_id, ())):
            continue
        told.add(key)
        yield study.problem(
            "developments",
            at,
            "direction",
            sentence("warning.unlimited_direction"),
            found=f"{row.station_id!r}, {row.direction.value}",
            expected=sentence("expected.area_with_capacity"),
            mend=sentence("remedy.capacity_of_direction"),
        )
