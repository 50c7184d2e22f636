"""At how many stations the project that binds is another operator's: where status on an own project moves nothing."""

from __future__ import annotations

import pandas as pd

from gridprio.inputs.study import Study
from gridprio.text import Message, message


def bound_by_others(study: Study, connections: pd.DataFrame) -> list[Message]:
    """One message per scenario, of stations whose operator is known; a station counts where any of its queue is bound.
    None where all stations and projects are of one operator.

    `connections`: with `binding_operator`. An operator_id may name several, separated by commas.
    """
    names = {row.scenario_id: row.name for row in study.scenarios}
    operators = {station.station_id: _names(station.operator_id) for station in study.stations}
    station_of = {d.development_id: d.station_id for d in study.developments}
    bound = connections.assign(station_id=connections["development_id"].map(station_of))
    bound = bound[(bound["binding_operator"].fillna("") != "") & bound["station_id"].map(lambda s: bool(operators[s]))]
    if len(set().union(*operators.values(), *(_names(project.operator_id) for project in study.projects))) < 2:
        return []
    found = []
    for scenario, rows in bound.groupby("scenario", sort=False):
        others = {
            station
            for station, operator in zip(rows["station_id"], rows["binding_operator"], strict=True)
            if not _names(operator) & operators[station]
        }
        areas = rows["station_id"].nunique()
        name = names.get(str(scenario), str(scenario))
        found.append(
            message("run.bound_by_others", scenario=name, areas=areas, n=len(others), share=len(others) / areas)
        )
    return found


def _names(operator_id: str) -> set[str]:
    return {part.strip() for part in operator_id.split(",")} - {""}
