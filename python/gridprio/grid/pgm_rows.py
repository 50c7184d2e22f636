"""Components of a power-grid-model file as rows whose attributes are checked: one list of what each may hold.

Attributes and enumerations: power-grid-model documentation, "Components". An attribute that is null or absent is not
given; one that the list does not have is extra information, which the format allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gridprio.errors import InputError, Problem
from gridprio.grid.net.rules import Numbers
from gridprio.grid.net.words import did_you_mean
from gridprio.text import sentence

Row = Mapping[str, Any]

HEAD = ("version", "type", "is_batch", "attributes", "data")
"""What a file of the format holds beside its components."""
VERSION = "1.0"
LARGEST_ID = 2**31 - 1
MOST = 1e25
NODE, THREE_PHASES = "expected.id_of_node", "expected.three_numbers"
ANY, GIVEN_OR_NOT = Numbers(-MOST, MOST), Numbers(-MOST, MOST, blank=True)
ABOVE_0, FROM_0 = Numbers(0, MOST, above=True), Numbers(0, MOST)
ABOVE_0_OR_NOT, FROM_0_OR_NOT = Numbers(0, MOST, above=True, blank=True), Numbers(0, MOST, blank=True)
STATUS = Numbers(0, 1, whole=True)
LOAD_TYPE = Numbers(0, 2, whole=True)
CLOCK = Numbers(-12, 12, whole=True)
TAP = Numbers(-128, 127, whole=True, blank=True)
Rule = Numbers | str
"""The numbers, or the code of what else is expected."""

_BRANCH: dict[str, Rule] = {"from_node": NODE, "to_node": NODE, "from_status": STATUS, "to_status": STATUS}
_TAPS: dict[str, Rule] = {f"tap_{name}": TAP for name in ("pos", "min", "max", "nom")}
_AT_NODE: dict[str, Rule] = {"node": NODE, "status": STATUS}
_POWER: dict[str, Rule] = {"p_specified": GIVEN_OR_NOT, "q_specified": GIVEN_OR_NOT}
_IN_PHASES: dict[str, Rule] = {"p_specified": THREE_PHASES, "q_specified": THREE_PHASES}
_PAIRS = ("12", "13", "23")

ATTRIBUTES: Mapping[str, Mapping[str, Rule]] = {
    "node": {"u_rated": Numbers(50, 2e6)},
    "line": {**_BRANCH, "r1": ANY, "x1": ANY, "c1": ANY, "tan1": ANY, "i_n": ABOVE_0_OR_NOT},
    "link": _BRANCH,
    "transformer": {
        **_BRANCH,
        **dict.fromkeys(("u1", "u2", "sn"), ABOVE_0),
        **dict.fromkeys(("uk", "pk", "i0", "p0"), FROM_0),
        **{f"{name}_{end}": FROM_0_OR_NOT for name in ("uk", "pk") for end in ("min", "max")},
        "clock": CLOCK,
        **_TAPS,
        "tap_side": Numbers(0, 1, whole=True, blank=True),
        "tap_size": FROM_0_OR_NOT,
    },
    "three_winding_transformer": {
        **{f"node_{side}": NODE for side in "123"},
        **{f"status_{side}": STATUS for side in "123"},
        **{name: ABOVE_0 for side in "123" for name in (f"u{side}", f"sn_{side}")},
        **{f"{name}_{pair}": FROM_0 for name in ("uk", "pk") for pair in _PAIRS},
        **{f"{name}_{pair}_{end}": FROM_0_OR_NOT for name in ("uk", "pk") for pair in _PAIRS for end in ("min", "max")},
        "i0": FROM_0,
        "p0": FROM_0,
        "clock_12": CLOCK,
        "clock_13": CLOCK,
        **_TAPS,
        "tap_side": Numbers(0, 2, whole=True, blank=True),
        "tap_size": FROM_0_OR_NOT,
    },
    "generic_branch": {
        **_BRANCH,
        **dict.fromkeys(("r1", "x1"), ANY),
        **dict.fromkeys(("g1", "b1", "theta"), GIVEN_OR_NOT),
        **dict.fromkeys(("k", "sn"), ABOVE_0_OR_NOT),
    },
    "source": {
        **_AT_NODE,
        "u_ref": Numbers(0, 2, above=True),
        "u_ref_angle": GIVEN_OR_NOT,
        "sk": ABOVE_0_OR_NOT,
        "rx_ratio": FROM_0_OR_NOT,
    },
    "shunt": {**_AT_NODE, "g1": ANY, "b1": ANY},
    "sym_load": {**_AT_NODE, "type": LOAD_TYPE, **_POWER},
    "sym_gen": {**_AT_NODE, "type": LOAD_TYPE, **_POWER},
    "asym_load": {**_AT_NODE, "type": LOAD_TYPE, **_IN_PHASES},
    "asym_gen": {**_AT_NODE, "type": LOAD_TYPE, **_IN_PHASES},
}
"""Component -> attribute -> what it holds, beside its id; these are the components that are read.

