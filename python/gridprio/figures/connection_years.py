"""When developments are connected: without status, with status, and when they asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from gridprio.figures import theme
from gridprio.text import Language, say

MONTH = 1 / 12


def connection_years(
    connections: pd.DataFrame, names: Mapping[str, str], *, end_year: int, language: Language = "nl"
) -> go.Figure:
    """One row per connection of `connections`, in its order; who is not connected stands beyond the end year."""
    made = theme.figure(height=90 + 30 * max(len(connections), 1), hovermode="closest")
    beyond = end_year + 1.5
    rows = connections.to_dict("records")
    years = [
        tuple(_year(r[c], beyond) for c in ("requested_year", "year_without_status", "year_with_status")) for r in rows
    ]
    colours = [theme.BETTER if b < a - MONTH else theme.WORSE if b > a + MONTH else theme.SAME for _, a, b in years]
    for kind, label in (
        (theme.BETTER, say("figure.connected_earlier")),
        (theme.WORSE, say("figure.connected_later")),
    ):
        x: list[float | None] = []
        y: list[float | None] = []
        for i, (_, a, b) in enumerate(years):
            if colours[i] == kind:
                x += [a, b, None]
                y += [i, i, None]
        if x:
            made.add_scatter(x=x, y=y, mode="lines", line={"color": kind, "width": 5}, name=label[language],
                             hoverinfo="skip")  # fmt: skip
    place = list(range(len(rows)))
    hover = [_hover(r, names, end_year, language) for r in rows]
    for column, label, marker in (
        (0, say("figure.requested"), {"symbol": "line-ns-open", "size": 14, "color": theme.SOFT}),
        (1, say("figure.without_status"),
         {"symbol": "circle", "size": 11, "color": theme.PAPER, "line": {"color": theme.INK, "width": 2}}),
        (2, say("figure.with_status"), {"symbol": "circle", "size": 9, "color": colours}),
    ):  # fmt: skip
        made.add_scatter(x=[v[column] for v in years], y=place, mode="markers", marker=marker, name=label[language],
                         text=hover, hoverinfo="text")  # fmt: skip
    made.update_yaxes(
        tickvals=place,
        ticktext=[theme.wrapped(names.get(str(r["development_id"]), str(r["development_id"]))) for r in rows],
        range=[len(rows) - 0.4, -0.6],
        fixedrange=True,
    )
    first = math.floor(min((min(v) for v in years), default=end_year))
    step = max(1, round((end_year - first) / 7))
    ticks = list(range(first, end_year + 1, step))
    labels = [str(t) for t in ticks]
    last = max((max(v) for v in years), default=end_year)
    if last == beyond:
        ticks = [t for t in ticks if t < end_year]
        labels = [*map(str, ticks), say("figure.later_or_never")[language]]
        ticks = [*ticks, beyond]  # type: ignore[list-item]
    made.update_xaxes(side="top", tickvals=ticks, ticktext=labels, range=[first - 0.5, max(last, end_year) + 0.8])
    made.update_layout(legend={"y": 0, "yanchor": "top"}, margin={"b": 50})
    return made


def _year(value: object, beyond: float) -> float:
    year = float(str(value))
    return beyond if math.isnan(year) else min(year, beyond)


def _hover(row: Mapping[Any, Any], names: Mapping[str, str], end_year: int, language: Language) -> str:
    never = say("figure.not_before", year=end_year + 1)[language]

    def year(column: str) -> str:
        value = float(str(row[column]))
        return never if math.isnan(value) else str(math.floor(value))

    key = str(row["development_id"])
    requested = year("requested_year")
    if float(str(row["earliest_year"])) > float(str(row["requested_year"])):
        requested = say("connection.possible_from", requested=requested, earliest=year("earliest_year"))[language]
    years = {"without_status": year("year_without_status"), "with_status": year("year_with_status")}
    return say("figure.connection", name=theme.plain(names.get(key, key)), requested=requested, **years)[language]
