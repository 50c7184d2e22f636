"""Where the real list stands among random ones, as a line under the headline."""

from __future__ import annotations

from collections.abc import Sequence

from gridprio.model.metrics import WAITING
from gridprio.report.effects import EffectRow, of_main_channel
from gridprio.report.run_tables import RunTables
from gridprio.text import Text, same, say, word

REAL = "real"


def placebo_sentence(tables: RunTables, rows: Sequence[EffectRow]) -> Text:
    """The rank of the list for all waiting that measurably changes; empty where there is none, or no random list."""
    real = tables.placebo[tables.placebo["list"] == REAL]
    changed = {r.metric for r in of_main_channel(rows) if r.verdict in ("better", "worse")}
    parts = []
    for metric in WAITING:
        mine = real[real["metric"] == metric]
        if metric in changed and len(mine):
            best, worst = int(mine["rank"].min()), int(mine["rank"].max())
            place = say("placebo.place", rank=worst) if best == worst else say("placebo.places", best=best, worst=worst)
            p_value = float(mine["p_value"].max())
            parts.append(say("placebo.rank", who=word("who_waits", metric), place=place, p=p_value))
    if not parts:
        return same("")
    return say("placebo.among", n=int(real["lists"].max()) - 1, parts=parts)
