"""Who is connected earlier and who later: the price of priority by name."""

from __future__ import annotations

import pandas as pd

from gridprio.figures.language import Text, count, join, number, same
from gridprio.report.run_tables import RunTables


def price_sentences(tables: RunTables) -> list[Text]:
    """Who is connected earlier and who later, in the first scenario: the price of priority by name."""
    if tables.connections.empty:
        return []
    moved = moved_connections(tables)
    later, earlier = moved[moved["change_years"] > 0], moved[moved["change_years"] < 0]
    if moved.empty:
        return [
            Text(
                "Geen enkele ontwikkeling wordt meetbaar eerder of later aangesloten.",
                "No development is connected measurably earlier or later.",
            )
        ]
    sentences = []
    if len(earlier):
        sentences.append(
            Text("Eerder aangesloten: {who}.", "Connected earlier: {who}.").fill(who=_named(tables, earlier))
        )
    if len(later):
        sentences.append(
            Text(
                "De prijs van voorrang, later aangesloten: {who}.", "The price of priority, connected later: {who}."
            ).fill(who=_named(tables, later))
        )
    else:
        sentences.append(Text("Niemand wordt meetbaar later aangesloten.", "Nobody is connected measurably later."))
    return sentences


def _named(tables: RunTables, moved: pd.DataFrame) -> Text:
    """3 ontwikkelingen, samen 60 MW (a, b en 1 andere)."""
    ids = list(dict.fromkeys(moved["development_id"].astype(str)))
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


def moved_connections(tables: RunTables) -> pd.DataFrame:
    """Connections of the first scenario that measurably move, largest change first, with `change_years`.

    Measurably: the whole interval lies more than a month from no change, or a connection enters or leaves the horizon.
    """
    table = tables.connections
    first = next((s for s in tables.scenario_ids if s != "pooled"), None)
    if table["scenario"].astype(str).eq(str(first)).any():
        table = table[table["scenario"].astype(str) == first]
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
