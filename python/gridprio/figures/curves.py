"""What a status is worth along a curve: the list of the study over the band of random ones."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from gridprio.figures import theme
from gridprio.text import Language, say

BAND = "rgba(138,148,158,0.25)"
AXES = {"dilution": ("n_status", "curves.n_status"), "bindingness": ("bindingness", "curves.bindingness")}
"""Table -> its column along the curve, and the word for that."""


def curve_rows(table: pd.DataFrame, curve: str, metric: str, scenario: str) -> pd.DataFrame:
    """Rows of one metric and scenario of table `dilution` or `bindingness`, from fewest or weakest on."""
    mine = table[(table["metric"] == metric) & (table["scenario"].astype(str) == scenario)]
    return mine.sort_values(AXES[curve][0], kind="stable")


def status_curve(rows: pd.DataFrame, curve: str, language: Language = "nl") -> go.Figure:
    """Months sooner per project with status along a curve, from `curve_rows` that are not empty.

    Effects there are below zero where projects come sooner.
    """
    column, along = AXES[curve]
    made = theme.figure(height=340, hovermode="x unified")
    by_kind = {kind: own.sort_values(column, kind="stable") for kind, own in rows.groupby("kind")}
    if "random" in by_kind:
        _random(made, by_kind["random"], column, language)
    real = by_kind["real"]
    at, sooner = real[column].tolist(), (0.0 - real["mean"]).tolist()
    made.add_scatter(
        x=at, y=sooner, mode="lines+markers", name=say("curves.this_list")[language],
        line={"color": theme.BETTER, "width": 3}, marker={"size": 7},
        error_y={
            "type": "data", "symmetric": False, "thickness": 1.2, "width": 3, "color": theme.BETTER,
            "array": (real["mean"] - real["low95"]).tolist(), "arrayminus": (real["high95"] - real["mean"]).tolist(),
        },
        hovertemplate="%{y:.1f}",
    )  # fmt: skip
    made.update_xaxes(title={"text": say(along)[language], "font": {"size": 12}}, tickvals=at, rangemode="tozero")
    made.update_yaxes(
        title={"text": say("curves.axis")[language], "font": {"size": 12}}, zeroline=True, zerolinecolor=theme.SOFT
    )
    made.update_layout(separators=",." if language == "nl" else ".,")
    return made


def _random(made: go.Figure, rows: pd.DataFrame, column: str, language: Language) -> None:
    """The band that one more random list falls in, where there are enough of them, and their mean."""
    at = rows[column].tolist()
    if rows[["low95", "high95"]].notna().to_numpy().all():
        upper, lower = (0.0 - rows["low95"]).tolist(), (0.0 - rows["high95"]).tolist()
        made.add_scatter(
            x=[*at, *at[::-1]], y=[*upper, *lower[::-1]], mode="lines", fill="toself", fillcolor=BAND,
            line={"width": 0}, name=say("curves.band")[language], hoverinfo="skip",
        )  # fmt: skip
    made.add_scatter(
        x=at, y=(0.0 - rows["mean"]).tolist(), mode="lines", name=say("curves.random_lists")[language],
        line={"color": theme.SOFT, "width": 2, "dash": "dash"}, hovertemplate="%{y:.1f}",
    )  # fmt: skip
