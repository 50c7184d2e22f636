"""The text of `reference/walk.py`, compiled."""

from __future__ import annotations

from collections.abc import Sequence

from gridprio.kernels.numba_backend.compiled import compiled
from gridprio.kernels.numba_backend.threads import share_out
from gridprio.kernels.reference.walk import Block, add_area, blocks, find_cells, joined, walk_block
from gridprio.model.walk import PlanMonths, WalkArea, WalkResults, WalkRules

_find_cells, _add_area = compiled(find_cells), compiled(add_area)


def walk_plans(
    rules: WalkRules, areas: Sequence[WalkArea], plans: PlanMonths, *, details: bool, threads: int
) -> WalkResults:
    """Every plan in every scenario, in blocks of plans that are shared out over threads."""
    parts = blocks(plans)
    found: list[Block | None] = [None] * len(parts)

    def work(number: int) -> None:
        found[number] = walk_block(_find_cells, _add_area, rules, areas, parts[number])

    share_out(work, range(len(parts)), threads)
    return joined([block for block in found if block is not None], details)
