"""Rings in what rows say of one another: each once, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter


def rings(graph: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Name after name along the edges of `graph`, the first again at the end; one edge of each is then left out."""
    left = {name: list(others) for name, others in graph.items()}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            ring = [str(name) for name in error.args[1]][::-1]
            yield ring
            left[ring[0]] = [name for name in left[ring[0]] if name != ring[1]]
        else:
            return
