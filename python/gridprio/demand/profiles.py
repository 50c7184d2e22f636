"""A year in steps: profiles per unit and the calendar month of every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.errors import InputError, Problem
from gridprio.inputs.profiles import hours_per_step, month_of_steps
from gridprio.text import sentence

HOURS = 8760


@dataclass(frozen=True, eq=False)
class Profiles:
    """Profiles of one year, January first."""

    column: Mapping[str, int]
    """column of each profile in `value`"""
    value: NDArray[np.float64]
    """[step, profile], per unit of the MW that uses it"""
    limit_class: NDArray[np.int16]
    """[step], column of `GridArrays.rating_percent`; its month, unless ratings go by temperature"""

    @property
    def n_step(self) -> int:
        return len(self.value)

    @cached_property
    def step_h(self) -> float:
        """Hours per step."""
        return hours_per_step(self.n_step)

    @cached_property
    def month(self) -> NDArray[np.int8]:
        """[step], calendar month 0..11"""
        return month_of_steps(self.n_step)

    @cached_property
    def energy_h(self) -> NDArray[np.float64]:
        """[month, profile], MWh per MW in each calendar month"""
        starts = np.searchsorted(self.month, np.arange(12))
        energy: NDArray[np.float64] = np.add.reduceat(self.value, starts, axis=0) * self.step_h
        return energy


def profiles_of(
    own: pd.DataFrame | None, of_grid: pd.DataFrame | None = None, limit_class: NDArray[np.int16] | None = None
) -> Profiles:
    """The study's profiles, beside those that its grid source brings; the study's own hold where names are equal.

    Without any: a year of hours. `limit_class` [step]; None: the months. Raises InputError where the two differ in
    their steps.
    """
    frames = [frame for frame in (own, of_grid) if frame is not None]
    if not frames:
        return Profiles({}, np.zeros((HOURS, 0)), month_of_steps(HOURS).astype(np.int16))
    if len({len(frame) for frame in frames}) > 1:
        problem = Problem(
            "profiles",
            None,
            None,
            sentence("problem.profile_steps_differ"),
            found=sentence("found.rows", n=len(frames[0])),
            expected=sentence("expected.rows_of_grid_profiles", n=len(frames[1])),
        )
        raise InputError([problem])
    joined = pd.concat(frames, axis=1)
    joined = joined.loc[:, ~joined.columns.duplicated()]
    names = {str(name): k for k, name in enumerate(joined.columns)}
    if limit_class is None:
        limit_class = month_of_steps(len(joined)).astype(np.int16)
    return Profiles(names, np.ascontiguousarray(joined, dtype=np.float64), limit_class)
