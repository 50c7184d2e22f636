"""The computed class of stations before any project (table `headroom`): on the map, and listed by direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gridprio.figures import CLASSES, worst_classes
from gridprio.report.run_tables import RunTables
from gridprio.report.section import Listing, columns
from gridprio.text import Text, join, number, percent, same, say, word
from gridprio.text.codes import voltage_limit


def class_sentences(tables: RunTables) -> Iterator[Text]:
    """How many stations have which class, by direction."""
    for direction, own in worst_classes(tables.headroom).groupby("direction"):
        counts = own["colour_class"].value_counts()
        parts = [
            say("given.of_class", n=int(counts[c]), kind=word("colour_class", c)) for c in CLASSES if c in counts.index
        ]
        where = {"year": int(own["year"].iloc[0]), "scenario": tables.scenario(own["scenario"].iloc[0])}
        yield say("given.classes", direction=word("direction", str(direction)), parts=join(parts), **where)


def published_sentences(tables: RunTables) -> Iterator[Text]:
    """In which part of the stations the computed class is the published one, by direction; none without published."""
    rows = worst_classes(tables.headroom)
    for direction, own in rows[rows["published_class"] != ""].groupby("direction"):
        same_class = int((own["published_class"] == own["colour_class"]).sum())
        amber = int((own["published_class"] == "amber").sum())
        of = len(own) - amber
        under_study = say("given.amber", n=amber) if amber else same("")
        words = {"direction": word("direction", str(direction)), "n": same_class, "of": of}
        share = percent(same_class / of) if of else same("–")
        yield say("given.agrees", share=share, **words) + under_study


def classes_listing(tables: RunTables) -> Listing:
    is_published = bool((tables.headroom["published_class"] != "").any())
    by_voltage = bool(tables.headroom["voltage_headroom_mw"].notna().any())
    cells = tuple(
        (
            same(tables.name("stations", row["station_id"])),
            word("direction", row["direction"]),
            word("colour_class", row["colour_class"]),
            *([_published(row)] if is_published else []),
            say("screen.no_limit") if row["headroom_mw"] != row["headroom_mw"] else number(row["headroom_mw"], 1),
            _limit(tables, row),
            *(_voltage(tables, row) if by_voltage else ()),
        )
        for row in worst_classes(tables.headroom).to_dict("records")
    )
    published = ("given.published_class",) if is_published else ()
    voltage = ("given.voltage_headroom_mw", "given.voltage_limits") if by_voltage else ()
    heads = ("given.station", "page.direction", "given.class", *published, "given.headroom_mw", "page.limits", *voltage)
    numeric = ("given.headroom_mw", "given.voltage_headroom_mw")
    return Listing(say("given.class_of_stations"), columns(*heads, numeric=numeric), cells,
                   say("screen.colour_classes"), folded=True)  # fmt: skip


def _published(row: Mapping[Any, Any]) -> Text:
    return word("published_class", row["published_class"]) if row["published_class"] else same("–")


def _limit(tables: RunTables, row: Mapping[Any, Any]) -> Text:
    if not row["limiting_branch"]:
        return same("–")
    out = f" without {row['limiting_outage']}" if row["limiting_outage"] else ""
    return tables.element(row["limiting_branch"] + out)


def _voltage(tables: RunTables, row: Mapping[Any, Any]) -> tuple[Text, Text]:
    """Headroom by voltage, and the bus that limits it."""
    mw = row["voltage_headroom_mw"]
    if mw != mw:
        return same("–"), same("–")
    return number(mw, 1), tables.element(voltage_limit(row))
