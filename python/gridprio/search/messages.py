"""What a search tells a reader: orders against the best found and the bound, and what a point is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gridprio.orders import OPERATOR
from gridprio.search.compare import NO_SCARCITY
from gridprio.text import Message, message


def distance_messages(
    points: Mapping[str, float],
    best: float,
    bound: float,
    orders: int,
    *,
    floors: Mapping[str, float],
    exact: bool,
    bound_share: float,
    schedule: float | None = None,
) -> list[Message]:
    """The operator's order and that with status against the best found and the bound; the effect of status against
    the spread of orders; how sure the best is.

    `bound` is that of the grid, for every kind of order, over `bound_share` of the area-years; unless these are all of
    them it is far below any order and is not told. `floors`: what no order of the kind of a name can beat.
    """
    ruled = next((name for name in points if name.endswith("with_order")), "")
    is_whole = bound_share == 1
    told = [
        _above(name, points[name], best, floors[name] if is_whole or floors[name] > bound else None)
        for name in points
        if name in (OPERATOR, ruled)
    ]
    if ruled and OPERATOR in points:
        told.append(message("search.room", effect=points[ruled] - points[OPERATOR], room=best - points[OPERATOR]))
        told += _random(points)
    if schedule is not None:
        told.append(message("search.all_schedules", points=schedule))
    if exact:
        told.append(message("search.optimum", points=best))
    else:
        known = message("search.bound", bound=bound) if is_whole else message("search.no_bound")
        told.append(message("search.best", points=best, orders=orders, bound=known))
    if NO_SCARCITY in points:
        told.append(message("search.no_scarcity", points=points[NO_SCARCITY]))
    return told


def _above(name: str, value: float, best: float, floor: float | None) -> Message:
    share = message("search.share", share=(value - best) / best) if best > 0 else ""
    over = "" if floor is None else message("search.above_bound", above=value - floor)
    return message("search.above", order=name, points=value, above=value - best, share=share, floor=over)


def _random(points: Mapping[str, float]) -> list[Message]:
    """What orders differ at all, by lists drawn at random."""
    drawn = [value for name, value in points.items() if name.startswith("random_")]
    if not drawn:
        return []
    low, high = min(drawn), max(drawn)
    if round(low) == round(high):
        return [message("search.random_alike", n=len(drawn), points=high)]
    return [message("search.random", n=len(drawn), low=low, high=high)]


def points_message(weights: Sequence[tuple[str, float]], *, scenario: str, weighted: bool, draws: int) -> Message:
    """What a point is: points per unit of each metric, scenarios, delay draws (0 is none)."""
    if scenario:
        scenarios = message("search.one_scenario", scenario=scenario)
    else:
        scenarios = message("search.weighted_scenarios" if weighted else "search.equal_scenarios")
    return message(
        "search.points",
        weights=[message("search.weight", weight=weight, metric=metric) for metric, weight in weights],
        scenarios=scenarios,
        draws=message("search.mean_of_draws", n=draws) if draws else message("search.no_delays"),
    )
