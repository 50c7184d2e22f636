"""The plan as bars: every project once, or twice: without and with status, or in two orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from gridprio.figures import theme
from gridprio.text import Language, Text, month, say, word, word_kind

WITHOUT_AND_WITH = ("without_status", "with_status")
STYLES = {1: ((0.0, 1.0),), 2: ((-0.2, 0.5), (0.2, 1.0))}
"""Number of orders -> place and opacity of the bars of each."""
ROW_PX = 42
THICK = 0.36
LANES = {"study": (0.0, THICK), "land": (-THICK / 3, THICK / 3), "permit": (0.0, THICK / 3),
         "procurement": (THICK / 3, THICK / 3), "build": (0.0, THICK)}  # fmt: skip
"""Offset and thickness of a phase; permit, land and procurement may run side by side."""


def middle_plan(plan: pd.DataFrame, scenario: str) -> pd.DataFrame:
    """Per order, project and phase the median start and finish over draws, and the constraint that binds most often.

    A phase that falls outside the horizon in half of the draws or more is left out.
    """
    here = plan[plan["scenario"].astype(str) == scenario]
    planned = here[(here["start_month"] >= 0) & (here["finish_month"] >= 0)]
    keys = ["order_name", "project_id", "phase"]
    share = planned.groupby(keys, sort=False).size() / here.groupby(keys, sort=False).size()
    found = planned.groupby(keys, sort=False)[["start_month", "finish_month"]].median()
    binding = planned.groupby([*keys, "binding_constraint"]).size().reset_index(name="draws")
    most = binding.sort_values("draws", ascending=False, kind="stable").drop_duplicates(keys).set_index(keys)
    found["binding_constraint"] = most["binding_constraint"].reindex(found.index)
    return found[share.reindex(found.index) > 0.5].reset_index()


def unfinished(
    plan: pd.DataFrame, middle: pd.DataFrame, scenario: str, order: str
) -> dict[str, tuple[list[str], float | None]]:
    """Projects of an order with phases that the middle plan lacks: these phases, and the last month of the others.

    The month is None for a project of which no phase is within the horizon.
    """
    here = plan[(plan["scenario"].astype(str) == scenario) & (plan["order_name"] == order)]
    shown = middle[middle["order_name"] == order]
    last = shown.groupby(shown["project_id"].astype(str))["finish_month"].max()
    planned = set(zip(shown["project_id"].astype(str), shown["phase"].astype(str), strict=True))
    missing: dict[str, list[str]] = {}
    for project, phase in dict.fromkeys(zip(here["project_id"].astype(str), here["phase"].astype(str), strict=True)):
        if (project, phase) not in planned:
            missing.setdefault(project, []).append(phase)
    return {
        project: (phases, float(last[project]) if project in last.index else None)
        for project, phases in missing.items()
    }


def plan_bars(
    plan: pd.DataFrame,
    project_ids: Sequence[str],
    names: Mapping[str, str],
    *,
    scenario: str,
    start_year: int,
    language: Language = "nl",
    with_status: frozenset[str] = frozenset(),
    sides: Sequence[str] = WITHOUT_AND_WITH,
) -> go.Figure:
    """Bars per project from table `plan`, phases coloured, first project on top; a star marks those with status.

    `sides` are one order or two, of which the first is light and above.
    """
    middle = middle_plan(plan, scenario)
    made = theme.figure(height=90 + ROW_PX * max(len(project_ids), 1), barmode="overlay", hovermode="closest", bargap=0)
    place = {p: i for i, p in enumerate(project_ids)}
    middle = middle[middle["project_id"].astype(str).isin(place)]
    for order, (shift, opacity) in zip(sides, STYLES[len(sides)], strict=True):
        for phase, colour in theme.PHASES.items():
            rows = middle[(middle["order_name"] == order) & (middle["phase"] == phase)]
            if rows.empty:
                continue
            made.add_bar(
                orientation="h",
                y=[place[str(p)] + shift + LANES[phase][0] for p in rows["project_id"]],
                base=(start_year + rows["start_month"] / 12).tolist(),
                x=((rows["finish_month"] - rows["start_month"]) / 12).tolist(),
                width=LANES[phase][1],
                marker={"color": colour, "opacity": opacity, "line": {"color": theme.PAPER, "width": 0.5}},
                name=word("phase", phase)[language],
                legendgroup=phase,
                showlegend=order == sides[-1],
                hovertemplate="%{customdata}<extra></extra>",
                customdata=[
                    _hover(r, names, word_kind("order", order), start_year, language) for r in rows.to_dict("records")
                ],
            )
    for order, (shift, _) in zip(sides, STYLES[len(sides)], strict=True):
        for project, (missing, month_at) in unfinished(plan, middle, scenario, order).items():
            if project not in place:
                continue
            started = month_at is not None
            late = (
                say("figure.phases_not_within_horizon", phases=[word("phase", phase) for phase in missing])
                if started
                else say("amount.not_within_horizon")
            )
            made.add_annotation(
                x=start_year + month_at / 12 if month_at is not None else 0, xref="x" if started else "x domain",
                xanchor="left", y=place[project] + shift, showarrow=False, font={"color": theme.SOFT, "size": 11},
                text=late[language],
            )  # fmt: skip
    made.update_xaxes(tickformat="d", dtick=2, side="top", showgrid=True)
    made.update_yaxes(
        tickvals=list(place.values()),
        ticktext=[theme.wrapped(("★ " if p in with_status else "") + names.get(p, p)) for p in project_ids],
        range=[len(place) - 0.4, -0.6],
        showgrid=False,
        fixedrange=True,
    )
    made.update_layout(legend={"y": 0, "yanchor": "top", "traceorder": "normal"}, margin={"b": 40})
    return made


def _hover(row: Mapping[Any, Any], names: Mapping[str, str], order: Text, start_year: int, language: Language) -> str:
    project = str(row["project_id"])
    start, finish = (month(start_year, float(str(row[c])))[language] for c in ("start_month", "finish_month"))
    return say(
        "figure.phase",
        name=theme.plain(names.get(project, project)),
        phase=word("phase", row["phase"]),
        order=order,
        start=start,
        finish=finish,
        reason=word_kind("reason", theme.plain(row["binding_constraint"])),
    )[language]
