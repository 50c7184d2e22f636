"""Who is connected earlier and who later: the price of priority by name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gridprio.report.run_tables import RunTables
from gridprio.report.scenarios import in_named
from gridprio.text import Text, same, say

Movers = dict[str, pd.DataFrame]
"""Connections that move one way, by scenario, largest change first."""
MOST_NAMES = 3


def price_sentences(tables: RunTables) -> list[Text]:
    """Who is connected earlier and who later, in which scenarios: the price of priority by name."""
    if tables.connections.empty:
        return []
    scenarios = [s for s in tables.scenario_ids if s != "pooled"]
    moved = {s: moved_connections(tables, s) for s in scenarios}
    earlier = {s: found[found["change_years"] < 0] for s, found in moved.items()}
    later = {s: found[found["change_years"] > 0] for s, found in moved.items()}
    n = len(scenarios)
    if all(found.empty for found in moved.values()):
        return [say("movers.nobody") if n == 1 else say("movers.nobody_in_any", n=n)]
    sentences = [say("movers.earlier", who=_who(tables, earlier))] if any(map(len, earlier.values())) else []
    if any(map(len, later.values())):
        return [*sentences, say("movers.later", who=_who(tables, later))]
    return [*sentences, say("movers.nobody_later") if n == 1 else say("movers.nobody_later_in_any", n=n)]


def _ids(moved: pd.DataFrame) -> tuple[str, ...]:
    return tuple(dict.fromkeys(moved["development_id"].astype(str)))


def _who(tables: RunTables, movers: Movers) -> Text:
    """Scenarios in which the same developments move stand together; those without any come last."""
    together: dict[frozenset[str], list[str]] = {}
    for scenario, found in movers.items():
        together.setdefault(frozenset(_ids(found)), []).append(scenario)
    who = same("")
    for moving, scenarios in sorted(together.items(), key=lambda pair: not pair[0]):
        named = _named(tables, movers[scenarios[0]]) if moving else say("movers.none_here")
        names = [same(tables.name("scenarios", scenario)) for scenario in scenarios]
        who += (same("; ") if who else same("")) + named + in_named(names, len(movers), ", ")
    return who


def _named(tables: RunTables, movers: pd.DataFrame) -> Text:
    """3 ontwikkelingen, samen 60 MW (a, b, c en 2 andere), bediend 40% -> 45%."""
    ids = _ids(movers)
    names = [same(tables.name("developments", d)) for d in ids[:MOST_NAMES]]
    if len(ids) > MOST_NAMES:
        names.append(say("movers.others", n=len(ids) - MOST_NAMES))
    power_mw = sum(development_mw(tables, d) for d in ids)
    size = say("movers.size", n=len(ids), power_mw=power_mw) if power_mw > 0 else same("")
    return say("movers.who", n=len(ids), size=size, names=names) + _served(tables, movers)


def _served(tables: RunTables, movers: pd.DataFrame) -> Text:
    """The part that is served of what they ask for over the horizon: a date says little where it hardly changes."""
    power = np.array([development_mw(tables, d) for d in movers["development_id"].astype(str)])
    share = movers[["served_share_without_status", "served_share_with_status"]].to_numpy(dtype=float)
    known = np.isfinite(share).all(axis=1) & (power > 0)
    if not known.any():
        return same("")
    before, after = np.average(share[known], axis=0, weights=power[known]).tolist()
    return say("movers.served", before=before, after=after)


def development_mw(tables: RunTables, development_id: str) -> float:
    """Requested MW of a development, given as such or as size times MW per unit; 0 when the run does not hold it."""
    rows = tables.developments[tables.developments["development_id"].astype(str) == development_id]
    if rows.empty:
        return 0.0
    row = {str(k): pd.to_numeric(v, errors="coerce") for k, v in rows.iloc[0].items()}
    nothing = float("nan")
    power = float(row.get("p_mw", nothing))
    if power != power:
        power = float(row.get("size", nothing)) * float(row.get("mw_per_unit", nothing))
    return power if power == power else 0.0


def moved_connections(tables: RunTables, scenario: str) -> pd.DataFrame:
    """Connections of a scenario that measurably move, largest change first, with `change_years`.

    Measurably: the whole interval lies more than a month from no change, or a connection enters or leaves the horizon.
    """
    table = tables.connections
    if table["scenario"].astype(str).eq(scenario).any():
        table = table[table["scenario"].astype(str) == scenario]
    years = {c: pd.to_numeric(table[c]) for c in ("year_with_status", "year_without_status", "low95", "high95")}
    change = years["year_with_status"] - years["year_without_status"]
    gains = years["year_without_status"].isna() & years["year_with_status"].notna()
    loses = years["year_without_status"].notna() & years["year_with_status"].isna()
    change = change.mask(gains, -float("inf")).mask(loses, float("inf"))
    month = 1 / 12
    low, high = years["low95"].fillna(change), years["high95"].fillna(change)
    clear = gains | loses | ((high < -month) & (change < -month)) | ((low > month) & (change > month))
    found = table.assign(change_years=change)[clear.fillna(False)]
    return found.sort_values("change_years", key=lambda s: -s.abs(), kind="stable").reset_index(drop=True)
