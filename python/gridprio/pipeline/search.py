"""Better orders of a study, named orders to compare with, the bound, and shadow prices (docs/theory/search.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.inputs.study import Study
from gridprio.model.plan import Plans
from gridprio.orders import BEST_FOUND, OPERATOR, given_orders, listed_timeline, own_order, search_places
from gridprio.pipeline.better_order import compared_messages, search_tables
from gridprio.pipeline.contribution_tables import contribution_tables
from gridprio.pipeline.contributions import StudyGames
from gridprio.pipeline.schedules import make_schedules
from gridprio.pipeline.session import Session
from gridprio.pipeline.tables import outcomes_table, plan_table
from gridprio.plan import schedule_plans
from gridprio.search import (
    MOST_EXACT,
    Budget,
    Compared,
    Found,
    Objective,
    compare_orders,
    contribution_orders,
    shadow_prices,
    study_objective,
)
from gridprio.store import Progress, Run, RunWriter, read_run


def search_study(  # noqa: PLR0913 - what a search may be told
    study: Study,
    out: str | Path,
    budget: Budget,
    backend: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    told: Callable[[Found], None] | None = None,
    cells: str | Path | None = None,
    cluster: str | None = None,
) -> Run:
    """Search, and write the run folder of the named orders: plan, outcomes, orders, search, shadow prices.

    `told` is called with the best so far and the bound. Plans and outcomes are those on which the search judges
    (`search_draws`). Raises InputError for a study that cannot be run, and for a sealed one that lacks cells.
    """
    settings = study.settings
    with (
        Session(study, backend, threads, cells, cluster) as session,
        RunWriter(Path(out), study, backend=session.kernels.name, threads=session.threads, progress=progress) as writer,
    ):
        with writer.stage("grid"):
            source = session.cells
        evaluator = session.evaluator
        schedules = make_schedules(evaluator)
        writer.comparison(
            established=schedules.established, reason=schedules.unknown_because, order=schedules.order_name
        )
        objective = study_objective(evaluator)
        places = search_places(evaluator.problem, own_order(study))
        tables: dict[str, pd.DataFrame] = {}
        with writer.stage("orders"):
            lists = given_orders(study, places, evaluator.project_ids, settings.random_orders)
            if settings.shapley_blocks and len(places.open_places):
                games = StudyGames(objective)
                lists |= contribution_orders(study.projects, places, games.points(games.fixed_dates()))
        with writer.stage("search"):
            compared = compare_orders(
                objective,
                places,
                lists,
                schedules.ruled_order(),
                budget,
                told,
                most_exact=MOST_EXACT,
            )
        tables |= search_tables(compared)
        with writer.stage("shadow_prices") as advance:
            shown = {name: compared.lists[name] for name in (OPERATOR, BEST_FOUND)}
            again = Budget(settings.price_orders)
            tables["shadow_prices"] = shadow_prices(objective, places, shown, again, settings.seed, advance)
        if settings.shapley_blocks:
            with writer.stage("contributions"):
                tables |= contribution_tables(StudyGames(objective))
        with writer.stage("write"):
            plans, metrics = _planned(objective, compared)
            tables["plan"] = plan_table(evaluator.problem, plans, evaluator.scenarios)
            tables["outcomes"] = outcomes_table(metrics, evaluator.scenarios)
            for name, table in tables.items():
                writer.write(name, table)
            for sentence in compared_messages(compared):
                writer.message(sentence)
        session.close()
        writer.cells(source.origin())
    return read_run(out)


def _planned(objective: Objective, compared: Compared) -> tuple[Mapping[str, Plans], Mapping[str, NDArray[np.float64]]]:
    """Plans and metrics [scenario, draw, metric] by order name, on the draws of the search."""
    evaluator = objective.evaluator
    study, ids = evaluator.study, evaluator.project_ids
    timelines = [listed_timeline(study, ids, name, whole) for name, whole in compared.lists.items()]
    plans = schedule_plans(evaluator.problem, timelines, objective.delay_months, evaluator.kernels)
    metrics = evaluator.evaluate(timelines, objective.delay_months)
    return dict(zip(compared.lists, plans, strict=True)), dict(zip(compared.lists, metrics, strict=True))
