"""Orders to outcomes in one call: the numbers of a run, however the orders are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gridprio
from gridprio.exchange import random_lists
from gridprio.inputs import with_settings
from gridprio.inputs.study import Study
from gridprio.outcome import Evaluator

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def crowded() -> Study:
    return gridprio.read_study(HERE / "crowded")


@pytest.fixture
def evaluator(crowded: Study) -> Evaluator:
    return gridprio.make_evaluator(crowded, threads=1)


def test_results_do_not_depend_on_how_orders_are_asked_for(crowded: Study, evaluator: Evaluator) -> None:
    lists = random_lists(len(crowded.projects), 24, 5)
    together = evaluator.evaluate(lists)
    other = gridprio.make_evaluator(crowded, threads=2)
    alone = [other.evaluate(lists[k : k + 1]) for k in reversed(range(len(lists)))]
    assert np.concatenate(alone[::-1]).tobytes() == together.tobytes()
    assert together.shape == (24, len(evaluator.scenarios), 1, len(evaluator.metrics))
    assert evaluator.evaluate(lists).tobytes() == together.tobytes()


def test_nothing_is_simulated_twice(crowded: Study, evaluator: Evaluator) -> None:
    lists = random_lists(len(crowded.projects), 24, 5)
    evaluator.evaluate(lists)
    simulated = evaluator.cells.cache.simulated
    evaluator.evaluate(lists[::-1])
    other = evaluator.with_problem(evaluator.problem)
    other.evaluate(lists)
    assert evaluator.cells.cache.simulated == simulated > 0


def test_a_run_tells_the_same(crowded: Study, evaluator: Evaluator, tmp_path: Path) -> None:
    """The named orders of a run, as lists and as timelines, under the draws of the study."""
    run = gridprio.run_study(crowded, tmp_path / "run", threads=1)
    row = {p.project_id: k for k, p in enumerate(crowded.projects)}
    from gridprio.orders import request_date_order

    order = request_date_order(crowded.projects)
    lists = np.array([[row[p] for p in order.project_ids]])
    found = evaluator.evaluate(lists, evaluator.delay_months)
    table = run.outcomes[run.outcomes.order_name == "request_date"].sort_values(["scenario", "draw"])
    for at, metric in enumerate(evaluator.metrics):
        by_scenario = found[0, np.argsort(evaluator.scenarios), :, at].ravel()
        assert table[metric].to_numpy().tobytes() == by_scenario.tobytes(), metric


def test_discounting_weighs_years_and_leaves_costs(crowded: Study) -> None:
    lists = random_lists(len(crowded.projects), 3, 1)
    evaluator = gridprio.make_evaluator(with_settings(crowded, discount_rate=0.1), threads=1)
    plain, discounted = evaluator.evaluate(lists), evaluator.evaluate(lists, discounted=True)
    costs = [evaluator.metrics.index(name) for name in ("capital_cost_meur", "congestion_cost_meur")]
    others = [k for k in range(len(evaluator.metrics)) if k not in costs]
    assert (discounted[..., costs] == plain[..., costs]).all()
    assert (discounted[..., others] <= plain[..., others]).all()
    waiting = evaluator.metrics.index("waiting_mw_years_demand")
    assert (discounted[..., waiting] < plain[..., waiting]).all()


def test_lists_that_are_no_orders_are_refused(crowded: Study, evaluator: Evaluator) -> None:
    lists = np.zeros((1, len(crowded.projects)), dtype=int)
    with pytest.raises(ValueError, match="once each"):
        evaluator.evaluate(lists)
