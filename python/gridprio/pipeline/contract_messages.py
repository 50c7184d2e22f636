"""What contracts cost those who have them."""

from __future__ import annotations

from collections.abc import Iterator

from gridprio.cells import CellSource, SimulatedCells
from gridprio.demand.contracts import CONTRACTS, members_of
from gridprio.inputs.schema import Development
from gridprio.inputs.study import Study
from gridprio.text import Message, message


def contract_messages(study: Study, cells: CellSource) -> Iterator[Message]:
    """Energy that the contracts of each project leave out, in the first year in which all ask for their full size.

    Where that comes after the horizon, in its last year, of those that ask by then.

    Nothing is known of it in a sealed study or one of stations.
    """
    if not isinstance(cells, SimulatedCells):
        return
    demand, settings, scenario = cells.grid.demand, study.settings, study.scenario_ids[0]
    by_id = {development.development_id: development for development in study.developments}
    held: dict[tuple[str, int], dict[str, Development]] = {}
    for change in study.project_changes:
        for name in members_of(change) if change.action in CONTRACTS else ():
            area = demand.places[by_id[name].station_id].area
            held.setdefault((change.project_id, area), {})[name] = by_id[name]
    for (project, area), members in held.items():
        full_in = max(member.requested_year + member.ramp_years for member in members.values())
        year = min(max(settings.start_year, full_in), settings.end_year)
        wished, left_out = demand.contract_mwh(area, year, scenario, project)
        if wished > 0:
            n = sum(member.requested_year <= year for member in members.values())
            words = {"mwh": left_out, "wished": wished, "n": n, "year": year, "scenario": scenario}
            if full_in > settings.end_year:
                yield message("contracts.left_out_before_all", project=project, full_in=full_in, **words)
            else:
                yield message("contracts.left_out", project=project, **words)
