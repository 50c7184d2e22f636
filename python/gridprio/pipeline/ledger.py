"""The ledger of a run: what each project saves, where scores put it, and what is known of it besides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gridprio.effect import (
    StatusOrders,
    last_out_table,
    ledger_table,
    over_scenarios,
    rank_table,
    score_table,
    societal_ranks,
    with_earlier_rounds,
)
from gridprio.errors import StoreError
from gridprio.model.plan import NOT_PLANNED
from gridprio.outcome import METRICS, Evaluator, FixedDatesGame
from gridprio.pipeline.reach import planned_with_status
from gridprio.search import weights_of
from gridprio.store import Run
from gridprio.store.tables import RUN_TABLES

CAPITAL = METRICS.index("capital_cost_meur")


def ledger_tables(
    evaluator: Evaluator,
    orders: StatusOrders,
    tables: Mapping[str, pd.DataFrame],
    earlier: pd.DataFrame | None,
) -> dict[str, pd.DataFrame]:
    """Tables `ledger`, `last_out` and, where projects are scored, `rank_acceptability`.

    `tables`: `reach`, `reach_months`, `why_not` and `flips` of the run. `earlier`: entries of the rounds before, which
    come first.
    """
    study = evaluator.study
    found, sources = {}, {name: tables[name] for name in ("reach", "reach_months", "why_not", "flips")}
    saved = last_out(evaluator, orders)
    if saved is not None:
        found["last_out"], sources["last_out"] = saved, over_scenarios(saved)
    ranks = societal_ranks(study)
    if ranks is not None:
        found["rank_acceptability"], sources["scores"] = rank_table(ranks), score_table(study, ranks)
    ledger = ledger_table(study, evaluator.cells.changing_projects, sources)
    return {**found, "ledger": ledger if earlier is None else with_earlier_rounds(ledger, earlier)}


def earlier_entries(earlier: Run) -> pd.DataFrame:
    """The ledger of a run of the round before; StoreError where it has none with the columns of this version."""
    table = earlier.ledger if "ledger" in earlier.tables else pd.DataFrame()
    expected = list(RUN_TABLES["ledger"])
    if list(table.columns) != expected:
        other = sorted(set(expected) ^ set(table.columns))
        raise StoreError(
            f"the ledger of {earlier.folder} cannot be gone on with: it and this gridprio differ in the columns "
            f"{', '.join(other)}. Run that round again, or give another --ledger."
        )
    return table


def last_out(evaluator: Evaluator, orders: StatusOrders) -> pd.DataFrame | None:
    """What each project saves that is in service in the plan with status; None where a seal lacks cells for it."""
    _, months = planned_with_status(evaluator, orders)
    players = np.flatnonzero(months.in_service[0] != NOT_PLANNED).tolist()
    game = FixedDatesGame(evaluator, months, players)
    coalitions = np.concatenate([np.ones((1, len(players)), dtype=np.bool_), ~np.eye(len(players), dtype=np.bool_)])
    metric, discounted = (game.metrics(coalitions, discounted=weighs) for weighs in (False, True))
    if np.isnan(metric).any():
        return None
    settings = evaluator.study.settings
    weights = weights_of(settings)
    weight = np.array([0.0 if at == CAPITAL else weights[name] for at, name in enumerate(METRICS)])
    ids = [evaluator.project_ids[row] for row in players]
    return last_out_table(
        evaluator.study, ids, evaluator.scenarios, metric[1:] - metric[0], (discounted[1:] - discounted[0]) * weight
    )
