"""The page of a search: the best order found, how far it can still be from the best, and what moves in it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from gridprio.model.metrics import METRICS
from gridprio.report.effects import in_service
from gridprio.report.run_tables import RunTables
from gridprio.report.section import Cells, Listing, Section, by_scenario, columns, stored_messages
from gridprio.text import Text, decimals_for, month, number, percent, same, say, word, word_kind

POOLED = "pooled"
OPERATOR, BEST = "operator", "best_found"
MOST_NAMES = 3
FOUND = ("search.best", "search.optimum", "search.all_schedules", "search.random", "search.random_alike")
"""Messages of a search that its answer says."""


def found_headline(tables: RunTables) -> Text:
    """Points of the best order found beside those of the operator's."""
    points = _points(tables)
    best, operator = float(points[BEST]), float(points[OPERATOR])
    less = operator - best
    if number(best) == number(operator):
        return say("found.no_better", points=operator)
    share = percent(less / operator) if operator > 0 else same("–")
    return say("found.better", best=best, less=less, share=share)


def gap_sentences(tables: RunTables) -> Iterator[Text]:
    """How far the best found can be above the optimum; nothing where it is the optimum, which a message says."""
    row = tables.search[(tables.search["scenario"] == POOLED) & (tables.search["order_name"] == BEST)].iloc[0]
    best, bound = float(row["points"]), float(row["bound_points"])
    if not row["exact"]:
        yield say("found.gap", gap=best - bound, share=percent((best - bound) / best) if best > 0 else same("–"))


def moved_sentences(tables: RunTables) -> Iterator[Text]:
    """How many projects change place, and those that gain or lose most places."""
    moved = _moved(tables)
    yield say("found.moved", n=int((moved["places"] != 0).sum()), of=len(moved))
    for code, own in (
        ("found.forward", moved[moved["places"] > 0].sort_values("places", ascending=False, kind="stable")),
        ("found.back", moved[moved["places"] < 0].sort_values("places", kind="stable")),
    ):
        if len(own):
            names = [
                say("found.by_places", name=tables.name("projects", p), places=abs(int(n)))
                for p, n in own["places"].head(MOST_NAMES).items()
            ]
            yield say(code, names=names)


def found_section(tables: RunTables) -> Section | None:
    """What moves and what it changes; None where this is no folder of a search."""
    if not tables.is_search:
        return None
    listings = (_outcomes(tables), _projects(tables))
    return Section("found", say("found.changes"), (say("found.note"),), (), listings)


def _points(tables: RunTables) -> pd.Series[float]:
    pooled = tables.search[tables.search["scenario"] == POOLED]
    return pooled.set_index("order_name")["points"]


def _moved(tables: RunTables) -> pd.DataFrame:
    """By project in the best order: place in both, and places gained."""
    place = {
        name: tables.orders[tables.orders["order_name"] == name].set_index("project_id")["place"]
        for name in (OPERATOR, BEST)
    }
    found = pd.DataFrame({"before": place[OPERATOR], "after": place[BEST]}).dropna().astype(int)
    return found.assign(places=found["before"] - found["after"]).sort_values("after", kind="stable")


def _projects(tables: RunTables) -> Listing:
    dates, start = in_service(tables, tables.first_scenario), tables.settings.start_year
    nan = float("nan")
    rows = tuple(
        (
            same(tables.name("projects", project)),
            number(int(row["after"])),
            number(int(row["places"]), signed=True),
            *(month(start, dates.get((str(project), side), nan)) for side in (OPERATOR, BEST)),
        )
        for project, row in _moved(tables).iterrows()
    )
    heads = ("page.project", "found.place", "found.gained", "found.date_operator", "found.date_best")
    title = say("found.projects", scenario=tables.scenario(tables.first_scenario))
    return Listing(title, columns(*heads, numeric=heads[1:3]), rows, folded=True)


def _outcomes(tables: RunTables) -> Listing:
    """Mean over the draws of the search, metric by metric; scenarios that read alike once."""
    means = tables.outcomes.groupby(["order_name", "scenario"])[[m for m in METRICS if m in tables.outcomes]].mean()
    levels = means.to_dict("index")
    cells: list[tuple[str, Cells]] = []
    for metric in means.columns:
        for scenario in tables.all_scenarios:
            before, after = (float(levels[side, scenario][metric]) for side in (OPERATOR, BEST))
            if before != before:
                continue
            digits = max(0, decimals_for(max(abs(before), abs(after)) / 100)) if before or after else 0
            shown = (
                *(number(x, digits) for x in (before, after)),
                number(after - before, digits, True),
            )
            label = say("page.with_unit", label=word("metric", metric), unit=word_kind("unit", metric))
            cells.append((scenario, (label, *shown)))
    heads = ("knowledge.outcome", "found.by_operator", "found.by_best", "page.difference")
    return by_scenario(tables, "found.outcomes", heads, cells, numeric=heads[1:])


def found_messages(tables: RunTables) -> tuple[Text, ...]:
    """What the search itself said of its best order and of random ones."""
    return stored_messages(tables, *FOUND)
