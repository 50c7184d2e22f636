"""How the numbers came about, for the reader of the page."""

from __future__ import annotations

from gridprio.report.run_tables import RunTables
from gridprio.report.security import security_notes
from gridprio.search import weights_of
from gridprio.text import Text, same, say


def method_notes(tables: RunTables) -> tuple[Text, ...]:
    """Plain sentences with the settings that this run used."""
    settings = tables.settings
    return (
        say("method.plan", first=settings.start_year, last=settings.end_year, rule=_rule(tables)),
        say("method.anomaly"),
        say("method.station_cells") if is_of_stations(tables) else say("method.cells", security=_security(tables)),
        *security_notes(tables),
        say("method.no_chance")
        if tables.draws <= 1
        else say("method.chance", draws=tables.draws, confidence=settings.confidence),
        say("method.verdicts", share=1 - settings.confidence),
        say("method.requests"),
        say("method.not_weighed"),
    )


def points_note(tables: RunTables) -> Text:
    """What a point is in this run; empty where nothing has a weight."""
    weights = {metric: weight for metric, weight in weights_of(tables.settings).items() if weight}
    named = [say("search.weight", weight=weight, metric=metric) for metric, weight in weights.items()]
    return say("method.points", weights=named, rate=tables.settings.discount_rate) if named else same("")


def is_of_stations(tables: RunTables) -> bool:
    """Whether capacities of feeding areas stood for the grid."""
    return str(tables.manifest.get("study", {}).get("mode")) == "stations"


def _security(tables: RunTables) -> Text:
    """What the settings ask for; empty where rules of the study take their place, which a note of their own names."""
    return say("method.security_by_settings") if tables.security_rules.empty else same("")


def _rule(tables: RunTables) -> Text:
    """What status does to the order."""
    settings = tables.settings
    if settings.rule == "head_start":
        return say("rule.head_start", strength=settings.bindingness)
    if settings.rule == "reserved_share":
        return say("rule.reserved_share", strength=settings.reserved_share)
    return say("rule.tiers")
