"""Tables `lorenz` and `inequality`: how evenly waiting falls on those who ask (docs/theory/who.md)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.effect.channels import WITH, WITHOUT
from gridprio.effect.comparison import Pair
from gridprio.inputs.study import Study

Floats = NDArray[np.float64]
WORST_TENTH = 0.1


def inequality_tables(study: Study, pair: Pair, order_name: str) -> dict[str, pd.DataFrame]:
    """Of mean waiting over draws, per scenario and side; who asks for nothing within the horizon has no row."""
    names = np.array([development.development_id for development in study.developments], dtype=object)
    curves, summary = [], []
    for at, scenario in enumerate(pair.outcomes.scenarios):
        asked = pair.asked_mw_years[at]
        for side, rows in zip((WITHOUT, WITH), pair.row, strict=True):
            waiting = pair.outcomes.waiting_mw_years[rows, at].mean(axis=0)
            order, asked_share, waiting_share = lorenz(waiting, asked)
            if not len(order):
                continue
            own = {"order_name": order_name, "scenario": scenario, "side": side}
            columns = {"development_id": names[order], "asked_share": asked_share, "waiting_share": waiting_share}
            curves.append(pd.DataFrame({**own, "place": np.arange(1, len(order) + 1), **columns}))
            worst = order[-1]
            beyond = 1 - np.interp(1 - WORST_TENTH, [0.0, *asked_share], [0.0, *waiting_share])
            summary.append(
                own
                | {
                    "gini": gini(asked_share, waiting_share),
                    "worst_tenth_share": float(beyond),
                    "worst_development_id": str(names[worst]),
                    "worst_waiting_share": float(waiting[worst] / asked[worst]),
                }
            )
    empty = {name: pd.DataFrame(columns=list(columns)) for name, columns in TABLES.items()}
    return {
        "lorenz": pd.concat(curves, ignore_index=True) if curves else empty["lorenz"],
        "inequality": pd.DataFrame(summary) if summary else empty["inequality"],
    }


TABLES = {
    "lorenz": ("order_name", "scenario", "side", "place", "development_id", "asked_share", "waiting_share"),
    "inequality": (
        "order_name", "scenario", "side", "gini", "worst_tenth_share", "worst_development_id", "worst_waiting_share",
    ),
}  # fmt: skip


def lorenz(waiting: Floats, asked: Floats) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Rows of those who ask, by the share of it that waits, least first; and the cumulative shares of both.

    Where nobody waits both shares are equal, as everybody is off alike.
    """
    rows = np.flatnonzero(asked > 0)
    order = rows[np.argsort(waiting[rows] / asked[rows], kind="stable")]
    population = np.cumsum(asked[order])
    burden = np.cumsum(waiting[order])
    if not len(order):
        return order, population, burden
    share = population / population[-1]
    return order, share, burden / burden[-1] if burden[-1] > 0 else share


def gini(asked_share: Floats, waiting_share: Floats) -> float:
    """1 less twice the area under the Lorenz curve of cumulative shares; 0 is even, near 1 is one who waits alone."""
    x, y = np.concatenate([[0.0], asked_share]), np.concatenate([[0.0], waiting_share])
    return float(1 - (np.diff(x) * (y[1:] + y[:-1])).sum())
