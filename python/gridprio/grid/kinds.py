"""Kinds of elements, as ratings and rules of security tell them apart, and what goes out in each outage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gridprio.grid.net.rules import END_COLUMNS
from gridprio.inputs.enumerations import BranchKind
from gridprio.model.grid import BranchId, OutageElement, branch_name

LINE_KINDS = {"ol": BranchKind.OVERHEAD_LINE, "cs": BranchKind.CABLE}
"""By what pandapower has in column `type` of its lines."""
TRANSFORMERS = ("trafo", "trafo3w")


def kinds_of(net: Any, table: str) -> dict[int, BranchKind]:
    """By index of a table of the net; a line of another type, and what is neither line nor transformer, has none."""
    if table in TRANSFORMERS:
        return {int(index): BranchKind.TRANSFORMER for index in net[table].index}
    types = net.line["type"].items() if table == "line" else ()
    return {int(index): LINE_KINDS[mark] for index, mark in types if mark in LINE_KINDS}


def outage_elements(net: Any, outage_ids: Sequence[BranchId]) -> tuple[OutageElement, ...]:
    """`[outage]`; every system of a row is the same element."""
    kinds = {table: kinds_of(net, table) for table in ("line", *TRANSFORMERS)}
    kv = net.bus["vn_kv"]
    to_kv = {
        (table, int(index)): sorted(float(kv.at[bus]) for bus in row)[-2]
        for table in TRANSFORMERS
        for index, row in zip(net[table].index, net[table][list(END_COLUMNS[table])].to_numpy(), strict=True)
    }
    elements = [(str(outage[0]), int(outage[1])) for outage in outage_ids]
    return tuple(
        OutageElement(branch_name((table, index)), str(kinds[table].get(index, "")), to_kv.get((table, index)))
        for table, index in elements
    )


def with_replacements(
    elements: Sequence[OutageElement], replacements: Mapping[tuple[str, int], Sequence[tuple[str, int]]]
) -> tuple[OutageElement, ...]:
    """With what replaces an element under its name."""
    old_of = {branch_name(new): branch_name(old) for old, all_new in replacements.items() for new in all_new}
    return tuple(replace(element, name=old_of.get(element.name, element.name)) for element in elements)
