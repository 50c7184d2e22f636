"""What the cells of a study do not tell is blank in every table, and never a 0 that reads as good news."""

from __future__ import annotations

import math

import pandas as pd

from gridprio.statistics import Verdict

NOT_IN_INPUTS = "not_in_inputs"
"""Reason of an effect on a metric that is not known."""
OF_STUDY = frozenset({"margin"})
"""Numbers that do not come from cells."""


def without_unknown(table: pd.DataFrame, metrics: frozenset[str]) -> pd.DataFrame:
    """The table without the values of these metrics, whether they have columns or rows of their own."""
    told = table.assign(**{name: math.nan for name in table.columns if name in metrics})
    if "metric" not in told.columns or not metrics:
        return told
    unknown = told["metric"].isin(metrics)
    numbers = [c for c in told.select_dtypes("float").columns if c not in OF_STUDY]
    told.loc[unknown, numbers] = math.nan
    blank: dict[str, str | float] = {
        "verdict": Verdict.NOT_ASSESSABLE,
        "reason": NOT_IN_INPUTS,
        "lever": "",
        "draws": 0,
        "further_draws": 0,
    }
    for column, value in blank.items():
        if column in told.columns and "verdict" in told.columns:
            told.loc[unknown, column] = value
    return told
