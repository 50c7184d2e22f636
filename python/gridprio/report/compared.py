"""Whole orders compared: points, how far each is from the best, and regret by scenario (tables `search`, `regret`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gridprio.report.effects import effect_rows, of_main_channel
from gridprio.report.run_tables import RunTables
from gridprio.report.section import Column, Listing, Section, columns
from gridprio.text import Text, lower, number, percent, same, say, word_kind

SETTLED = ("better", "worse", "none")
POINTS, POOLED = "points", "pooled"
NO_ORDER = "no_scarcity"
"""Stands among the orders of a search but can be no plan."""
REGRET_METRICS = (POINTS, "waiting_mw_years_demand")
"""The first that a run has is shown; the table holds the others."""


def compared_section(tables: RunTables) -> Section | None:
    """Points and bounds of orders, and their regret; None where a run compared no whole orders."""
    listings = tuple(found for found in (orders_listing(tables), _regret(tables)) if found)
    if not listings:
        return None
    sentences = (*_turning(tables), say("orders.note"))
    return Section("orders", say("orders.title"), sentences, (), listings)


def _turning(tables: RunTables) -> Iterator[Text]:
    """Metrics whose settled verdict in one scenario is another one in the next."""
    rows = [r for r in of_main_channel(effect_rows(tables)) if r.verdict in SETTLED]
    for metric in dict.fromkeys(r.metric for r in rows):
        by_verdict: dict[Text, list[Text]] = {}
        for row in rows:
            if row.metric == metric:
                by_verdict.setdefault(row.verdict_word, []).append(row.scenario_name)
        if len(by_verdict) > 1:
            told = [say("regret.in", verdict=verdict, scenarios=names) for verdict, names in by_verdict.items()]
            yield say("regret.turns", metric=metric, verdicts=told)


def orders_listing(tables: RunTables) -> Listing | None:
    """Orders over all scenarios, fewest points first; each with the bound that holds for orders of its kind."""
    rows = tables.search[tables.search["scenario"] == POOLED].sort_values(POINTS, kind="stable")
    if rows.empty:
        return None
    partial = rows["bound_points"].min() if _is_bound_partial(tables) else None
    heads = ("orders.order", "page.points", "orders.above_best", "orders.bound")
    cells = tuple(
        (
            word_kind("order", row["order_name"]),
            number(float(row["points"])),
            _above_best(row),
            _bound(row, partial),
        )
        for row in rows.to_dict("records")
    )
    return Listing(say("orders.table"), columns(*heads, numeric=heads[1:]), cells, say("orders.bound_note"))


def _is_bound_partial(tables: RunTables) -> bool:
    """The bound of the grid is over some of the area-years alone, far below any order."""
    best = (entry["params"] for entry in tables.manifest["messages"] if entry["code"] == "search.best")
    return any(params["bound"]["code"] == "search.no_bound" for params in best)


def _bound(row: Mapping[Any, Any], partial: float | None) -> Text:
    """A bound of nothing, or of a part, bounds nothing; that of an order's own kind may be higher than `partial`."""
    if row["order_name"] == NO_ORDER:
        return same("–")
    bound = float(row["bound_points"])
    return number(bound) if bound > 0 and bound != partial else say("orders.no_bound")


def _above_best(row: Mapping[Any, Any]) -> Text:
    best = float(row["best_found_points"])
    above = float(row["points"]) - best
    if best <= 0:
        return number(above, signed=True)
    return say("orders.above", points=number(above, signed=True), share=percent(above / best))


def _regret(tables: RunTables) -> Listing | None:
    metric = next((m for m in REGRET_METRICS if (tables.regret["metric"] == m).any()), "")
    rows = tables.regret[tables.regret["metric"] == metric]
    if rows.empty:
        return None
    scenarios = tables.all_scenarios
    cells = []
    for name, own in rows.sort_values("worst_regret", kind="stable").groupby("order_name", sort=False):
        regret = dict(zip(own["scenario"].astype(str), own["regret"].astype(float), strict=True))
        per_scenario = (number(regret[s]) if s in regret else same("–") for s in scenarios)
        worst = number(float(own["worst_regret"].iloc[0]))
        cells.append((word_kind("order", name), *per_scenario, *((worst,) if len(scenarios) > 1 else ())))
    heads = [Column(say("orders.order")), *(Column(tables.scenario(s), True) for s in scenarios)]
    if len(scenarios) > 1:
        heads.append(Column(say("orders.worst"), True))
    points = metric == POINTS
    title = say(
        "orders.regret",
        metric=lower(say("page.points") if points else word_kind("metric", metric)),
        unit=same("") if points else say("orders.in_unit", unit=word_kind("unit", metric)),
    )
    return Listing(title, tuple(heads), tuple(cells), say("orders.regret_note"), folded=True)
