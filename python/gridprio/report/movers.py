"""Who is connected earlier and who later: the price of priority by name."""

from __future__ import annotations

import pandas as pd

from gridprio.figures.language import Text, count, join, number, same
from gridprio.report.run_tables import RunTables

Movers = dict[str, tuple[str, ...]]
"""Developments that move one way, by scenario, largest change first."""


def price_sentences(tables: RunTables) -> list[Text]:
    """Who is connected earlier and who later, in which scenarios: the price of priority by name."""
    if tables.connections.empty:
        return []
    scenarios = [s for s in tables.scenario_ids if s != "pooled"]
    moved = {s: moved_connections(tables, s) for s in scenarios}
    earlier = {s: _ids(found[found["change_years"] < 0]) for s, found in moved.items()}
    later = {s: _ids(found[found["change_years"] > 0]) for s, found in moved.items()}
    if not any(earlier.values()) and not any(later.values()):
        nobody = Text(
            "Geen enkele ontwikkeling wordt{where} meetbaar eerder of later aangesloten.",
            "No development is connected measurably earlier or later{where}.",
        )
        return [nobody.fill(where=_all_of(scenarios))]
    sentences = []
    if any(earlier.values()):
        sentences.append(Text("Eerder aangesloten: ", "Connected earlier: ") + _who(tables, earlier))
    if any(later.values()):
        price = Text("De prijs van voorrang, later aangesloten: ", "The price of priority, connected later: ")
        sentences.append(price + _who(tables, later))
    else:
        nobody = Text(
            "Niemand wordt{where} meetbaar later aangesloten.", "Nobody is connected measurably later{where}."
        )
        sentences.append(nobody.fill(where=_all_of(scenarios)))
    return sentences


def _ids(moved: pd.DataFrame) -> tuple[str, ...]:
    return tuple(dict.fromkeys(moved["development_id"].astype(str)))


def _all_of(scenarios: list[str]) -> Text:
    if len(scenarios) == 1:
        return same("")
    return Text(f" in een van de {len(scenarios)} scenario's", f", in any of {len(scenarios)} scenarios")


def _who(tables: RunTables, movers: Movers) -> Text:
    """Scenarios in which the same developments move stand together; those without any come last."""
    together: dict[frozenset[str], list[str]] = {}
    for scenario, ids in movers.items():
        together.setdefault(frozenset(ids), []).append(scenario)
    parts = []
    for moving, scenarios in sorted(together.items(), key=lambda pair: not pair[0]):
        who = _named(tables, movers[scenarios[0]]) if moving else Text("niemand", "nobody")
        parts.append(who + _in(tables, scenarios, len(movers)))
    return Text("; ".join(p.nl for p in parts), "; ".join(p.en for p in parts)) + same(".")


def _in(tables: RunTables, scenarios: list[str], of: int) -> Text:
    if of == 1:
        return same("")
    if len(scenarios) == of:
        return Text(f", in alle {of} scenario's", f", in all {of} scenarios")
    return Text(" in ", " in ") + join([same(tables.name("scenarios", s)) for s in scenarios])


def _named(tables: RunTables, ids: tuple[str, ...]) -> Text:
    """3 ontwikkelingen, samen 60 MW (a, b en 1 andere)."""
    names = [same(tables.name("developments", d)) for d in ids[:3]]
    if len(ids) > 3:
        names.append(Text(f"{len(ids) - 3} andere", f"{len(ids) - 3} others"))
    power = sum(development_mw(tables, d) for d in ids)
    together = len(ids) > 1
    size = (
        Text(
            f", {'samen ' * together}{number(power).nl} MW",
            f", {number(power).en} MW{' together' * together}",
        )
        if power > 0
        else same("")
    )
    n = count(len(ids), Text("ontwikkeling", "development"), Text("ontwikkelingen", "developments"))
    return Text("{n}{size} ({names})", "{n}{size} ({names})").fill(n=n, size=size, names=join(names))


def development_mw(tables: RunTables, development_id: str) -> float:
    """Wished MW of a development, given as such or as size times MW per unit; 0 when the run does not hold it."""
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
