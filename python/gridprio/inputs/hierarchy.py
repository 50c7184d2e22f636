"""Areas of a study of stations: which limit what connects where, and in how many readings a study is run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from gridprio.inputs.enumerations import Direction
from gridprio.inputs.study import Study
from gridprio.text import sentence, word


class Reading(StrEnum):
    """How projects without a published megawatt bring the room that an area lacks (docs/station-study.md)."""

    ALL_NEEDED = "all_needed"
    EQUAL_SHARE = "equal_share"


def is_stations(study: Study) -> bool:
    """Whether cells come from capacities instead of a grid."""
    return study.head.mode == "stations"


def limited_areas(study: Study) -> Collection[tuple[str, Direction]]:
    """Area and direction of which a capacity is known, in the order of the table."""
    return dict.fromkeys((row.area_id, row.direction) for row in study.station_capacity)


def areas_of_stations(study: Study) -> Mapping[str, tuple[str, ...]]:
    """station_id -> the areas it lies in and all areas above these, each once."""
    parents = {area.area_id: area.parents for area in study.areas}
    found = {}
    for station in study.stations:
        reached = dict.fromkeys(station.areas)
        above = list(reached)
        while above:
            for area in parents.get(above.pop(), ()):
                if area not in reached:
                    reached[area] = None
                    above.append(area)
        found[station.station_id] = tuple(reached)
    return MappingProxyType(found)


def has_unknown_megawatts(study: Study) -> bool:
    """Whether a project is needed somewhere and nobody published what it adds."""
    return is_stations(study) and any(row.added_mw is None for row in study.project_capacity)


def scenario_in(scenario_id: str, reading: Reading) -> str:
    """scenario_id of a scenario in one of the readings."""
    return f"{scenario_id}:{reading.value}"


def reading_of(study: Study, scenario_id: str) -> Reading | None:
    """Of a scenario of a study that was read; None where every megawatt is known."""
    if not has_unknown_megawatts(study):
        return None
    return Reading(scenario_id.rpartition(":")[2])


def base_scenario(study: Study, scenario_id: str) -> str:
    """scenario_id as the tables of the study have it."""
    return scenario_id.rpartition(":")[0] if has_unknown_megawatts(study) else scenario_id


def with_readings(study: Study) -> Study:
    """Where megawatts are unknown every scenario in two readings, without weights: readings have no probability."""
    if not has_unknown_megawatts(study):
        return study
    scenarios = tuple(
        scenario.model_copy(
            update={
                "scenario_id": scenario_in(scenario.scenario_id, reading),
                "name": f"{scenario.name}: {word('reading', reading)[study.settings.language]}",
                "weight": None,
            }
        )
        for scenario in study.scenarios
        for reading in Reading
    )
    warnings = study.reading_warnings
    weighted = [at for at, scenario in enumerate(study.scenarios) if scenario.weight is not None]
    if weighted:
        what, remedy = sentence("warning.weights_of_readings"), sentence("remedy.leave_blank")
        found, nothing = str(study.scenarios[weighted[0]].weight), sentence("found.nothing")
        problem = study.problem("scenarios", weighted[0], "weight", what, found=found, expected=nothing, mend=remedy)
        warnings = (*warnings, problem)
    return with_named_readings(replace(study, scenarios=scenarios, reading_warnings=warnings))


def with_named_readings(study: Study) -> Study:
    """Where the settings name a scenario that is run in two readings, they name both."""
    own = {scenario.scenario_id for scenario in study.scenarios}
    names: list[str] = []
    for name in study.settings.scenarios:
        both = [scenario_in(name, reading) for reading in Reading]
        names += both if name not in own and own.issuperset(both) else [name]
    return replace(study, settings=study.settings.model_copy(update={"scenarios": tuple(names)}))
