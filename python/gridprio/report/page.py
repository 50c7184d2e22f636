"""One self-contained HTML page from a run; works offline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gridprio.figures.embed import plotly_script, theme_colours
from gridprio.report.charts import PageFigure, page_figures
from gridprio.report.effects import MARKS
from gridprio.report.run_tables import RunTables, run_tables
from gridprio.report.view import PageView, page_view
from gridprio.store.whole import write_whole
from gridprio.text import Text, say


def write_page(run: Any, path: Path) -> Path:
    """Write the page of a run to `path` and return it."""
    write_whole(path, render(run_tables(run)))
    return path


def render(tables: RunTables) -> str:
    """The whole page as HTML."""
    environment = Environment(
        loader=PackageLoader("gridprio.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["both"] = _both
    environment.filters["stored"] = _stored
    environment.globals["say"] = lambda code, **params: _both(say(code, **params))
    view = page_view(tables)
    figures = page_figures(tables)
    return environment.get_template("page.html").render(
        v=view,
        marks=MARKS,
        styles=Markup(_asset("page.css")),
        script=Markup(_asset("page.js")),
        plotly=Markup(plotly_script()) if figures else "",
        figures=Markup(_figures_json(figures)),
        shown={name: figure.rows for name, figure in figures.items()},
        colours=Markup(json.dumps(theme_colours())),
        title=_plain_title(view),
    )


def _stored(value: Any) -> str:
    """A stored value as text: numbers to six digits, nothing where there is none."""
    if value is None or value != value:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _figures_json(figures: Mapping[str, PageFigure]) -> str:
    return "{" + ",".join(
        f'"{name}":{{' + ",".join(f'"{language}":{text}' for language, text in figure.json.items()) + "}"
        for name, figure in figures.items()
    ) + "}"  # fmt: skip


def _both(text: Text) -> Markup:
    """Both languages; the page shows one."""
    if text.nl == text.en:
        return Markup(escape(text.nl))
    return Markup('<span lang="nl">{}</span><span lang="en">{}</span>').format(text.nl, text.en)


def _plain_title(view: PageView) -> str:
    return view.title[view.language]


def _asset(name: str) -> str:
    return (Path(__file__).parent / "page" / name).read_text(encoding="utf-8")
