"""A map of the region from GeoJSON alone: municipalities by effect, stations, projects. No tiles, no server."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from gridprio.figures import theme
from gridprio.text import Language, Text, decimals_for, number, say, word

CLASSES: Mapping[str, tuple[str, str, int]] = {
    "transparent": ("circle", theme.PAPER, 8),
    "yellow": ("triangle-up", "#f0e442", 11),
    "red": ("square", theme.WORSE, 9),
}
"""Computed class of a station, the worst last: symbol, colour and size."""
COLOURS = {"better": "rgba(0,114,178,0.45)", "worse": "rgba(213,94,0,0.45)", "none": theme.LAND}


def region_map(  # noqa: PLR0913 - what a map shows
    municipalities: Mapping[str, Any],
    effect: Mapping[str, float],
    stations: pd.DataFrame,
    projects: pd.DataFrame,
    *,
    margin: float,
    unit: Text,
    headroom: pd.DataFrame | None = None,
    language: Language = "nl",
    fictional: bool = False,
) -> go.Figure:
    """Municipalities coloured by `effect` (municipality_id -> with minus without) beyond `margin`.

    Stations and projects are drawn where they have longitude and latitude; status projects are filled diamonds.
    `headroom`: table of a run; its stations are drawn by their worst class.
    """
    made = theme.figure(height=_height(municipalities), hovermode="closest", dragmode="pan")
    latitudes = []
    shown: set[str] = set()
    for feature in municipalities.get("features", []):
        key = str(feature["properties"]["municipality_id"])
        value = float(effect.get(key, 0.0))
        kind = "better" if value < -margin else "worse" if value > margin else "none"
        label = word("verdict_of_waiting", kind)[language]
        x, y = _outline(feature["geometry"])
        latitudes += [v for v in y if v is not None]
        change = f"{number(value, decimals_for(margin), signed=True)[language]} {unit[language]}"
        name = theme.plain(str(feature["properties"].get("name", key)))
        made.add_scatter(
            x=x, y=y, mode="lines", fill="toself", fillcolor=COLOURS[kind], line={"color": theme.SOFT, "width": 0.8},
            name=label, legendgroup=kind, showlegend=kind not in shown, hoveron="fills",
            text=f"<b>{name}</b><br>{change if kind != 'none' else label}", hoverinfo="text",
        )  # fmt: skip
        shown.add(kind)
    _names(made, municipalities)
    if "status" in projects:
        has = projects["status"].astype(bool)
        latitudes += _points(made, projects[~has], say("figure.project_without_status")[language],
                             "diamond-open", theme.INK, 11)  # fmt: skip
        latitudes += _points(made, projects[has], say("figure.project_with_status")[language],
                             "diamond", "#e69f00", 12)  # fmt: skip
    latitudes += _stations(made, stations, headroom, language)
    middle = sum(latitudes) / len(latitudes) if latitudes else 52.0
    made.update_xaxes(visible=False)
    made.update_yaxes(visible=False, scaleanchor="x", scaleratio=1 / math.cos(math.radians(middle)))
    if fictional:
        made.add_annotation(
            text=say("answer.fictional")[language].upper(), x=0, y=1, xref="paper", yref="paper", xanchor="left",
            yanchor="top", showarrow=False, font={"size": 16, "color": theme.SOFT},
        )  # fmt: skip
    made.update_layout(legend={"y": 0, "yanchor": "top"}, margin={"b": 60})
    return made


def worst_classes(headroom: pd.DataFrame) -> pd.DataFrame:
    """Rows of table `headroom` by station and direction: the worst class over sectors with the least headroom."""
    worst = headroom.assign(rank=headroom["colour_class"].map(list(CLASSES).index))
    worst = worst.sort_values(["rank", "headroom_mw"], ascending=[False, True], kind="stable")
    found = worst.drop_duplicates(["station_id", "direction"]).drop(columns="rank")
    return found.sort_values(["station_id", "direction"], ignore_index=True)


def _height(municipalities: Mapping[str, Any]) -> int:
    """Pixels that give a tall region room without making a wide one hollow."""
    points = [p for f in municipalities.get("features", []) for ring in _rings(f["geometry"]) for p in ring]
    if not points:
        return 480
    x, y = [p[0] for p in points], [p[1] for p in points]
    shape = (max(y) - min(y)) / max((max(x) - min(x)) * math.cos(math.radians(sum(y) / len(y))), 1e-9)
    return int(min(max(620 * shape, 420), 720)) + 60


def _outline(geometry: Mapping[str, Any]) -> tuple[list[float | None], list[float | None]]:
    """All rings of a Polygon or MultiPolygon one after the other, None between; about ten metres of precision."""
    x: list[float | None] = []
    y: list[float | None] = []
    for ring in _rings(geometry):
        if x:
            x.append(None)
            y.append(None)
        x += [round(float(p[0]), 4) for p in ring]
        y += [round(float(p[1]), 4) for p in ring]
    return x, y


def _rings(geometry: Mapping[str, Any]) -> Iterator[list[list[float]]]:
    if geometry["type"] == "Polygon":
        yield from geometry["coordinates"]
    elif geometry["type"] == "MultiPolygon":
        for polygon in geometry["coordinates"]:
            yield from polygon
    else:
        raise ValueError(f"a municipality is a Polygon or a MultiPolygon; found {geometry['type']}")


def _names(made: go.Figure, municipalities: Mapping[str, Any]) -> None:
    """Names low in the bounding box of each largest ring, where they cover few points."""
    x, y, names = [], [], []
    for feature in municipalities.get("features", []):
        ring = max(_rings(feature["geometry"]), key=len)
        x.append((min(p[0] for p in ring) + max(p[0] for p in ring)) / 2)
        y.append(0.85 * min(p[1] for p in ring) + 0.15 * max(p[1] for p in ring))
        names.append(theme.plain(str(feature["properties"].get("name", feature["properties"]["municipality_id"]))))
    made.add_scatter(x=x, y=y, text=names, mode="text", textfont={"size": 11, "color": theme.SOFT}, hoverinfo="skip",
                     showlegend=False)  # fmt: skip


def _stations(
    made: go.Figure, stations: pd.DataFrame, headroom: pd.DataFrame | None, language: Language
) -> list[float]:
    """By their worst class, all others plain; latitudes."""
    said: dict[str, list[str]] = {}
    worst: dict[str, str] = {}
    for row in [] if headroom is None else worst_classes(headroom).to_dict("records"):
        station, kind = str(row["station_id"]), str(row["colour_class"])
        worst[station] = max(worst.get(station, kind), kind, key=list(CLASSES).index)
        words = {"direction": word("direction", row["direction"]), "kind": word("colour_class", kind)}
        mw = row["headroom_mw"]
        told = say("figure.no_limit", **words) if mw != mw else say("figure.headroom", mw=number(mw, 1), **words)
        if row["published_class"]:
            told += say("figure.published", kind=word("published_class", row["published_class"]))
        said.setdefault(station, []).append(told[language])
    of = stations["station_id"].astype(str).map(worst) if worst else pd.Series(None, index=stations.index, dtype=object)
    latitudes = _points(made, stations[of.isna()], say("figure.station")[language], "circle", theme.INK, 7)
    for kind, (symbol, colour, size) in CLASSES.items():
        own = stations[of == kind]
        hover = ["<br>".join(said[str(key)]) for key in own["station_id"]] if len(own) else []
        label = say("figure.class", kind=word("colour_class", kind))[language]
        latitudes += _points(made, own.assign(hover=hover), label, symbol, colour, size)
    return latitudes


def _points(made: go.Figure, table: pd.DataFrame, label: str, symbol: str, colour: str, size: int) -> list[float]:
    if table.empty or not {"longitude", "latitude"} <= set(table.columns):
        return []
    located = table[pd.to_numeric(table["longitude"]).notna() & pd.to_numeric(table["latitude"]).notna()]
    if located.empty:
        return []
    hover = located["hover"] if "hover" in located else [label] * len(located)
    made.add_scatter(
        x=located["longitude"].astype(float).tolist(), y=located["latitude"].astype(float).tolist(), mode="markers",
        marker={"symbol": symbol, "size": size, "color": colour, "line": {"color": theme.INK, "width": 1}},
        text=[f"<b>{theme.plain(name)}</b><br>{said}" for name, said in zip(located["name"], hover, strict=True)],
        hoverinfo="text", name=label,
    )  # fmt: skip
    return [float(v) for v in located["latitude"]]
