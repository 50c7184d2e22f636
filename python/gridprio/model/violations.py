"""What is loaded above the limit in which case with which outage."""

from __future__ import annotations

import html
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gridprio.model.flows import LoadFlowStatus
from gridprio.model.grid import Grid, branch_name

if TYPE_CHECKING:
    import pandas as pd

INTACT = "intact"
"""What stands for the outage in tables where nothing is out."""
SHOWN_ROWS = 10
"""Of the highest loadings, in a notebook."""


@dataclass(frozen=True, eq=False)
class ViolationArrays:
    """By case, outage (the intact grid first, then as asked) and branch, in branch and outage numbering."""

    case: NDArray[np.int32]
    outage: NDArray[np.int32]
    """row of the grid's outages, -1 for the intact grid"""
    branch: NDArray[np.int32]
    loading_percent: NDArray[np.float64]
    failed_case: NDArray[np.int32]
    failed_outage: NDArray[np.int32]
    failed_status: NDArray[np.int32]
    """values of LoadFlowStatus of the cases without a solution"""
    n_solved: int
    """load flows that were solved, those of the intact grid included"""

    def limits(self, limit_percent: NDArray[np.float64]) -> NDArray[np.float64]:
        """`[violation]`, its limit out of `limit_percent[intact grid or an outage, branch]`."""
        return limit_percent[(self.outage >= 0).astype(np.int64), self.branch]

    def above(self, limit_percent: NDArray[np.float64]) -> ViolationArrays:
        """Those above their own limit."""
        return self.where(self.loading_percent > self.limits(limit_percent))

    def where(self, at: NDArray[np.bool_]) -> ViolationArrays:
        """Those of the violations alone."""
        kept = {name: getattr(self, name)[at] for name in ("case", "outage", "branch", "loading_percent")}
        return replace(self, **kept)


@dataclass(frozen=True, eq=False)
class Violations:
    """Every branch above the limit, confirmed in AC, and every case without a solution."""

    grid: Grid = field(repr=False)
    arrays: ViolationArrays = field(repr=False)
    n_case: int
    n_outage: int
    limit_percent: NDArray[np.float64] = field(repr=False)
    """[intact grid or an outage, branch]"""
    backend: str

    @cached_property
    def table(self) -> pd.DataFrame:
        """case, outage, branch (names such as `line:12`), loading_percent, limit_percent"""
        import pandas as pd

        found = self.arrays
        columns = {
            "case": found.case,
            "outage": self._outages(found.outage),
            "branch": [branch_name(self.grid.branch_ids[row]) for row in found.branch],
            "loading_percent": found.loading_percent,
            "limit_percent": found.limits(self.limit_percent),
        }
        return pd.DataFrame(columns)

    @cached_property
    def unsolved(self) -> pd.DataFrame:
        """case, outage (`intact` or a name), status of the load flows that were solved and have no solution"""
        import pandas as pd

        found = self.arrays
        status = [LoadFlowStatus(value).name.lower() for value in found.failed_status]
        outage = self._outages(found.failed_outage)
        return pd.DataFrame({"case": found.failed_case, "outage": outage, "status": status})

    def _outages(self, rows: NDArray[np.int32]) -> list[str]:
        return [INTACT if row < 0 else branch_name(self.grid.outage_ids[row]) for row in rows]

    def __repr__(self) -> str:
        asked, found = self.n_case * (1 + self.n_outage), self.arrays
        return (
            f"Violations({len(found.case)} above the limit in {self.n_case} cases with"
            f" {self.n_outage} outages on {self.grid.name!r}, {len(found.failed_case)} without a solution,"
            f" {found.n_solved} of {asked} solved in AC, backend {self.backend})"
        )

    def _repr_html_(self) -> str:
        worst = self.table.nlargest(SHOWN_ROWS, "loading_percent")
        return f"<p>{html.escape(repr(self))}</p>{worst.to_html(index=False, float_format='{:.1f}'.format)}"
