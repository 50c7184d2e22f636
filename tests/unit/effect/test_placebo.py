"""Random lists beside the real one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from gridprio.effect import placebo_table, placebo_timelines
from gridprio.inputs.settings import Settings
from gridprio.model.metrics import METRICS
from gridprio.orders import CHANNELS, Order, operator_order
from gridprio.pipeline.schedules import make_schedules
from tests.chance_studies import chance_evaluator, chance_study
from tests.unit.effect.test_tables import comparison
from tests.unit.plan.rows import project

SETTINGS = Settings(rule="tiers", placebo_lists=40, seed=3, start_year=2026, end_year=2030)


def order() -> Order:
    """Two operators, a heat project and a safety project that nothing moves."""
    own = [project(f"a{k}", operator_rank=k + 1, status=k in (1, 4)) for k in range(6)]
    other = [project(f"b{k}", operator_id="south", operator_rank=k + 1, status=k == 3) for k in range(4)]
    heat = [project(f"h{k}", operator_rank=k + 7, carrier="heat", status=k == 0) for k in range(2)]
    fixed = [project("s", operator_rank=9, safety=True, status=True)]
    return operator_order([*own, *other, *heat, *fixed], "before_status")


def holders(of: Order) -> set[str]:
    return {p.project_id for p in of.projects if p.status}


def lists(of: Order, settings: Settings = SETTINGS) -> list[set[str]]:
    """The projects that move to the front of their own list, group by group."""
    ids = [p.project_id for p in of.projects]
    found = []
    for timeline in placebo_timelines(of, ids, holders(of), settings):
        placed = [of.projects[row] for row in timeline.project_order[-1]]
        front: set[str] = set()
        for key, count in {("op", "electricity"): 2, ("south", "electricity"): 1, ("op", "heat"): 1}.items():
            own = [p.project_id for p in placed if (p.operator_id, p.carrier) == key and not p.safety]
            front |= set(own[:count])
        found.append(front)
    return found


def test_as_many_per_operator_and_carrier_as_have_status() -> None:
    drawn = lists(order())
    assert len(drawn) == 40
    assert len({frozenset(one) for one in drawn}) > 20
    seen = Counter(name for one in drawn for name in one)
    assert set(seen) == {*(f"a{k}" for k in range(6)), *(f"b{k}" for k in range(4)), "h0", "h1"}
    assert seen["a0"] < 30 and seen["a5"] > 3, "drawn evenly, not by place"


def test_the_same_seed_gives_the_same_lists_and_more_go_on_from_them() -> None:
    few = SETTINGS.model_copy(update={"placebo_lists": 5})
    assert lists(order(), few) == lists(order())[:5]
    assert lists(order(), SETTINGS.model_copy(update={"seed": 4})) != lists(order())


def test_no_lists_where_status_moves_no_holder() -> None:
    of = order()
    fixed = of.reordered([p.model_copy(update={"status": p.safety}) for p in of.projects])
    assert placebo_timelines(fixed, fixed.project_ids, holders(fixed), SETTINGS) == []
    assert placebo_timelines(of, of.project_ids, holders(of), SETTINGS.model_copy(update={"placebo_lists": 0})) == []


@pytest.mark.parametrize(
    ("random", "rank", "p_value"),
    [([-1.0, 0.0, 3.0], 1, 0.25), ([-9.0, -1.0, 0.0], 2, 0.5), ([-5.0, 0.0, 1.0], 2, 0.5), ([-5.0] * 3, 4, 1.0)],
)
def test_rank_and_p_value_count_the_real_list_and_ties_against_it(
    random: list[float], rank: int, p_value: float
) -> None:
    found = comparison([[8.0, 8.0], [2.0, 4.0]])  # the real list saves 5 on average
    metric = np.broadcast_to(8.0 + np.array(random)[:, None, None, None], (3, 1, 2, len(METRICS)))
    table = placebo_table(replace(found, placebo=metric), SETTINGS)
    real = table[(table["list"] == "real") & (table.metric == "overload_mvah")].iloc[0]
    assert (real["mean"], real["rank"], real.lists, real.p_value) == (-5.0, rank, 4, p_value)
    assert len(table) == 4 * len(METRICS) and set(table.channel) == {"order"}
    assert placebo_table(found, SETTINGS).empty


def test_a_list_that_helps_most_stands_first_among_random_ones() -> None:
    """One team: the development of p4 wants twenty times what the others want."""
    served = [1.0, 1.0, 1.0, 1.0, 20.0]
    study = chance_study(served, [4], placebo_lists=30)
    evaluator = chance_evaluator(study, served)
    schedules = make_schedules(evaluator)
    delays = evaluator.delay_months[:20]
    rows = [schedules.orders.without, schedules.orders.with_all["order"]]
    metric = evaluator.evaluate([*(schedules.timelines[k] for k in rows), *schedules.placebo], delays)
    channels = dict.fromkeys(CHANNELS, 1)
    orders = replace(schedules.orders, without=0, with_all=channels)
    found = replace(comparison([[0.0], [0.0]]), orders=orders, metric=metric[:2], placebo=metric[2:])
    table = placebo_table(found, study.settings)
    real = table[(table["list"] == "real") & (table.metric == "waiting_mw_years_demand")].iloc[0]
    same_list = table[(table.metric == "waiting_mw_years_demand") & (table["mean"] == real["mean"])]
    assert real["rank"] == len(same_list) and real.p_value < 0.5
