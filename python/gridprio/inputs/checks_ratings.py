"""Ratings by temperature against themselves and against the series that they go by (docs/theory/cells.md, Limits)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from gridprio.errors import Problem
from gridprio.inputs.known import Known
from gridprio.inputs.profiles import profile_problems
from gridprio.inputs.rows import suggestion
from gridprio.inputs.study import Study
from gridprio.text import Sentence, sentence

TABLE = "temperature_ratings"
USERS = ("loads", "developments", "project_changes", "key_figures")
"""Tables with a column `profile`."""
LEAST_SPAN_C = 10.0
"""The air is at least so much warmer in the warmest hour of a year than in the coldest."""


def temperature_columns(study: Study) -> frozenset[str]:
    """Columns of profiles that hold temperatures."""
    return frozenset(rating.temperature for rating in study.temperature_ratings)


def surely_used(study: Study) -> pd.DataFrame:
    """Profiles, without those that no row names while a rating names one that is not there: it may be the one meant."""
    assert study.profiles is not None
    temperatures = temperature_columns(study)
    if temperatures <= set(study.profiles.columns):
        return study.profiles
    named = {row.profile for table in USERS for row in getattr(study, table)} | temperatures
    return study.profiles[[name for name in study.profiles.columns if name in named]]


def place_of_profiles(study: Study) -> tuple[str, tuple[int, ...]]:
    """Its file, and the row of each step as a person sees it."""
    position = study.positions.get("profiles")
    return (position.file, position.row_numbers) if position else ("profiles", ())


def unusable_temperatures(study: Study) -> list[Problem]:
    """Why hours cannot be sorted by temperature."""
    problems, columns = list(temperature_problems(study)), temperature_columns(study)
    if study.profiles is not None and not problems:
        problems += profile_problems(*place_of_profiles(study), study.profiles[sorted(columns)], columns)
    return problems


def temperature_problems(study: Study, known: Known | None = None) -> Iterator[Problem]:
    """Of every row, and rows of other tables that take a series for a profile."""
    for at in range(len(study.temperature_ratings)):
        for column, what, words in (*_points(study, at), *_series(study, at)):
            yield study.problem(TABLE, at, column, what, **words)
    temperatures = temperature_columns(study)
    columns = () if study.profiles is None else map(str, study.profiles.columns)
    profiles = sorted(set(columns) - temperatures)
    for table in USERS if temperatures else ():
        for at, row in enumerate(getattr(study, table)):
            if row.profile in temperatures:
                what, mend = sentence("problem.temperature_as_profile"), suggestion(row.profile, profiles)
                words = {"found": repr(row.profile), "expected": sentence("expected.known_profile")}
                yield study.problem(table, at, "profile", what, **words, mend=mend or sentence("remedy.name_a_profile"))


def doubtful_temperatures(study: Study) -> Iterator[Problem]:
    """Series that hardly vary over a year, such as a profile of power."""
    for at, rating in enumerate(study.temperature_ratings):
        if study.profiles is None or rating.temperature not in study.profiles:
            continue
        series = study.profiles[rating.temperature].to_numpy()
        low, high = float(np.nanmin(series)), float(np.nanmax(series))
        if high - low < LEAST_SPAN_C:  # a profile of power, from 0 to 1, does not reach it either
            yield study.problem(
                TABLE,
                at,
                "temperature",
                sentence("warning.hardly_a_temperature"),
                found=sentence("found.celsius_range", low=low, high=high),
                expected=sentence("expected.span_of_a_year", span=LEAST_SPAN_C),
                mend=sentence("remedy.name_temperatures"),
            )


_Found = Iterator[tuple[str, Sentence, Mapping[str, str]]]
"""Column, what is wrong, and the words for it."""


def _points(study: Study, at: int) -> _Found:
    rating = study.temperature_ratings[at]
    temperatures, percents = rating.temperatures_c, rating.rating_percents
    if len(temperatures) != len(percents):
        yield (
            "rating_percents",
            sentence("problem.points_differ"),
            {
                "found": str(len(percents)),
                "expected": sentence("expected.as_many_as", n=len(temperatures)),
                "mend": sentence("remedy.pair_points"),
            },
        )
    if falls := [f"{a:g}, {b:g}" for a, b in pairwise(temperatures) if a >= b]:
        words = {"found": falls[0], "expected": sentence("expected.ascending"), "mend": sentence("remedy.sort_points")}
        yield "temperatures_c", sentence("problem.temperatures_not_ascending"), words
    if rises := [f"{a:g}, {b:g}" for a, b in pairwise(percents) if a < b]:
        words = {
            "found": rises[0],
            "expected": sentence("expected.never_rising"),
            "mend": sentence("remedy.sort_points"),
        }
        yield "rating_percents", sentence("problem.rating_rises"), words


def _series(study: Study, at: int) -> _Found:
    rating = study.temperature_ratings[at]
    columns = [] if study.profiles is None else list(map(str, study.profiles.columns))
    if rating.temperature not in columns:
        # Without a table of profiles its absence is the problem, unless the grid brings one.
        if study.profiles is not None or study.head.grid.startswith("simbench:"):
            mend = suggestion(rating.temperature, columns)
            words = {"found": repr(rating.temperature), "expected": sentence("expected.known_profile"), "mend": mend}
            yield "temperature", sentence("problem.no_such_profile"), words
        return
    assert study.profiles is not None
    series, last = study.profiles[rating.temperature].to_numpy(), max(rating.temperatures_c)
    above = int((series > last).sum())
    if above:
        words = {
            "found": sentence("found.celsius_in_steps", c=float(np.nanmax(series)), n=above),
            "expected": sentence("expected.at_most_celsius", c=last),
            "mend": sentence("remedy.warm_point"),
        }
        yield "temperatures_c", sentence("problem.warmer_than_points"), words
