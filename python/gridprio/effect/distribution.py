"""Table `distribution`: who gains and who loses, by municipality, province, area, sector and operator."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.status_effect import Comparison
from gridprio.inputs.schema import Development, Station, province_shares
from gridprio.inputs.study import Study
from gridprio.outcome import capital_meur, waiting_value


def distribution_table(study: Study, comparison: Comparison, order_name: str) -> pd.DataFrame:
    """Mean over draws of waiting and shortfall per group; group "" holds developments of which it is not known.

    Every kind adds up to the total but `area`: a development may belong to several areas, or to none. Capital cost is
    that of the projects, by province; projects that provinces share count for each by its share.
    """
    groups = _groups(study)
    measures = _measures(study, comparison)
    rows = [
        (order_name, scenario, kind, group, metric, before, after, after - before)
        for at, scenario in enumerate(comparison.outcomes.scenarios)
        for (kind, group), members in groups.items()
        for metric, (without, with_status) in measures.items()
        for before, after in [(float(without[at, members].sum()), float(with_status[at, members].sum()))]
    ]
    rows += [
        (order_name, scenario, "province", province, "capital_cost_meur", before, after, after - before)
        for scenario in comparison.outcomes.scenarios
        for province, (before, after) in _capital_by_province(study, comparison).items()
    ]
    names = ["order_name", "scenario", "group_kind", "group_id", "metric", "without_status", "with_status", "effect"]
    return pd.DataFrame(rows, columns=names)


def _measures(study: Study, comparison: Comparison) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Metric -> [scenario, development] without and with status."""
    timelines = (comparison.orders.without, comparison.orders.with_all["both"])
    rows = [comparison.row[timeline] for timeline in timelines]
    waiting, waiting_with = (comparison.outcomes.waiting_mw_years[row].mean(axis=0) for row in rows)
    shortfall, shortfall_with = (comparison.outcomes.shortfall_mw_years[row].mean(axis=0) for row in rows)
    measures = {metric: (waiting * value, waiting_with * value) for metric, value in waiting_value(study).items()}
    return measures | {"shortfall_mw_years": (shortfall, shortfall_with)}


def _capital_by_province(study: Study, comparison: Comparison) -> dict[str, tuple[float, float]]:
    """Province -> MEUR without and with status."""
    n_month = 12 * (study.settings.end_year - study.settings.start_year + 1)
    never = np.zeros((len(study.projects), 1))
    cost = np.hstack([capital_meur(study, n_month), never])
    both = []
    for timeline in (comparison.orders.without, comparison.orders.with_all["both"]):
        since = comparison.in_service_month[timeline].astype(np.intp)
        both.append(cost[np.arange(len(cost)), since].mean(axis=0))
    found: dict[str, tuple[float, float]] = {}
    for row, project in enumerate(study.projects):
        for province, share in province_shares(project).items():
            before, after = found.get(province, (0.0, 0.0))
            found[province] = before + share * float(both[0][row]), after + share * float(both[1][row])
    return dict(sorted(found.items()))


def _groups(study: Study) -> dict[tuple[str, str], list[int]]:
    """(kind, id) -> rows of developments, kinds and ids in a fixed order."""
    stations = {station.station_id: station for station in study.stations}
    found: dict[str, dict[str, list[int]]] = {
        kind: {} for kind in ("municipality", "province", "area", "sector", "operator")
    }
    for row, development in enumerate(study.developments):
        for kind, group in _memberships(development, stations[development.station_id]):
            found[kind].setdefault(group, []).append(row)
    return {(kind, group): rows for kind, groups in found.items() for group, rows in sorted(groups.items())}


def _memberships(development: Development, station: Station) -> Iterator[tuple[str, str]]:
    yield "municipality", development.municipality_id or station.municipality_id
    yield "province", station.province_id
    for area in station.areas:
        yield "area", area
    yield "sector", development.sector
    yield "operator", station.operator_id
