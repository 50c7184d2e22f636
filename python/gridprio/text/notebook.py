"""What an object shows of itself in a notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping


def as_html(title: str, below: str, rows: Mapping[str, object], heads: tuple[str, str] | None = None) -> str:
    """A bold title, a line below it and a table of names and values; texts of a study cannot break out."""
    top = "" if heads is None else _row("th", *heads)
    body = "".join(_row("td", name, value) for name, value in rows.items())
    return f"<p><b>{html.escape(title)}</b><br>{html.escape(below)}</p><table>{top}{body}</table>"


def _row(tag: str, *cells: object) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"
