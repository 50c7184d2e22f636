"""The rules of cells that a study sets: its settings and its table `security_rules`."""

from __future__ import annotations

from gridprio.grid.changes import parse_element
from gridprio.inputs.enumerations import Directions
from gridprio.inputs.security_rules import OutageKind
from gridprio.inputs.security_rules import SecurityRule as Row
from gridprio.inputs.study import Study
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN
from gridprio.model.grid import branch_name
from gridprio.model.months import ALL_MONTHS
from gridprio.model.rules import MAINTENANCE_MONTHS, CellRules, SecurityRule, record_from

BITS = {
    Directions.DEMAND: CASE_DEMAND,
    Directions.FEED_IN: CASE_FEED_IN,
    Directions.BOTH: CASE_DEMAND | CASE_FEED_IN,
}


def cell_rules(study: Study) -> CellRules:
    """With the rules of table `security_rules` where it has rows."""
    most = study.settings.interruption_max_mw
    rules = tuple(_security_rule(row, most) for row in study.security_rules)
    return record_from(CellRules, vars(study.settings) | ({"security_rules": rules} if rules else {}))


def in_columns(rule: SecurityRule) -> str:
    """A rule in the words of table `security_rules`; `interruption_max_mw` is what it accepts, given its hours."""
    months = " ".join(str(month + 1) for month in range(12) if rule.months >> month & 1)
    values = {
        "min_kv": f"{rule.min_kv:g}",
        "below_kv": "" if rule.below_kv is None else f"{rule.below_kv:g}",
        "kind": rule.kind,
        "elements": " ".join(rule.elements),
        "to_below_kv": "" if rule.to_below_kv is None else f"{rule.to_below_kv:g}",
        "direction": next(direction.value for direction, bits in BITS.items() if bits == rule.direction),
        "outages": (OutageKind.MAINTENANCE if rule.maintenance else OutageKind.SINGLE).value,
        "months": months,
        "interruption_max_mw": f"{rule.interruption_max_mw:g}" if rule.direction & CASE_DEMAND else "",
    }
    return ", ".join(f"{name} {value}" for name, value in values.items() if value)


def _security_rule(row: Row, most: float) -> SecurityRule:
    is_maintenance = row.outages is OutageKind.MAINTENANCE
    months = sum(1 << month - 1 for month in set(row.months))
    return SecurityRule(
        min_kv=row.min_kv,
        below_kv=row.below_kv,
        direction=BITS[row.direction],
        maintenance=is_maintenance,
        months=months or (MAINTENANCE_MONTHS if is_maintenance else ALL_MONTHS),
        interruption_max_mw=row.accepted_mw(most) if row.is_for_demand else 0.0,
        kind=str(row.kind or ""),
        elements=tuple(sorted({_name(text) for text in row.elements})),
        to_below_kv=row.to_below_kv,
    )


def _name(text: str) -> str:
    """As `OutageElement.name` has it; what is not written so, which the net refuses, stays as it is."""
    element = parse_element(text)
    return text if element is None else branch_name(element)
