"""At how many stations a project of another operator binds, from the messages of the run."""

from __future__ import annotations

from dataclasses import dataclass

from gridprio.report.run_tables import RunTables
from gridprio.report.scenarios import in_named
from gridprio.text import Text, same, say


@dataclass(frozen=True)
class Bound:
    """Stations with a queue that fits in some year, and those of them where another operator's project binds."""

    scenario: Text
    stations: int
    by_others: int


def bound_by_others(tables: RunTables) -> list[Bound]:
    """Per scenario; empty where operators are not known or nobody waits."""
    names = {str(tables.name("scenarios", s)): tables.scenario(s) for s in tables.scenarios["scenario_id"]}
    entries = (e["params"] for e in tables.manifest["messages"] if e["code"] == "run.bound_by_others")
    return [Bound(names.get(str(e["scenario"]), same(e["scenario"])), int(e["areas"]), int(e["n"])) for e in entries]


def bound_headline(found: list[Bound]) -> Text:
    """The answer of a study in which nobody has status yet: where status on an own project could do nothing."""
    low, high = (find(one.by_others for one in found) for find in (min, max))
    many = say("bound.number", n=high) if low == high else say("bound.numbers", low=low, high=high)
    return say("bound.headline", many=many)


def bound_sentences(found: list[Bound]) -> list[Text]:
    """One sentence over all scenarios, those with the same numbers together; nothing where no other operator binds."""
    if not any(one.by_others for one in found):
        return []
    together: dict[tuple[int, int], list[Text]] = {}
    for one in found:
        together.setdefault((one.by_others, one.stations), []).append(one.scenario)
    parts = [
        say("bound.of", n=n, stations=stations) + in_named(names, len(found), " ")
        for (n, stations), names in together.items()
    ]
    return [say("bound.by_others", parts=parts)] if parts else []
