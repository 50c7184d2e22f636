"""What a page needs to show figures offline."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from gridprio.figures import theme


def plotly_script() -> str:
    """The Plotly library as one script, to stand inside a page."""
    return str(get_plotlyjs())


def figure_json(made: go.Figure) -> str:
    """A figure as JSON that may stand inside a script element."""
    return str(made.to_json()).replace("<", "\\u003c")


def theme_colours() -> dict[str, str]:
    """Names of the page's CSS variables to the exact colours that figures hold for them."""
    return {
        "--ink": theme.INK, "--soft": theme.SOFT, "--grid": theme.GRID, "--paper": theme.PAPER, "--land": theme.LAND
    }  # fmt: skip
