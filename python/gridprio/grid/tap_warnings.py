"""Tap controllers that can find no rest, and transformers of projects that stay beside those that move."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridprio.errors import Problem
from gridprio.grid.changes import parse_element
from gridprio.grid.controls import tap_controllers
from gridprio.grid.group_places import CHANGES
from gridprio.grid.std_types import TRAFO_TYPES
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.schema import ProjectChange
from gridprio.inputs.study import Study
from gridprio.text import Sentence, sentence


def tap_warnings(net: Any, study: Study) -> Iterator[Problem]:
    """With setting `taps` = acting: of controlled transformers, and of what projects put beside or in place of them."""
    if study.settings.taps == "fixed":
        return
    rows, _ = tap_controllers(net)
    bands = {row.transformer: 100 * (row.vm_upper_pu - row.vm_lower_pu) for row in rows}
    for (table, index), band in bands.items():
        step = abs(float(net[table].at[index, "tap_step_percent"]))
        if band < step:
            what, expected, mend = _narrow(band)
            yield Problem(table, index, "tap_step_percent", what, f"{step:g} %", expected, mend)
    types = {**TRAFO_TYPES, **net.std_types["trafo"]}
    for at, change in enumerate(study.project_changes):
        beside = [name for name in _beside(net, change) if name in bands]
        step = float(types.get(change.std_type, {}).get("tap_step_percent") or 0.0)
        if beside and not step > 0:
            what, expected = sentence("warning.stays_beside_controlled"), sentence("expected.type_with_taps")
            words = {"found": change.std_type, "expected": expected, "mend": sentence("remedy.type_with_taps")}
            yield study.problem(CHANGES, at, "std_type", what, **words)
        elif beside and bands[beside[0]] < step:
            what, expected, mend = _narrow(bands[beside[0]])
            yield study.problem(CHANGES, at, "std_type", what, found=f"{step:g} %", expected=expected, mend=mend)


def _narrow(band: float) -> tuple[Sentence, Sentence, Sentence]:
    expected = sentence("expected.step_within_band", band=band)
    return sentence("warning.band_narrower_than_step"), expected, sentence("remedy.widen_band")


def _beside(net: Any, change: ProjectChange) -> list[tuple[str, int]]:
    if change.action is ChangeAction.REPLACE_TRAFO and change.element:
        element = parse_element(change.element)
        return [] if element is None else [element]
    if change.action is not ChangeAction.ADD_TRAFO:
        return []
    table = net.trafo
    alike = (table["hv_bus"] == change.from_bus) & (table["lv_bus"] == change.to_bus) & table["in_service"]
    return [("trafo", int(index)) for index in table.index[alike]]
