"""Elimination order, fill and the tape of products of one grid: done once, on the pattern of all branches.

Rows are the nodes with unknown voltage, numbered in elimination order. A row's targets are its lower blocks in
ascending column order, its diagonal and its upper blocks; each is its admittance minus a sum of terms (lower block of
the same row times upper block of an earlier row).
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridprio.model.grid import NODE_PQ, NODE_PV, GridArrays

Index = NDArray[np.int32]


class Symbolic(NamedTuple):
    node_of: Index
    """[row]"""
    row_of: Index
    """[node], -1 for slack and out"""
    target_start: Index
    """[row + 1]"""
    lower_count: Index
    """[row]"""
    target_column: Index
    """[target]"""
    term_start: Index
    """[target + 1]"""
    term_lower: Index
    """[term], place of the lower block among the row's targets"""
    term_upper: Index
    """[term], number of the upper block"""
    lower_start: Index
    """[row + 1], lower blocks are numbered row by row"""
    upper_start: Index
    """[row + 1]"""
    entry_start: Index
    """[row + 1]"""
    entry_target: Index
    """[entry], targets that are in the grid, not fill; without the diagonal"""
    branch_target: Index
    """[branch, 2], target of (from row, to column) and (to row, from column), -1 where an end has no row"""
    incident_start: Index
    """[node + 1]"""
    incident: Index
    """branches at each node, ascending"""


def analyse(grid: GridArrays) -> Symbolic:
    """Minimum-degree order, ties by node number."""
    has_row = (grid.node_kind == NODE_PQ) | (grid.node_kind == NODE_PV)
    neighbours = _neighbours(grid, has_row)
    node_of, fronts = _minimum_degree(has_row, [set(x) for x in neighbours])
    n = len(node_of)
    row_of = np.full(grid.n_node, -1, dtype=np.int32)
    row_of[node_of] = np.arange(n)
    upper = [sorted(int(row_of[node]) for node in front) for front in fronts]
    lower: list[list[int]] = [[] for _ in range(n)]
    for row, columns in enumerate(upper):
        for column in columns:
            lower[column].append(row)
    upper_start = _prefix([len(x) for x in upper])
    columns_of, terms, entries = [], [], []
    for row in range(n):
        columns = [*lower[row], row, *upper[row]]
        place = {column: position for position, column in enumerate(columns)}
        row_terms: list[list[tuple[int, int]]] = [[] for _ in columns]
        for position, j in enumerate(lower[row]):
            for k, column in enumerate(upper[j]):
                row_terms[place[column]].append((position, int(upper_start[j]) + k))
        columns_of.append(columns)
        terms.extend(row_terms)
        entries.append(sorted(place[int(row_of[node])] for node in neighbours[node_of[row]]))
    flat_terms = np.array([t for group in terms for t in group], dtype=np.int32).reshape(-1, 2)
    target_start = _prefix([len(x) for x in columns_of])
    incident_start, incident = _incident(grid)
    first_of_row = np.repeat(target_start[:-1], [len(x) for x in entries])
    return Symbolic(
        node_of=np.array(node_of, dtype=np.int32),
        row_of=row_of,
        target_start=target_start,
        lower_count=np.array([len(x) for x in lower], dtype=np.int32),
        target_column=np.array([c for columns in columns_of for c in columns], dtype=np.int32),
        term_start=_prefix([len(x) for x in terms]),
        term_lower=np.ascontiguousarray(flat_terms[:, 0]),
        term_upper=np.ascontiguousarray(flat_terms[:, 1]),
        lower_start=_prefix([len(x) for x in lower]),
        upper_start=upper_start,
        entry_start=_prefix([len(x) for x in entries]),
        entry_target=np.array([t for row in entries for t in row], dtype=np.int32) + first_of_row,
        branch_target=_branch_targets(grid, row_of, columns_of, target_start),
        incident_start=incident_start,
        incident=incident,
    )


def _prefix(counts: list[int]) -> Index:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int32)]).astype(np.int32)


def _neighbours(grid: GridArrays, has_row: NDArray[np.bool_]) -> list[set[int]]:
    lists: list[set[int]] = [set() for _ in range(grid.n_node)]
    for f, t in zip(grid.from_node.tolist(), grid.to_node.tolist(), strict=True):
        if f != t and has_row[f] and has_row[t]:
            lists[f].add(t)
            lists[t].add(f)
    return lists


def _minimum_degree(has_row: NDArray[np.bool_], lists: list[set[int]]) -> tuple[list[int], list[set[int]]]:
    heap = [(len(lists[node]), int(node)) for node in np.flatnonzero(has_row)]
    heapq.heapify(heap)
    order: list[int] = []
    fronts: list[set[int]] = []
    done: set[int] = set()
    while heap:
        degree, node = heapq.heappop(heap)
        if node in done or degree != len(lists[node]):
            continue
        done.add(node)
        front = lists[node]
        for other in front:
            before = len(lists[other])
            lists[other] |= front
            lists[other] -= {node, other}
            if len(lists[other]) != before:
                heapq.heappush(heap, (len(lists[other]), other))
        order.append(node)
        fronts.append(front)
    return order, fronts


def _branch_targets(grid: GridArrays, row_of: Index, columns_of: list[list[int]], target_start: Index) -> Index:
    place = [{column: position for position, column in enumerate(columns)} for columns in columns_of]
    out = np.full((grid.n_branch, 2), -1, dtype=np.int32)
    for b, (f, t) in enumerate(zip(row_of[grid.from_node].tolist(), row_of[grid.to_node].tolist(), strict=True)):
        if f >= 0 and t >= 0 and f != t:
            out[b] = target_start[f] + place[f][t], target_start[t] + place[t][f]
    return out


def _incident(grid: GridArrays) -> tuple[Index, Index]:
    lists: list[list[int]] = [[] for _ in range(grid.n_node)]
    for b, (f, t) in enumerate(zip(grid.from_node.tolist(), grid.to_node.tolist(), strict=True)):
        lists[f].append(b)
        if t != f:
            lists[t].append(b)
    return _prefix([len(x) for x in lists]), np.array([b for x in lists for b in x], dtype=np.int32)
