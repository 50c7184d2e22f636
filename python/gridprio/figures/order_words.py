"""Sentences about orders, the best found, the bound and what more of something brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from gridprio.figures.language import Text, join, number, same
from gridprio.figures.words import LEVERS, METRICS, resource

NO_SCARCITY = "no_scarcity"
ORDERS: dict[str, Text] = {
    "operator": Text("volgorde van de netbeheerder", "operator's order"),
    "with_order": Text("volgorde met status", "order with status"),
    "need_year_with_order": Text("volgorde met status (gereconstrueerd)", "order with status (reconstructed)"),
    "best_found": Text("rekenkundig beste bij deze weging", "best found for these weights"),
    "best_schedule": Text("beste van alle planningen", "best of all schedules"),
    NO_SCARCITY: Text("zonder schaarste", "without scarcity"),
    "request_date": Text("naar datum van aanvraag", "by date of request"),
    "need_year": Text("naar jaar van behoefte", "by year of need"),
    "societal_score": Text("naar maatschappelijke score", "by societal score"),
    "benefit_cost": Text("naar baten per euro", "by benefit per cost"),
    "pint": Text("naar bijdrage als eerste (PINT)", "by contribution put in first (PINT)"),
    "toot": Text("naar bijdrage als laatste (TOOT)", "by contribution taken out last (TOOT)"),
    "shapley_cost": Text("naar Shapley-bijdrage per euro", "by Shapley contribution per cost"),
}
KINDS: dict[str, Text] = {
    "crew": Text("één ploeg meer: {name}", "one crew unit more: {name}"),
    "permit_desk": Text("één vergunningenloket meer: {name}", "one permit desk more: {name}"),
    "budget": Text("1 miljoen meer in {year}: {name}", "1 million more in {year}: {name}"),
    "delivery": Text("één levering per jaar meer: {name}", "one delivery a year more: {name}"),
    "outage_slot": Text("één plek meer voor werk tegelijk: {name}", "one more slot for works at once: {name}"),
    "permit_time": Text("vergunningen {amount} maanden sneller", "permits {amount} months faster"),
    "land_time": Text("grond {amount} maanden eerder", "land {amount} months earlier"),
    "outage_month": Text("één kalendermaand meer voor werk", "one calendar month more for works"),
}
ANOMALY = Text(
    "ongunstiger: met meer ruimte schuift deze volgorde anders", "worse: with more room this order falls out otherwise"
)


def order_words(name: str) -> Text:
    """What an order is called; random ones by their number."""
    if name.startswith("random_"):
        k = name.removeprefix("random_")
        return Text(f"willekeurige lijst {k}", f"random list {k}")
    return ORDERS.get(name, same(name))


def distance_words(
    points: Mapping[str, float],
    best: float,
    bound: float,
    orders: int,
    *,
    floors: Mapping[str, float],
    exact: bool,
    bound_share: float,
    schedule: float | None = None,
) -> list[Text]:
    """The operator's order and that with status against the best found and the bound; the effect of status against
    the spread of orders; how sure the best is.

    `bound` is that of the grid, for every kind of order; over `bound_share` of the
    area-years; `floors` what no order of the kind of a name can beat.
    """
    said: list[Text] = []
    ruled = next((name for name in points if name.endswith("with_order")), "")
    for name, value in points.items():
        if name not in ("operator", ruled):
            continue
        above = Text(
            "{order}: {points} punten, {best} boven de beste gevonden volgorde en {bound} boven de ondergrens.",
            "{order}: {points} points, {best} above the best order found and {bound} above the lower bound.",
        )
        told = above.fill(
            order=order_words(name),
            points=number(value),
            best=_above(value, best),
            bound=number(value - floors[name]),
        )
        said.append(Text(_capital(told.nl), _capital(told.en)))
    if ruled and "operator" in points:
        said.append(_spread_words(points, points[ruled] - points["operator"], best))
    if schedule is not None:
        said.append(
            Text(
                "Alle planningen waarin niets eerder kan beginnen zijn doorgerekend: geen lijst zonder status haalt "
                "minder dan {points} punten.",
                "All schedules in which nothing can start earlier were evaluated: no list without status has fewer "
                "than {points} points.",
            ).fill(points=number(schedule))
        )
    if exact:
        certain = Text(
            "{best} punten is het optimum: geen volgorde zonder status haalt minder.",
            "{best} points is the optimum: no order without status has fewer.",
        )
        return [*said, certain.fill(best=number(best)), *_ideal(points)]
    sure = Text(
        "Rekenkundig beste bij deze weging, uit {orders} volgordes: {best} punten. Geen volgorde haalt minder dan "
        "{bound} (ondergrens over {share} van de gebiedsjaren; de rest telt als 0, dus het optimum kan hoger liggen).",
        "Best found for these weights, of {orders} orders: {best} points. No order has fewer than {bound} (bound over "
        "{share} of the area-years; the rest counts as 0, so the optimum may be higher).",
    )
    sure = sure.fill(orders=number(orders), best=number(best), bound=number(bound), share=_percent(bound_share))
    return [*said, sure, *_ideal(points)]


def _spread_words(points: Mapping[str, float], effect: float, best: float) -> Text:
    """What status changes, beside what orders can differ at all."""
    drawn = [value for name, value in points.items() if name.startswith("random_")]
    told = Text(
        "Status verandert {effect} punten; de rekenkundig beste volgorde verandert {room}.",
        "Status changes {effect} points; the best order found changes {room}.",
    ).fill(effect=number(effect, signed=True), room=number(best - points["operator"], signed=True))
    if not drawn:
        return told
    spread = Text(" {n} willekeurige lijsten: {low} tot {high} punten.", " {n} random lists: {low} to {high} points.")
    return told + spread.fill(n=str(len(drawn)), low=number(min(drawn)), high=number(max(drawn)))


def _ideal(points: Mapping[str, float]) -> list[Text]:
    ideal = Text(
        "Zonder schaarste, met elk project zo vroeg als zijn eigen fasen toelaten: {points} punten (geen ondergrens: "
        "een project kan ook schaden).",
        "Without scarcity, every project as early as its own phases allow: {points} points (no bound: a project may "
        "also harm).",
    )
    return [ideal.fill(points=number(points[NO_SCARCITY]))] if NO_SCARCITY in points else []


def weight_words(weights: Sequence[tuple[str, float]], *, scenario: str, weighted: bool, draws: int) -> Text:
    """What a point is: weights, scenarios, draws."""
    parts = [
        same(f"{weight:g} × ") + METRICS[metric][0] + same(" (") + METRICS[metric][1] + same(")")
        for metric, weight in weights
    ]
    if scenario:
        where = Text(f"scenario {scenario}", f"scenario {scenario}")
    elif weighted:
        where = Text("scenario's naar uw gewichten", "scenarios by your weights")
    else:
        where = Text("alle scenario's even zwaar", "all scenarios alike")
    when = (
        Text(f"gemiddeld over {draws} trekkingen van vertraging", f"mean over {draws} delay draws")
        if draws
        else Text("op geplande datums, zonder vertraging", "on planned dates, without delays")
    )
    head = Text("Punten (contant, minder is beter): ", "Points (discounted, fewer is better): ")
    return head + join(parts) + same("; ") + where + same("; ") + when + same(".")


def step_words(row: Mapping[str, object]) -> Text:
    """A row of table `shadow_prices` in words."""
    amount, year = float(str(row["amount"])), int(str(row["year"]))
    kind = str(row["kind"])
    name = same(row["name"]) if kind in ("budget", "delivery", "outage_slot") else resource(str(row["name"]))
    return KINDS[kind].fill(name=name, year=str(year), amount=f"{amount:g}")


def lever_words(lever: str) -> Text:
    return LEVERS.get(lever, same(lever))


def price_rows(prices: pd.DataFrame, order_name: str, most: int) -> list[dict[str, object]]:
    """The steps that bring most points under one order, per lever at most `most`, in the order of the table."""
    own = prices[(prices["order_name"] == order_name) & (prices["metric"] == "points")]
    rows: list[dict[str, object]] = []
    for lever in own["lever"].drop_duplicates():
        rows += own[own["lever"] == lever].sort_values("change", kind="stable").head(most).to_dict("records")
    return rows


def _above(value: float, best: float) -> Text:
    """525 (6,6 %)"""
    return number(value - best) + (same(" (") + _percent((value - best) / best) + same(")") if best > 0 else same(""))


def _percent(share: float) -> Text:
    return number(100 * share, 1) + Text(" %", "%")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
