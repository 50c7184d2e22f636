"""Codes in the tables of a run (docs/run-folder.md) as messages; what is no code stays the text that it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from gridprio.text.entries import entries
from gridprio.text.language import Text
from gridprio.text.message import Message, message

NO_SUPPLY = "no supply"
"""The intact grid leaves a place without supply, or has no solution."""
WHOLE = {NO_SUPPLY: "phrase.no_supply", "no solution": "phrase.no_solution", "withheld": "phrase.withheld"}
"""What limits without being a branch."""
Meaning = Message | Text | str | list[Message | str]


def known(group: str, code: object) -> Message | str:
    """The word for a code of one group of the catalogue; a code unknown here is shown as it stands."""
    name = f"{group}.{code}"
    return Message(name, {}) if name in entries() else _text(code)


def reason(code: object) -> Message | str:
    """`crew:hv_primary`, `no_change:2030`, ...: what it is, and the resource or the year of the decision."""
    head, _, detail = (part.strip() for part in _text(code).partition(":"))
    found = known("reason", head)
    if isinstance(found, str):
        return _text(code)
    if not detail:
        return found
    if head == "no_change":
        return message("phrase.to_be_decided", what=found, year=detail)
    return message("phrase.in_brackets", what=found, detail=resource(detail))


def constraint(code: object) -> Message | str:
    """`phase:permit`, `order`, `crew:hv_primary`, ...: what a project waits for, or what was relaxed for it."""
    head, _, detail = _text(code).partition(":")
    if head == "phase":
        return known("constraint_phase", detail)
    found = known("constraint", head)
    return found if isinstance(found, Message) else reason(code)


def resource(name: object) -> Message | str:
    """`hv_primary@noord`, `budget@operator`, a material or a security group."""
    kind, _, region = _text(name).partition("@")
    word = known("crew", kind)
    shown = word if isinstance(word, Message) else kind.replace("_", " ")
    return message("phrase.of_region", what=shown, region=region) if region else shown


def levers(code: object) -> list[Message | str]:
    """Whose lever; several may stand beside each other, separated by blanks, commas or ;."""
    return [known("lever", part) for part in _text(code).replace(",", " ").replace(";", " ").split()]


def element(code: object, named: Mapping[str, Message | Text] = MappingProxyType({})) -> Message | Text | str:
    """What limits: `line:12`, `trafo3w:0:hv`, `bus:5`, `no supply`, `no solution`, `withheld`;
    after an outage `... without line:3 line:4`. A branch that is out itself stands for the outage: what it interrupts
    is more than is accepted, or its case has no solution (docs/theory/cells.md, Queue).

    `named`: what branches are called where the grid or table `branches` is at hand; others go by kind and number.
    """
    limiting, lost, out = _text(code).partition(" without ")
    found, lost_too = _branch(limiting, named), [_branch(part, named) for part in out.split()]
    if limiting in out.split():
        return message("phrase.outage_itself", out=lost_too)
    return message("phrase.after_outage", what=found, out=lost_too) if lost else found


def voltage_limit(row: Mapping[Any, Any]) -> str:
    """What limits the headroom by voltage in a row of table `headroom`, as a code; empty where that is not known."""
    if row["voltage_headroom_mw"] != row["voltage_headroom_mw"] or row["voltage_hour"] < 0:
        return ""
    bus = f"bus:{int(row['voltage_bus'])}" if row["voltage_bus"] >= 0 else "no solution"
    return f"{bus} without {row['voltage_outage']}" if row["voltage_outage"] else bus


def _branch(code: str, named: Mapping[str, Message | Text]) -> Message | Text | str:
    if code in named:
        return named[code]
    if code in WHOLE:
        return message(WHOLE[code])
    table, _, rest = code.partition(":")
    number, _, side = rest.partition(":")
    word = known("element", table)
    if not number or isinstance(word, str):
        return code
    numbered = message("phrase.numbered", what=word, number=number)
    return message("phrase.in_brackets", what=numbered, detail=side) if side else numbered


def order(name: object) -> Message | str:
    """What an order is called; random ones by their number."""
    text = _text(name)
    if text.startswith("random_"):
        return message("phrase.random_list", number=text.removeprefix("random_"))
    return known("order", text)


def unit(metric: object) -> Message | str:
    """Unit of a metric; empty for a metric unknown here."""
    found = known("unit", metric)
    return found if isinstance(found, Message) else ""


def _text(code: object) -> str:
    """Empty for None and NaN."""
    return "" if code is None or code != code else str(code).strip()


KINDS: Mapping[str, Callable[[object], Meaning]] = {
    "reason": reason,
    "constraint": constraint,
    "resource": resource,
    "lever": levers,
    "element": element,
    "order": order,
    "metric": lambda code: known("metric", code),
    "unit": unit,
}
"""Kinds that a parameter of a template may have after its colon, beside number patterns and plural forms."""
