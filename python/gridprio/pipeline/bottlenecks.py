"""Bottlenecks: for each station the weakest cut between it and the feeding points (docs/theory/bottlenecks.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import SimulatedCells
from gridprio.errors import InputError
from gridprio.grid.bottleneck import Bottleneck, bottleneck
from gridprio.inputs.enumerations import Directions
from gridprio.inputs.study import Study
from gridprio.model.grid import GROUP, GridArrays, branch_name, names_of
from gridprio.pipeline.branch_names import names_of_branches
from gridprio.pipeline.session import Session
from gridprio.text import sentence, word_element

COLUMNS = (
    "station_id",
    "area",
    "cut_branches",
    "cut_mva",
    "cut_mva_one_out",
    "stations_behind",
    "peak_demand_mw",
    "peak_feed_in_mw",
    "without_reserve",
    "cut_names",
    "without_reserve_names",
)
FEED_IN_COLUMNS = ("cut_branches_feed_in", "cut_mva_feed_in", "cut_names_feed_in")
"""Of a study with limits of one direction, in which the cut is that of demand, and feed-in has its own."""
BETWEEN_NAMES = "; "


def study_bottlenecks(study: Study, backend: str = "auto") -> pd.DataFrame:
    """Table `bottlenecks`: a row per station, in the grid without projects and the first year.

    `cut_mva` is NaN where no rating limits; peaks are those of all that lies behind the cut, at the same hour, the
    largest of the scenarios. Raises InputError for a study without a grid.
    """
    with Session(study, backend, 1) as session:
        if not isinstance(session.cells, SimulatedCells):
            raise InputError(sentence("problem.bottlenecks_without_grid"))
        is_one_way = any(group.direction is not Directions.BOTH for group in study.group_limits)
        columns = [*COLUMNS, *(FEED_IN_COLUMNS if is_one_way else ())]
        return pd.DataFrame(list(_rows(study, session.cells)), columns=columns)


def _rows(study: Study, cells: SimulatedCells) -> Iterator[dict[str, object]]:
    grid, year = cells.grid, study.settings.start_year
    words = names_of_branches(study.stations, cells)
    for area, named in zip(grid.plan_areas, cells.areas, strict=True):
        number, mask = area.cache_area(()), area.branch_in_service((), ())
        arrays = cells.cache.areas[number].grid
        ids = [grid.union.grid.branch_ids[row] for row in grid.areas[number].branches]
        names, is_group = list(map(branch_name, ids)), np.array([branch[0] == GROUP for branch in ids])

        def said(branches: Sequence[int], names: list[str] = names) -> str:
            return BETWEEN_NAMES.join(word_element(names[row], words)[study.settings.language] for row in branches)

        every = [grid.cache_demand.injections(number, year, scenario, ()) for scenario in study.scenario_ids]
        stations = {name: place.node for name, place in grid.demand.places.items() if place.area == area.number}
        for station, node in stations.items():
            found, of_feed_in = bottleneck(arrays, mask, node), bottleneck(arrays, mask, node, feed_in=True)
            behind, alone = found.behind, [row for row in found.alone if not is_group[row]]
            net = np.concatenate([hourly.p_mw[:, behind].sum(axis=1) for hourly in every])
            yield {
                "station_id": station,
                "area": named.name,
                "cut_branches": names_of(found.branches, names),
                "cut_mva": found.mva if np.isfinite(found.mva) else np.nan,
                "cut_mva_one_out": _one_out(found, arrays, mask, node, is_group) if np.isfinite(found.mva) else np.nan,
                "stations_behind": " ".join(name for name, at in stations.items() if behind[at]),
                "peak_demand_mw": float(np.maximum(-net, 0.0).max(initial=0.0)),
                "peak_feed_in_mw": float(np.maximum(net, 0.0).max(initial=0.0)),
                "without_reserve": names_of(alone, names),
                "cut_names": said(found.branches),
                "cut_branches_feed_in": names_of(of_feed_in.branches, names),
                "cut_mva_feed_in": of_feed_in.mva if np.isfinite(of_feed_in.mva) else np.nan,
                "cut_names_feed_in": said(of_feed_in.branches),
                "without_reserve_names": said(alone),
            }


def _one_out(
    found: Bottleneck, arrays: GridArrays, mask: NDArray[np.bool_], node: int, is_group: NDArray[np.bool_]
) -> float:
    """MVA of the weakest cut after the worst loss of one branch of the cut.

    The limit of a group never goes out, but branches behind it do. So with a group in the cut, branches go out one by
    one: those of the cut, those that end at a group of it, and those of the cut without any group.
    """
    if not is_group[list(found.branches)].any():
        return found.mva - found.largest_mva
    of_groups = np.unique(arrays.to_node[[row for row in found.branches if is_group[row]]])
    members = mask & (np.isin(arrays.from_node, of_groups) | np.isin(arrays.to_node, of_groups))
    beside = bottleneck(replace(arrays, rating_mva=np.where(is_group, np.nan, arrays.rating_mva)), mask, node)
    rows = {*found.branches, *np.flatnonzero(members).tolist(), *beside.branches} - {*np.flatnonzero(is_group).tolist()}
    every = np.arange(arrays.n_branch)
    return min((bottleneck(arrays, mask & (every != row), node).mva for row in rows), default=found.mva)
