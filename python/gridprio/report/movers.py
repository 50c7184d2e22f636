"""Who is connected earlier and who later: the price of priority by name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gridprio.report.run_tables import RunTables
from gridprio.report.scenarios import in_number
from gridprio.report.section import Column, Listing
from gridprio.text import Text, number, same, say

Movers = dict[str, pd.DataFrame]
"""Connections that move one way, by scenario, largest change first."""
MOST_NAMES = 3


def price_sentences(tables: RunTables) -> list[Text]:
    """Who is connected earlier and who later, in which scenarios: the price of priority by name."""
    if tables.connections.empty:
        return []
    scenarios = tables.all_scenarios
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
    """Names where all scenarios move the same developments; else how many, and the page's table tells which."""
    if len({frozenset(_ids(found)) for found in movers.values()}) == 1:
        found = next(iter(movers.values()))
        return _named(tables, found) + in_number(len(movers), len(movers), ", ")
    ids = [_ids(found) for found in movers.values()]
    numbers = [len(one) for one in ids]
    power = [sum(development_mw(tables, d) for d in one) for one in ids]
    return say("movers.by_scenario", least=min(numbers), most=max(numbers), low_mw=min(power), high_mw=max(power))


def movers_listing(tables: RunTables) -> Listing | None:
    """Who measurably moves in any scenario, with the months in each; None where nobody moves or in one scenario."""
    moved = {s: moved_connections(tables, s) for s in tables.all_scenarios}
    change: dict[tuple[str, str], dict[str, float]] = {}
    for scenario, found in moved.items():
        for row in found.to_dict("records"):
            who = str(row["development_id"]), str(row["direction"])
            change.setdefault(who, {})[scenario] = float(row["change_years"])
    if len(moved) < 2 or not change:
        return None
    ranked = sorted(change.items(), key=lambda pair: sum(pair[1].values()) / len(pair[1]))
    rows = tuple(
        (
            same(tables.name("developments", who)),
            number(development_mw(tables, who), 1),
            *(_months(by_scenario.get(scenario)) for scenario in moved),
        )
        for (who, _), by_scenario in ranked
    )
    heads = [Column(say("page.development")), Column(say("movers.mw"), True)]
    heads += [Column(tables.scenario(scenario), True) for scenario in moved]
    return Listing(say("movers.table"), tuple(heads), rows, say("movers.note"), folded=True)


def _months(years: float | None) -> Text:
    """Months later, below zero is earlier; in words where the connection enters or leaves the horizon."""
    if years is None:
        return same("–")
    if np.isinf(years):
        return say("connection.enters" if years < 0 else "connection.leaves")
    return number(12 * years, signed=True)


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
