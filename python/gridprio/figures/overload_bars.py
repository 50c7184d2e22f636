"""How many hours branches are overloaded, under one plan or two."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from gridprio.figures import theme
from gridprio.text import Language, Text, number, say, word

ROW_PX = 34
LOOKS: Sequence[Mapping[str, Any]] = (
    {"color": theme.PAPER, "line": {"color": theme.INK, "width": 1.5}},
    {"color": theme.BETTER, "line": {"color": theme.INK, "width": 1.5}},
)
"""Open and filled, so that the orders are told apart without colour."""


def overload_bars(
    rows: pd.DataFrame, element: Callable[[str], Text], *, sides: Sequence[str], language: Language = "nl"
) -> go.Figure:
    """`rows`: area, branch, direction and, by order in `sides` (one or two), hours_ORDER and overload_mvah_ORDER.

    `element`: what a branch is called. One row after the other from the top down.
    """
    made = theme.figure(height=90 + ROW_PX * len(rows), barmode="group", hovermode="closest", bargap=0.3)
    place = list(range(len(rows)))
    for side, look in zip(sides, LOOKS, strict=False):
        made.add_bar(
            orientation="h", y=place, x=rows[f"hours_{side}"].tolist(), marker=look, name=word("order", side)[language],
            hovertemplate="%{customdata}<extra></extra>",
            customdata=[_hover(row, element, side, language) for row in rows.to_dict("records")],
        )  # fmt: skip
    made.update_xaxes(side="top", rangemode="tozero", tickformat="d")
    made.update_yaxes(
        tickvals=place,
        ticktext=[theme.wrapped(_name(row, element, language)) for row in rows.to_dict("records")],
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        fixedrange=True,
    )
    made.update_layout(legend={"y": 0, "yanchor": "top", "traceorder": "normal"}, margin={"b": 40})
    return made


def _name(row: Mapping[Any, Any], element: Callable[[str], Text], language: Language) -> str:
    parts = element(row["branch"]), word("direction", row["direction"])
    return ", ".join(part[language] for part in parts)


def _hover(row: Mapping[Any, Any], element: Callable[[str], Text], side: str, language: Language) -> str:
    return say(
        "figure.overload",
        branch=theme.plain(_name(row, element, language)),
        area=theme.plain(row["area"]),
        order=word("order", side),
        hours=number(row[f"hours_{side}"]),
        mvah=number(row[f"overload_mvah_{side}"]),
    )[language]
