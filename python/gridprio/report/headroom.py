"""The computed class of stations before any project (table `headroom`): on the map, and listed by direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gridprio.figures import CLASSES, worst_classes
from gridprio.report.run_tables import RunTables
from gridprio.report.section import Listing, columns
from gridprio.text import Text, join, number, same, say, word


def class_sentences(tables: RunTables) -> Iterator[Text]:
    """How many stations have which class, by direction."""
    for direction, own in worst_classes(tables.headroom).groupby("direction"):
        counts = own["colour_class"].value_counts()
        parts = [
            say("given.of_class", n=int(counts[c]), kind=word("colour_class", c)) for c in CLASSES if c in counts.index
        ]
        where = {"year": int(own["year"].iloc[0]), "scenario": tables.scenario(own["scenario"].iloc[0])}
        yield say("given.classes", direction=word("direction", str(direction)), parts=join(parts), **where)


def classes_listing(tables: RunTables) -> Listing:
    cells = tuple(
        (
            same(tables.name("stations", row["station_id"])),
            word("direction", row["direction"]),
            word("colour_class", row["colour_class"]),
            say("screen.no_limit") if row["headroom_mw"] != row["headroom_mw"] else number(row["headroom_mw"], 1),
            _limit(tables, row),
        )
        for row in worst_classes(tables.headroom).to_dict("records")
    )
    heads = ("given.station", "page.direction", "given.class", "given.headroom_mw", "page.limits")
    return Listing(say("given.class_of_stations"), columns(*heads, numeric=("given.headroom_mw",)), cells,
                   say("screen.colour_classes"), folded=True)  # fmt: skip


def _limit(tables: RunTables, row: Mapping[Any, Any]) -> Text:
    if not row["limiting_branch"]:
        return same("–")
    out = f" without {row['limiting_outage']}" if row["limiting_outage"] else ""
    return tables.element(row["limiting_branch"] + out)
