"""What a column of a table, or a setting, holds: English stands with its bounds in `inputs/`, Dutch here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from gridprio.text.language import Text


@cache
def dutch_columns() -> Mapping[str, Mapping[str, str]]:
    """Dutch by table (`all` holds for every table) and column."""
    return tomllib.loads(resources.files("gridprio.text").joinpath("columns_nl.toml").read_text(encoding="utf-8"))


def column_text(table: str, column: str, english: str) -> Text:
    """What a column or a setting holds; English in both for one of no table."""
    groups = dutch_columns()
    dutch = groups.get(table, {}).get(column) or groups["all"].get(column) or english
    return Text(dutch, english)
