"""The rules of security of a study, named on the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from gridprio.inputs.security_rules import INTERRUPTION, SecurityRule
from gridprio.report.run_tables import RunTables
from gridprio.text import Text, join, same, say

DIRECTIONS = {
    "demand": "method.rule_of_demand",
    "feed_in": "method.rule_of_feed_in",
    "both": "method.rule_of_both",
}
KINDS = {
    "overhead_line": "method.overhead_lines",
    "cable": "method.cables",
    "transformer": "method.transformers",
}
OUTAGES = {"single": "method.outages_single", "maintenance": "method.outages_maintenance"}


def security_notes(tables: RunTables) -> Iterator[Text]:
    """One sentence with every rule of table `security_rules`; none where the study has no rules of its own."""
    rules = [_rule(tables, row) for row in tables.security_rules.to_dict("records")]
    if rules:
        yield say("method.security_rules", rules=join(rules))


def _rule(tables: RunTables, row: Mapping[Any, Any]) -> Text:
    kv, below = float(row["min_kv"]), row["below_kv"]
    return say(
        "method.security_rule",
        name=str(row["rule_id"]),
        direction=say(DIRECTIONS[row["direction"]]),
        outages=_outages(tables, row),
        voltage=say("method.from_kv", kv=kv) if pd.isna(below) else say("method.between_kv", kv=kv, below=float(below)),
        months=_months(row),
        accepted=_accepted(tables, row),
    )


def _outages(tables: RunTables, row: Mapping[Any, Any]) -> Text:
    """Single or during maintenance, and of which elements; nothing of these where it is every one, as in runs from
    before there were these columns."""
    outages, kind, below = say(OUTAGES[row["outages"]]), row.get("kind"), row.get("to_below_kv")
    if named := [tables.element(code) for code in str(row.get("elements") or "").split()]:
        return say("method.outages_of", outages=outages, what=join(named))
    if pd.isna(kind):
        return outages
    what = say(KINDS[kind]) if pd.isna(below) else say("method.transformers_to_below", below=float(below))
    return say("method.outages_of", outages=outages, what=what)


def _months(row: Mapping[Any, Any]) -> Text:
    """As given; blank is the whole year, or April to September for maintenance."""
    if row["months"]:
        return say("method.rule_months", months=[same(month) for month in str(row["months"]).split()])
    return say("method.all_months" if row["outages"] == "single" else "method.maintenance_months")


def _accepted(tables: RunTables, row: Mapping[Any, Any]) -> Text:
    """What demand may be interrupted, after a comma; nothing of a rule for feed-in."""
    if row["direction"] == "feed_in":
        return same("")
    given = {name: None if pd.isna(row[name]) else float(row[name]) for name in INTERRUPTION}
    mw = SecurityRule.model_construct(None, **given).accepted_mw(tables.settings.interruption_max_mw)
    if not mw:
        return say("method.rule_accepts_none")
    hours = given["interruption_max_h"]
    return say("method.rule_accepts", mw=mw) if hours is None else say("method.rule_accepts_for", mw=mw, hours=hours)
