"""Who gains and who pays, in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gridprio.effect import (
    distribution_table,
    externality_table,
    gini,
    goal_shift_table,
    inequality_tables,
    lorenz,
    status_groups,
)
from gridprio.inputs.schema import Project, Station
from tests.unit.effect.test_tables import pair
from tests.unit.outcome.fakes import development, study


def who(*names: str):  # type: ignore[no-untyped-def]
    """A study of demand at two stations, in the provinces and with the operators `n` and `s` in turn."""
    stations = tuple(
        Station(station_id=k, name=k, buses=(at,), operator_id=k, province_id=k) for at, k in enumerate("ns")
    )
    rows = [development(name, station_id="ns"[k % 2]) for k, name in enumerate(names)]
    return replace(study(rows), stations=stations)


def project(name: str, **columns: object) -> Project:
    return Project(**{"project_id": name, "name": name, "operator_id": "n", "maturity": "concrete", **columns})


def gini_of(waiting: list[float], asked: list[float] | None = None) -> float:
    asked_mw = np.ones(len(waiting)) if asked is None else np.array(asked)
    _, asked_share, waiting_share = lorenz(np.array(waiting, float), asked_mw)
    return gini(asked_share, waiting_share)


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_gini_of_even_waiting_is_0_and_of_one_who_waits_alone_1_less_1_in_n(n: int) -> None:
    assert gini_of([3.0] * n) == pytest.approx(0, abs=1e-12)
    assert gini_of([0.0] * (n - 1) + [7.0]) == pytest.approx(1 - 1 / n)


def test_gini_of_1_to_n_is_n_squared_less_1_in_3_n_times_n_plus_1() -> None:
    n = 9
    assert gini_of(list(range(n, 0, -1))) == pytest.approx((n * n - 1) / (3 * n * (n + 1)))


def test_a_request_split_in_two_changes_nothing_and_nobody_who_waits_is_even() -> None:
    assert gini_of([2.0, 6.0], [4.0, 8.0]) == pytest.approx(gini_of([2.0, 3.0, 3.0], [4.0, 4.0, 4.0]))
    assert gini_of([0.0, 0.0]) == pytest.approx(0)
    assert gini_of([0.0, 5.0], [0.0, 5.0]) == pytest.approx(0)  # who asks for nothing does not count


def test_status_that_moves_all_waiting_to_one_is_seen_in_gini_and_in_the_worst_off() -> None:
    found = inequality_tables(who("a", "b"), pair([[[4.0, 4.0]], [[0.0, 8.0]]], np.zeros((2, 1, 2))), "operator")
    sides = found["inequality"].set_index("side")
    assert sides["gini"].tolist() == pytest.approx([0, 0.5])
    assert sides.loc["with_status", "worst_development_id"] == "b"
    assert sides["worst_waiting_share"].tolist() == pytest.approx([0.5, 1.0])
    # the last tenth of what is asked bears a tenth, then a fifth of the waiting
    assert sides["worst_tenth_share"].tolist() == pytest.approx([0.1, 0.2])
    curve = found["lorenz"][found["lorenz"].side == "with_status"]
    assert curve[["asked_share", "waiting_share"]].to_numpy().tolist() == [[0.5, 0.0], [1.0, 1.0]]


def test_goal_shift_is_what_goals_save_per_unit_added_elsewhere() -> None:
    of = replace(who("a", "b", "c"), projects=(project("P", status=True), project("Q")))
    needed = pd.DataFrame({"scenario": "base", "development_id": ["a", "b", "c"], "needed_projects": ["Q P", "Q", ""]})
    found = pair([[[4.0, 2.0, 1.0]], [[1.0, 3.0, 1.5]]], np.zeros((2, 1, 3)))
    row = goal_shift_table(of, found, needed, "operator").set_index("metric").loc["waiting_mw_years_demand"]
    assert row[["goals", "saved", "added", "saved_per_added"]].tolist() == pytest.approx([1, 3, 1.5, 2])
    assert row.saved_low95 <= row.saved <= row.saved_high95 <= 8 and row.added_high95 <= 16
    nothing = goal_shift_table(of, pair([[[1.0, 1, 1]], [[1.0, 1, 1]]], np.zeros((2, 1, 3))), needed, "operator")
    assert (nothing[["saved", "added"]] == 0).all(axis=None) and nothing["saved_per_added"].isna().all()


def test_groups_lose_their_own_statuses_only() -> None:
    projects = (
        project("A", status=True, province_id="n"),
        project("B", status=True, province_id="s", operator_id="s"),
        project("C", province_id="s"),
    )
    assert status_groups(projects) == {
        ("province", "n"): ("B",), ("province", "s"): ("A",), ("province", "total"): (),
        ("operator", "n"): ("B",), ("operator", "s"): ("A",), ("operator", "total"): (),
    }  # fmt: skip


def test_a_status_that_hurts_the_neighbour_stands_in_the_matrix() -> None:
    change = np.array([[[-5.0, 2.0, 1.0]]])  # a and c are in n, b in s
    table = externality_table(who("a", "b", "c"), ["base"], [("province", "n")], change, "operator")
    rows = table[table.metric == "waiting_mw_years_demand"].set_index("on_group")["effect"]
    assert rows.to_dict() == {"n": -4.0, "s": 2.0}
    assert set(table.by_group) == {"n"} and set(table.group_kind) == {"province"}


def test_effects_of_groups_have_an_interval_from_the_draws() -> None:
    without = np.full((400, 2), 4.0)
    with_status = without - np.array([[3.0, 1.0], [1.0, 3.0]] * 200)
    table = distribution_table(who("a", "b"), pair([without, with_status], np.zeros((2, 400, 2))), "operator")
    rows = table[table.metric == "waiting_mw_years_demand"].set_index(["group_kind", "group_id"])
    assert rows.loc[("development", "a"), "effect"] == rows.loc[("province", "n"), "effect"] == -2
    total = rows.loc[("connection_class", "large")]
    assert total.effect == -4 and total.low95 < -4 < total.high95 < -3
