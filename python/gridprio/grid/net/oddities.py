"""Findings in the tables of a net in normal form, and in the grid that it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridprio.grid.net.cells import numbers
from gridprio.grid.net.findings import Finding
from gridprio.grid.net.taps import SIDES, tap_notes
from gridprio.model.grid import NODE_SLACK, Grid

SAME_KV = 0.01
"""Relative difference up to which the ends of a line count as one voltage."""
RATED_KV = 0.15
"""Relative difference from the voltage of its bus above which a rated voltage of a transformer is odd."""
TINY_PU = 1e-5
"""Series impedance on 100 MVA below which a branch is nearly a closed switch."""
BRANCH_TABLES = ("line", "trafo", "trafo3w", "impedance")
INJECTIONS = ("load", "sgen", "gen", "storage", "motor", "asymmetric_load", "asymmetric_sgen", "ward")
ENDS = {"l": ("line", 2), "t": ("trafo", 2), "t3": ("trafo3w", 3)}

Mask = NDArray[np.bool_]


def net_findings(net: Any, grid: Grid | None = None) -> list[Finding]:
    """What the readers noted, then what shows in the tables, then, with `grid`, what shows in the grid.

    `net` is in normal form; each finding holds all rows that it is about.
    """
    notes = [Finding.of_note(note) for note in net.get("reading_notes", ())]
    tables = [*tap_notes(net), *_tap_ranges(net), *_signs(net), *_voltages(net), *_limits(net), *_open_ends(net)]
    of_grid = [] if grid is None else [*_ratings(grid), *_tiny(grid), *_slacks(grid), *_without_voltage(net, grid)]
    return list(dict.fromkeys([*notes, *(finding for finding in [*tables, *of_grid] if finding.rows)]))


def _on(net: Any, table: str) -> pd.DataFrame:
    frame: pd.DataFrame = net[table][net[table]["in_service"]]
    return frame


def _finding(code: str, table: str, frame: pd.DataFrame, mask: Any, **params: Any) -> Finding:
    return Finding.of(code, table, frame.index[np.asarray(mask, dtype=bool)], **params)


def _tap_ranges(net: Any) -> Iterator[Finding]:
    for table in SIDES:
        frame = _on(net, table)
        low, high = np.minimum(frame["tap_min"], frame["tap_max"]), np.maximum(frame["tap_min"], frame["tap_max"])
        yield _finding("grid.tap_beyond", table, frame, (frame["tap_pos"] < low) | (frame["tap_pos"] > high))


def _signs(net: Any) -> Iterator[Finding]:
    for table in SIDES:
        frame = _on(net, table)
        yield _finding("grid.i0_below_zero", table, frame, frame["i0_percent"] < 0)
    for table, columns in (
        ("line", ("r_ohm_per_km", "x_ohm_per_km")),
        ("trafo", ("vk_percent", "vkr_percent")),
        ("impedance", ("rft_pu", "xft_pu", "rtf_pu", "xtf_pu")),
    ):
        frame = _on(net, table)
        yield _finding("grid.negative_impedance", table, frame, (frame[list(columns)] < 0).any(axis=1))


def _voltages(net: Any) -> Iterator[Finding]:
    kv = net.bus["vn_kv"]
    for table in ("line", "impedance"):
        frame = _on(net, table)
        ends = [kv.reindex(frame[end]).to_numpy() for end in ("from_bus", "to_bus")]
        apart = np.abs(ends[0] - ends[1]) > SAME_KV * np.maximum(*ends)
        yield _finding("grid.line_between_voltages", table, frame, apart)
    for table, sides in SIDES.items():
        frame = _on(net, table)
        for side in sides:
            bus_kv = kv.reindex(frame[f"{side}_bus"]).to_numpy()
            off = np.abs(frame[f"vn_{side}_kv"] - bus_kv) > RATED_KV * bus_kv
            yield _finding("grid.rated_voltage", table, frame, off, column=f"vn_{side}_kv", percent=100 * RATED_KV)
        yield _finding("grid.low_side_first", table, frame, frame["vn_hv_kv"] < frame["vn_lv_kv"])


def _limits(net: Any) -> Iterator[Finding]:
    for table in ("line", "trafo", "trafo3w"):
        if "max_loading_percent_nminus1" in net[table]:
            frame = _on(net, table)
            emergency, _ = numbers(frame["max_loading_percent_nminus1"])
            given = "max_loading_percent" in frame
            normal = numbers(frame["max_loading_percent"])[0] if given else np.full(len(frame), np.nan)
            below = (emergency > 0) & (emergency < np.where(np.isfinite(normal) & (normal > 0), normal, 100.0))
            yield _finding("grid.emergency_below_normal", table, frame, below)


def _open_ends(net: Any) -> Iterator[Finding]:
    for kind, (table, ends) in ENDS.items():
        at = net.switch[(net.switch["et"] == kind) & ~net.switch["closed"]]
        open_ends = at.drop_duplicates(["element", "bus"])["element"].value_counts().reindex(net[table].index).fillna(0)
        some = (open_ends > 0) & (open_ends < ends) & net[table]["in_service"]
        yield _finding("grid.open_end", table, net[table], some)


def _of_branches(code: str, grid: Grid, mask: Mask, **params: Any) -> Iterator[Finding]:
    for table in BRANCH_TABLES:
        rows = [int(grid.branch_ids[at][1]) for at in np.flatnonzero(mask) if grid.branch_ids[at][0] == table]
        yield Finding.of(code, table, dict.fromkeys(rows), **params)


def _ratings(grid: Grid) -> Iterator[Finding]:
    yield from _of_branches("grid.unrated", grid, np.isnan(grid.arrays.rating_mva) & grid.arrays.branch_in_service)


def _tiny(grid: Grid) -> Iterator[Finding]:
    a = grid.arrays
    nearly_closed = np.abs(a.y_ft) * a.base_mva / 100 > 1 / TINY_PU
    yield from _of_branches("grid.tiny_impedance", grid, nearly_closed & a.branch_in_service, limit=TINY_PU)


def _slacks(grid: Grid) -> Iterator[Finding]:
    at = np.flatnonzero(grid.arrays.node_kind == NODE_SLACK)
    if len(at) > 1:
        first = [int(grid.bus_ids[np.flatnonzero(grid.bus_node == node)[0]]) for node in at if node in grid.bus_node]
        yield Finding.of("grid.several_slacks", "bus", sorted(first))


def _without_voltage(net: Any, grid: Grid) -> Iterator[Finding]:
    """Buses in service that no slack reaches, and what stands there with power."""
    dead = set(grid.bus_ids[~energised_buses(grid) & net.bus["in_service"].reindex(grid.bus_ids).to_numpy()].tolist())
    yield Finding.of("grid.no_voltage", "bus", sorted(dead))
    for table in INJECTIONS:
        frame = _on(net, table)
        yield _finding("grid.at_no_voltage", table, frame, frame["bus"].isin(dead))


def energised_buses(grid: Grid) -> Mask:
    """`[bus]`, whether a slack node is reached over branches in service."""
    a = grid.arrays
    on = a.branch_in_service
    links = (np.ones(int(on.sum())), (a.from_node[on], a.to_node[on]))
    _, part = connected_components(coo_array(links, shape=(a.n_node, a.n_node)), directed=False)
    supplied = np.isin(part, part[a.node_kind == NODE_SLACK])
    return np.asarray((grid.bus_node >= 0) & supplied[grid.bus_node])
