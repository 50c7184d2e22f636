"""The grid year by year under the plan, without and with status beside each other, in RD New. No tiles, no server.

A step of the slider replaces the points of all traces: `layout.meta` holds them by year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from gridprio.figures import theme
from gridprio.figures.rd_new import rd_new
from gridprio.text import Language, number, say, word


def _ring(colour: str, width: float, symbol: str = "circle-open") -> Mapping[str, Any]:
    """Around the mark of a station."""
    return {"marker": {"symbol": symbol, "color": colour, "size": 19, "line": {"color": colour, "width": width}}}


LOOKS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("line", "in_service"): {"mode": "lines", "line": {"color": theme.INK, "width": 1.5}},
    ("line", "below_70"): {"mode": "lines", "line": {"color": "#56b4e9", "width": 1.5}},
    ("line", "from_70"): {"mode": "lines", "line": {"color": "#e69f00", "width": 2.5}},
    ("line", "over_after_outage"): {"mode": "lines", "line": {"color": theme.WORSE, "width": 3, "dash": "dash"}},
    ("line", "over_intact"): {"mode": "lines", "line": {"color": theme.WORSE, "width": 4}},
    ("line", "not_yet"): {"mode": "lines", "line": {"color": theme.SOFT, "width": 1, "dash": "dot"}},
    ("transformers", "below_70"): _ring("#56b4e9", 1.5),
    ("transformers", "from_70"): _ring("#e69f00", 3),
    ("transformers", "over_after_outage"): _ring(theme.WORSE, 2, "diamond-open"),
    ("transformers", "over_intact"): _ring(theme.WORSE, 4, "square-open"),
    ("station", "nobody_waits"): {"marker": {"symbol": "circle", "color": theme.PAPER}},
    ("station", "some_wait"): {"marker": {"symbol": "circle", "color": "#56b4e9"}},
    ("station", "all_wait"): {"marker": {"symbol": "square", "color": theme.WORSE}},
    ("project", "not_begun"): {"marker": {"symbol": "triangle-up-open", "color": theme.SOFT}},
    ("project", "in_progress"): {"marker": {"symbol": "triangle-up", "color": "#e69f00"}},
    ("project", "in_service"): {"marker": {"symbol": "star", "color": "#009e73"}},
}
"""Kind and state of what is drawn, the lowest first: symbol or width and colour both tell the state."""
Places = Mapping[tuple[str, str], Sequence[tuple[float, float]]]
Points = dict[str, list[Any]]


def grid_map(
    years: pd.DataFrame,
    places: Places,
    names: Mapping[tuple[str, str], str],
    *,
    sides: Sequence[str],
    language: Language = "nl",
) -> go.Figure:
    """`years`: rows of `gridprio.report.grid_years`; `places`: (kind, id) -> longitude and latitude.

    A line has two places; one that is removed is not drawn. The first year is shown; `layout.meta` has `years` and
    `steps`: by year and trace x, y and text.
    """
    plane = {key: [rd_new(*point) for point in points] for key, points in places.items()}
    shown = years[[key in plane for key in zip(years["kind"], years["id"], strict=True)]]
    all_years = sorted(shown["year"].unique().tolist())
    traces = [(side, *look) for side in sides for look in LOOKS if (shown["kind"] == look[0]).any()]
    grouped = dict(list(shown.groupby(["side", "year", "kind", "state"], sort=False)))
    nothing = shown.iloc[:0]
    steps = [
        [
            _points(grouped.get((side, year, kind, state), nothing), plane, names, language)
            for side, kind, state in traces
        ]
        for year in all_years
    ]
    made = theme.figure(height=520, hovermode="closest", dragmode="pan")
    for (side, kind, state), points in zip(traces, steps[0], strict=True):
        axis = "" if side == sides[0] else "2"
        look = dict(LOOKS[kind, state])
        if "marker" in look:
            look |= {
                "mode": "markers",
                "marker": {"size": 10, "line": {"color": theme.INK, "width": 1}} | look["marker"],
            }
        made.add_scatter(
            **points, **look, hoverinfo="text", name=word(f"{kind}_state", state)[language],
            legendgroup=f"{kind} {state}", showlegend=side == sides[0], xaxis=f"x{axis}", yaxis=f"y{axis}",
        )  # fmt: skip
    _frame(made, [point for points in plane.values() for point in points], sides, language)
    made.update_layout(meta={"years": [int(year) for year in all_years], "steps": steps})
    return made


def _points(
    rows: pd.DataFrame, plane: Mapping[tuple[str, str], Any], names: Mapping[tuple[str, str], str], language: Language
) -> Points:
    x: list[int | None] = []
    y: list[int | None] = []
    text: list[str] = []
    for row in rows.to_dict("records"):
        key = (str(row["kind"]), str(row["id"]))
        points = plane[key]
        gap = [None] if len(points) > 1 else []
        x += [*(p[0] for p in points), *gap]
        y += [*(p[1] for p in points), *gap]
        if gap:
            continue  # a line tells its state by its look
        said = f"<b>{theme.plain(names[key])}</b><br>{word(f'{key[0]}_state', row['state'])[language]}"
        if not np.isnan(row["loading_percent"]):
            said += f"<br>{say('figure.loaded', share=row['loading_percent'] / 100)[language]}"
        if row["waiting_mw"] > 0:
            said += f"<br>{say('figure.waits', mw=number(row['waiting_mw'], 1))[language]}"
        text.append(said)
    return {"x": x, "y": y, "text": text}


def _frame(made: go.Figure, points: Sequence[tuple[int, int]], sides: Sequence[str], language: Language) -> None:
    """Equal scales and one range for both halves, so that what lies where it lay is seen to."""
    x, y = ([p[axis] for p in points] for axis in (0, 1))
    margin = 0.05 * max(max(x) - min(x), max(y) - min(y), 1000)
    halves = [(0.0, 0.49), (0.51, 1.0)] if len(sides) > 1 else [(0.0, 1.0)]
    for at, (side, half) in enumerate(zip(sides, halves, strict=True)):
        axis = "" if at == 0 else "2"
        made.update_layout({
            f"xaxis{axis}": {"domain": half, "anchor": f"y{axis}", "visible": False,
                             "range": [min(x) - margin, max(x) + margin]},
            f"yaxis{axis}": {"domain": [0.0, 0.94], "anchor": f"x{axis}", "visible": False, "scaleanchor": f"x{axis}",
                             "range": [min(y) - margin, max(y) + margin]},
        })  # fmt: skip
        made.add_annotation(
            text=f"<b>{theme.plain(word('order', side)[language])}</b>", x=0, xref=f"x{axis} domain", xanchor="left",
            y=1, yref=f"y{axis} domain", yanchor="bottom", showarrow=False,
        )  # fmt: skip
    if len(sides) > 1:
        made.update_layout(xaxis2={"matches": "x"}, yaxis2={"matches": "y", "scaleanchor": None})
    made.update_layout(legend={"y": 0, "yanchor": "top"}, margin={"b": 70})
