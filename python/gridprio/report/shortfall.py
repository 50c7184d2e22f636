"""Who is connected and can no longer be carried: shortfall by development (docs/theory/outcome.md)."""

from __future__ import annotations

import pandas as pd

from gridprio.report.run_tables import RunTables, scenario_rows
from gridprio.text import Text, same, say

METRIC = "shortfall_mw_years"
MOST_NAMES = 5
LEAST_MW_YEARS = 0.05
"""So much or less rounds to none and is not told."""


def shortfall_sentence(tables: RunTables) -> Text:
    """In the first scenario, without and with status, those that have most; empty where nobody has any."""
    rows = scenario_rows(tables.distribution, tables.first_scenario)
    rows = rows[(rows["group_kind"] == "development") & (rows["metric"] == METRIC)]
    if max(rows["without_status"].sum(), rows["with_status"].sum()) <= LEAST_MW_YEARS:
        return same("")
    most = rows[rows["with_status"] > LEAST_MW_YEARS].sort_values("with_status", ascending=False, kind="stable")
    names = [
        say("shortfall.name", name=tables.name("developments", row["group_id"]), mw_years=row["with_status"])
        for row in most.head(MOST_NAMES).to_dict("records")
    ]
    without, with_status = (float(rows[side].sum()) for side in ("without_status", "with_status"))
    is_compared = len(tables.plan_sides) > 1
    return say(
        "shortfall.who",
        scenario=tables.scenario(tables.first_scenario),
        amount=say("shortfall.both", without=without, with_status=with_status)
        if is_compared
        else say("shortfall.one", mw_years=with_status),
        names=say("shortfall.most", names=names) if names else same(""),
        firm=_firm(tables, most),
    )


def _firm(tables: RunTables, rows: pd.DataFrame) -> Text:
    """That the shortfall of requests that are all or nothing is an upper bound."""
    developments = tables.developments
    if "firm" not in developments:
        return same("")
    firm = set(developments.loc[developments["firm"].astype(bool), "development_id"].astype(str))
    own = rows[rows["group_id"].astype(str).isin(firm)]
    return say("shortfall.firm", n=len(own), mw_years=float(own["with_status"].sum())) if len(own) else same("")
