"""Colours and layout that all figures share.

Meanings never rest on colour alone: verdicts have signs, phases have names in the hover text and the legend. The
colours follow M. Okabe and K. Ito, "Color Universal Design" (2008). INK, SOFT, GRID and PAPER are exact values that
the page swaps for those of its dark theme.
"""

from __future__ import annotations

import html
from typing import Any

import plotly.graph_objects as go

INK, SOFT, GRID, PAPER, LAND = "#1c2733", "#5b6875", "#dfe4e9", "#fdfdfc", "#eceff1"
BETTER, WORSE, SAME = "#0072b2", "#d55e00", "#8a949e"
PHASES = {
    "study": "#a7adb3",
    "permit": "#e69f00",
    "land": "#cc79a7",
    "procurement": "#56b4e9",
    "build": "#0072b2",
}
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def figure(height: int, **layout: Any) -> go.Figure:
    """An empty figure of `height` pixels in the shared style."""
    made = go.Figure()
    made.update_layout(
        height=height,
        autosize=True,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": INK},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        hoverlabel={"bgcolor": PAPER, "font": {"color": INK, "family": FONT}, "bordercolor": SOFT, "align": "left"},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom", "itemclick": False,
                "itemdoubleclick": False},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": SOFT, "activecolor": INK},
        template="none",
    )  # fmt: skip
    made.update_xaxes(gridcolor=GRID, linecolor=SOFT, zeroline=False, tickcolor=SOFT, automargin=True)
    made.update_yaxes(gridcolor=GRID, linecolor=SOFT, zeroline=False, tickcolor=SOFT, automargin=True)
    made.update_layout(**layout)
    return made


def wrapped(text: str, width: int = 30) -> str:
    """Broken into lines of about `width` characters and shown as it is, for axis labels."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(map(plain, lines))


def plain(text: str) -> str:
    """`text` shown as it is: figures would take markup in it for their own."""
    return html.escape(text, quote=False)
