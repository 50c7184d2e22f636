"""How evenly waiting falls on those who ask: the Lorenz curves without and with status."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from gridprio.figures import theme
from gridprio.text import Language, number, say

SIDES = {"without_status": ("figure.without_status", theme.SOFT, "dash"),
         "with_status": ("figure.with_status", theme.BETTER, "solid")}  # fmt: skip


def lorenz_curves(rows: pd.DataFrame, gini: dict[str, float], language: Language = "nl") -> go.Figure:
    """From rows of table `lorenz` of one scenario; `gini` by side stands in the legend."""
    made = theme.figure(height=380, hovermode="closest")
    made.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name=say("figure.equal")[language], hoverinfo="skip",
        line={"color": theme.GRID, "width": 2},
    )  # fmt: skip
    for side, (label, colour, dash) in SIDES.items():
        own = rows[rows["side"] == side].sort_values("place", kind="stable")
        if own.empty:
            continue
        name = say("figure.gini", side=say(label), gini=number(gini[side], 2))
        made.add_scatter(
            x=[0.0, *own["asked_share"]], y=[0.0, *own["waiting_share"]], mode="lines", name=name[language],
            line={"color": colour, "width": 3, "dash": dash}, hovertemplate="%{x:.0%} / %{y:.0%}<extra></extra>",
        )  # fmt: skip
    made.update_xaxes(
        title={"text": say("figure.asked_share")[language], "font": {"size": 12}}, range=[0, 1.02], tickformat=".0%"
    )
    made.update_yaxes(
        title={"text": say("figure.waiting_share")[language], "font": {"size": 12}}, range=[0, 1.01], tickformat=".0%"
    )
    return made