A rated voltage below 50 V is in kV.
"""
INJECTIONS = ("sym_load", "sym_gen", "asym_load", "asym_gen")
WITHOUT_PART = frozenset(
    (
        *("sym_power_sensor", "asym_power_sensor", "sym_voltage_sensor", "asym_voltage_sensor"),
        *("sym_current_sensor", "asym_current_sensor", "transformer_tap_regulator", "fault"),
    )
)
"""Measurements, controllers and faults: they have no part in a load flow with the taps as they are set."""


def checked_rows(content: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Rows by component, without what is not given; raises InputError with everything that is wrong."""
    problems = list(_head(content))
    if problems:
        raise InputError(problems)
    tables: dict[str, list[Row]] = {}
    for component, entries in content["data"].items():
        tables[component] = list(_rows(component, entries, content.get("attributes") or {}, problems))
    problems += _ids(tables)
    nodes = {row.get("id") for row in tables.get("node", []) if _is_id(row.get("id"))}
    for component, rows in tables.items():
        if component in ATTRIBUTES:
            for row in rows:
                problems += _attributes(component, row, nodes)
        elif rows and component not in WITHOUT_PART:
            what, found = sentence("problem.component_not_read"), sentence("found.rows", n=len(rows))
            mend = did_you_mean(component, ATTRIBUTES) or sentence("remedy.remove_or_replace")
            problems.append(Problem(component, None, None, what, found, mend=mend))
    if problems:
        raise InputError(problems)
    return tables


def _head(content: Mapping[str, Any]) -> Iterator[Problem]:
    kind, expected = content.get("type"), sentence("expected.input_of_one_case")
    if "data" not in content:
        what, found = sentence("problem.components_beside_head"), ", ".join(key for key in HEAD if key in content)
        yield Problem("data", None, None, what, found, ", ".join(HEAD), sentence("remedy.components_in_data"))
        return
    if "type" not in content:
        mend = sentence("remedy.add_type_input")
        yield Problem("type", None, None, sentence("problem.no_type_of_file"), "", expected, mend)
    elif kind != "input":
        what = sentence("problem.update_is_no_grid" if kind == "update" else "problem.no_pgm_input")
        yield Problem("type", None, None, what, repr(kind)[:80], expected, sentence("remedy.name_input_file"))
    if content.get("is_batch"):
        what, mend = sentence("problem.batch_is_no_grid"), sentence("remedy.name_one_case")
        yield Problem("is_batch", None, None, what, "true", expected, mend)
    elif not isinstance(content.get("data"), dict):
        what, found = sentence("problem.no_components"), type(content.get("data")).__name__
        yield Problem("data", None, None, what, found, sentence("expected.components"))
    version = content.get("version", VERSION)
    if version != VERSION:
        yield Problem("version", None, None, sentence("problem.unknown_format_version"), repr(version)[:80], VERSION)
    if not isinstance(content.get("attributes") or {}, dict):
        what, expected = sentence("problem.no_attribute_lists"), sentence("expected.dictionary")
        yield Problem("attributes", None, None, what, "", expected)


