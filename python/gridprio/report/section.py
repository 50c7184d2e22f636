"""A section of the page as data: sentences, figures and tables, all rendered by one template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gridprio.report.run_tables import RunTables
from gridprio.report.scenarios import in_scenarios
from gridprio.text import Text, number, same, say, word_stored

NOTHING = same("")
Cells = tuple[Text, ...]


@dataclass(frozen=True)
class Column:
    heading: Text
    numeric: bool = False


@dataclass(frozen=True)
class Listing:
    """A table under its title; each row has one cell per column, the first names it."""

    title: Text
    columns: tuple[Column, ...]
    rows: tuple[Cells, ...]
    note: Text = NOTHING
    folded: bool = False


@dataclass(frozen=True)
class Chart:
    """A figure of the page, by its name among the figures."""

    name: str
    title: Text


@dataclass(frozen=True)
class Section:
    name: str
    heading: Text
    sentences: tuple[Text, ...] = ()
    charts: tuple[Chart, ...] = ()
    listings: tuple[Listing, ...] = ()


def columns(*codes: str, numeric: Sequence[str] = ()) -> tuple[Column, ...]:
    """Columns headed by the words of these codes, in order; those in `numeric` hold numbers."""
    return tuple(Column(say(code), code in numeric) for code in codes)


def stored_messages(tables: RunTables, *codes: str) -> tuple[Text, ...]:
    """The messages of the run that have one of these codes, worded."""
    return tuple(word_stored(entry) for entry in tables.manifest["messages"] if entry["code"] in codes)


def amounts(values: Iterable[float], decimals: int = 0) -> Text:
    """One number, or the least and the most where they differ as shown."""
    found = list(values)
    low, high = number(float(min(found)), decimals), number(float(max(found)), decimals)
    return low if low == high else say("answer.range", low=low, high=high)


def by_scenario(
    tables: RunTables,
    title: str,
    heads: Sequence[str],
    rows: Iterable[tuple[str, Cells]],
    *,
    numeric: Sequence[str] = (),
    most: int = 60,
    more: str = "",
) -> Listing:
    """A folded table of rows of several scenarios, those that read alike once; a last column says where each holds.

    A run of one scenario has no such column. Beyond `most` rows the table is cut, and the sentence `more` says so.
    """
    where: dict[Cells, list[str]] = {}
    for scenario, cells in rows:
        where.setdefault(cells, []).append(scenario)
    n = len(tables.all_scenarios)
    found = list(where)
    if n > 1:
        heads = (*heads, "page.scenario")
        found = [(*cells, in_scenarios([tables.scenario(s) for s in own], n)) for cells, own in where.items()]
    note = say(more, n=len(found)) if len(found) > most else NOTHING
    return Listing(say(title), columns(*heads, numeric=numeric), tuple(found[:most]), note, folded=True)