def _rows(component: str, entries: Any, attributes: Mapping[str, Any], problems: list[Problem]) -> Iterator[Row]:
    """Rows as dictionaries; a file may write them as lists under `attributes`."""
    columns = attributes.get(component)
    columns = columns if isinstance(columns, list) else []
    if not isinstance(entries, list):
        what, expected = sentence("problem.no_list_of_rows"), sentence("expected.list_of_rows")
        problems.append(Problem(component, None, None, what, type(entries).__name__, expected))
        return
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, dict):
            given = entry
        elif isinstance(entry, list) and len(entry) == len(columns):
            given = dict(zip(map(str, columns), entry, strict=True))
        else:
            is_list = isinstance(entry, list)
            found = sentence("found.values", n=len(entry)) if is_list else type(entry).__name__
            what = sentence("problem.entry_without_attributes", n=number)
            expected = sentence("expected.values_or_names", n=len(columns))
            problems.append(Problem(component, None, None, what, found, expected))
            continue
        yield {key: value for key, value in given.items() if value is not None and value == value}


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -LARGEST_ID <= value <= LARGEST_ID


def _ids(tables: Mapping[str, list[Row]]) -> Iterator[Problem]:
    """An id is one of all components."""
    owner: dict[int, str] = {}
    for component, rows in tables.items():
        for number, row in enumerate(rows, start=1):
            key = row.get("id")
            if key is None or not _is_id(key):
                what = sentence("problem.no_id_in_entry", n=number)
                expected, mend = sentence("expected.whole_up_to", high=LARGEST_ID), sentence("remedy.give_own_id")
                yield Problem(component, None, "id", what, _shown(key), expected, mend)
            elif key in owner:
                what = sentence("problem.id_twice")
                found = sentence("found.id_also_of", id=str(key), component=owner[key])
                expected, mend = sentence("expected.id_once"), sentence("remedy.give_own_id")
                yield Problem(component, key, "id", what, found, expected, mend)
            else:
                owner[key] = component


def _attributes(component: str, row: Row, nodes: set[Any]) -> Iterator[Problem]:
    key = row.get("id")
    number = key if _is_id(key) else None
    for name, rule in ATTRIBUTES[component].items():
        value = row.get(name)
        missing = value is None and not (isinstance(rule, Numbers) and rule.blank) and rule != THREE_PHASES
        if name in ("p_specified", "q_specified"):
            missing = value is None and row.get("status") != 0
        if missing:
            what, mend = sentence("problem.value_missing"), sentence("remedy.give_value")
            yield Problem(component, number, name, what, _shown(None), _expected(rule), mend)
        elif value is not None and not _fits(value, rule, nodes):
            no_node = sentence("problem.no_such", table="node")
            what = no_node if rule == NODE else sentence("problem.not_of_attribute")
            mend = sentence("remedy.correct_value")
            yield Problem(component, number, name, what, _shown(value), _expected(rule), mend)
    for name in row.keys() - ATTRIBUTES[component].keys():
        absent = ATTRIBUTES[component].keys() - row.keys()
        if near := did_you_mean(name, absent, 0.85):
            what, expected = sentence("problem.unknown_attribute"), sentence("expected.attribute_of_format")
            yield Problem(component, number, name, what, name, expected, near)
    yield from _tap(component, row, number)


def _fits(value: Any, rule: Rule, nodes: set[Any]) -> bool:
    if rule == NODE:
        return _is_id(value) and value in nodes
    if rule == THREE_PHASES:
        return isinstance(value, list) and len(value) == 3 and all(_is_number(part) for part in value)
    assert isinstance(rule, Numbers)
    return _is_number(value) and bool(rule.allows(np.array([value], dtype=np.float64))[0])


def _expected(rule: Rule) -> str:
    return rule.text if isinstance(rule, Numbers) else sentence(rule)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MOST


def _tap(component: str, row: Row, number: int | None) -> Iterator[Problem]:
    """A position off the nominal one needs the side, the range and the size of a step."""
    position, nominal = row.get("tap_pos"), row.get("tap_nom", 0)
    if "tap_pos" not in ATTRIBUTES[component] or position is None or position == nominal:
        return
    for name in ("tap_side", "tap_min", "tap_max", "tap_size"):
        if name not in row:
            what, expected = sentence("problem.value_missing_for_tap"), sentence("expected.value")
            yield Problem(component, number, name, what, _shown(None), expected, sentence("remedy.give_or_no_tap"))


def _shown(value: Any) -> str:
    return sentence("found.nothing") if value is None else repr(value)[:80]
