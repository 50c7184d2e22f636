"""Predicted loadings against AC load flows of the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from gridprio.cells.contingencies import contingencies_for
from gridprio.cells.executor import cell_batch
from gridprio.cells.study_grid import StudyGrid, area_limits, make_study_grid
from gridprio.demand.binding import refused_mw
from gridprio.demand.loading import AreaLimits, Loading, LoadingModel
from gridprio.inputs.read import read_study
from gridprio.inputs.study import Study
from gridprio.kernels import get_kernels
from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, HourlyInjections, Queue, Requests
from gridprio.model.limits import limit_percent
from gridprio.model.rules import CellRules, record_from
from tests.kernels.cell_cases import Cell, contingencies
from tests.kernels.test_one_way_limits import INTO, OUT, coupled

PROVINCE = Path(__file__).parents[3] / "data" / "grids" / "fictional-province"


APRIL = 1 << 3


@cache
def every_hour() -> tuple[Study, StudyGrid]:
    study = read_study(PROVINCE)
    study = replace(study, settings=study.settings.model_copy(update={"hours": "all"}))
    return study, make_study_grid(study)


@pytest.mark.parametrize(
    ("direction", "pairs"),
    [
        *((direction, 0) for direction in (CASE_DEMAND, CASE_FEED_IN, CASE_DEMAND | CASE_FEED_IN)),
        *((CASE_DEMAND, pairs) for pairs in (CASE_DEMAND, CASE_FEED_IN)),
    ],
)
def test_predicted_overload_of_a_year_is_that_of_the_cell(
    direction: int, pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Iterated to the end and told without a cap, it is that of AC load flows; after two iterations up to 6.2 % less.

    `pairs`: direction in which outages during maintenance are asked for in April as well.
    """
    study, grid = every_hour()
    rules = record_from(CellRules, vars(study.settings))
    asked = tuple(replace(rule, direction=direction) for rule in rules.outages.in_force)
    if pairs:
        asked += (replace(asked[0], direction=pairs, maintenance=True, months=APRIL),)
    rules = replace(rules, outages=replace(rules.outages, security_rules=asked))
    arrays, limits = (
        grid.areas[2].arrays,
        area_limits(grid.plan_areas[2], [p.project_id for p in study.projects], rules),
    )
    hourly = grid.demand.injections(2, 2040, "KM", ())
    mask, *_ = limits.states[0]
    nobody = Requests.none(len(hourly.month))
    cell = get_kernels("auto").evaluate_cells(
        arrays, contingencies_for(arrays, rules.outages), nobody.queue, cell_batch([mask], [hourly], [nobody]),
        rules=rules, threads=1,
    )  # fmt: skip
    model = LoadingModel(limits, mask, np.arange(arrays.n_node))

    def predicted() -> tuple[float, float]:
        with threadpool_limits(1, user_api="blas"):  # as where hours are chosen
            found = model.loading(hourly)
        over = np.maximum(found.of_limit - 1.0, 0.0) @ found.limit_mva
        insecure = (found.of_limit > 1.0).any(axis=1) | found.interrupted
        return float(hourly.weight_h @ over), float(hourly.weight_h @ insecure)

    overload_mvah, insecure_hours = predicted()
    assert cell.overload_mvah.sum() > 1000
    assert 0.938 <= overload_mvah / cell.overload_mvah.sum() <= 1.0
    assert abs(insecure_hours - cell.insecure_hours.sum()) <= 0.05 * cell.insecure_hours.sum()
    monkeypatch.setattr("gridprio.demand.loading.ROUNDS", 16)
    monkeypatch.setattr("gridprio.demand.loading.MOST", 50.0)
    monkeypatch.setattr("gridprio.demand.loading.REFINED", 0.5)
    overload_mvah, insecure_hours = predicted()
    assert overload_mvah == pytest.approx(cell.overload_mvah.sum(), rel=1e-3)
    assert abs(insecure_hours - cell.insecure_hours.sum()) <= 0.01 * cell.insecure_hours.sum()


def test_a_limit_of_one_direction_is_told_where_it_holds() -> None:
    """100 MVA for what is drawn and 100 MVA for what is fed in, in series, and with the ends of the branches turned."""
    for turned in (False, True):
        grid = coupled(INTO, OUT)
        if turned:
            ends = {"from_node": grid.to_node.copy(), "to_node": grid.from_node.copy()}
            ways = grid.one_way_limits * np.array([1, -1], dtype=np.int32)
            grid = replace(grid, **ends, one_way_limits=ways)
        batch = Cell(grid, contingencies(), p_mw={2: [-150.0, 130.0, -80.0]}, month=[0, 6, 6]).batch()
        hourly = HourlyInjections(
            batch.month[0], batch.limit_class[0], batch.weight_h[0], batch.p_mw[0], batch.q_mvar[0], 0 * batch.p_mw[0]
        )
        limits = AreaLimits(grid, contingencies(), limit_percent(grid, 100.0, 100.0), ())
        found = LoadingModel(limits, grid.branch_in_service, np.arange(grid.n_node)).loading(hourly)
        np.testing.assert_allclose(found.of_limit, [[1.5, 0.0], [0.0, 1.3], [0.8, 0.0]], atol=1e-3)


def loading(of_limit: list[float], limit: Sequence[float] = ()) -> Loading:
    """One branch of 100 MVA, 1 MW at the only node adds 1 %; `limit` of each hour, of its mean."""
    n, only = len(of_limit), np.zeros(1, dtype=np.intp)
    of_mean = np.array(limit or [1.0] * n)
    return Loading(
        of_limit=(np.array(of_limit) / of_mean)[:, None],
        limit_mva=np.array([100.0]),
        limit_of_mean=of_mean[:, None],
        limit_class=np.arange(n, dtype=np.int16),
        interrupted=np.zeros(n, dtype=np.bool_),
        per_mw=np.full((1, 1), 0.01),
        branches=only,
        pairs=(only, only),
    )


def one_request(profile: list[float]) -> Queue:
    return Queue(
        node=np.zeros(1, dtype=np.int32), sign=np.array([-1], dtype=np.int8), q_per_p=np.zeros(1),
        profile=np.array([profile]), firm=np.zeros(1, dtype=np.bool_), exempt=np.zeros(1, dtype=np.bool_),
    )  # fmt: skip


def test_a_request_is_held_back_in_the_hour_that_leaves_least_for_it() -> None:
    """Of 40 MW, 20 are held back in the second hour; in the first, loaded more, the request brings nothing."""
    queue, with_all = one_request([0.0, 1.0, 1.0]), loading([0.9, 1.1, 1.05])

    def own(hours: NDArray[np.intp]) -> Loading:
        assert hours.tolist() == [1, 2]
        return loading([0.7, 0.65])

    assert refused_mw(own, with_all, queue, -1, np.array([40.0])).round(6).tolist() == [0.0, 20.0, 0.0]
    assert refused_mw(own, with_all, queue, 1, np.array([40.0])).tolist() == [0.0, 0.0, 0.0]


def test_room_and_use_are_of_the_limit_of_the_hour() -> None:
    """Of 60 MW, 20 fit below a limit of 70 MVA in heat, and 22 below 130 in cold."""
    limit = [0.7, 1.3]
    own, with_all = loading([0.5, 1.08], limit), loading([1.1, 1.68], limit)
    held = refused_mw(lambda hours: own, with_all, one_request([1.0, 1.0]), -1, np.array([60.0]))
    assert held.round(6).tolist() == [80.0, 0.0]


@pytest.mark.parametrize("base_mw", [-55.0, -76.0])
def test_what_is_loaded_little_is_no_room(base_mw: float) -> None:
    """Of the pairs of a loading with more on it, low loadings are told too: 60 MW beside these on 100 MVA."""
    grid = coupled(0)
    p_mw = np.array([[0.0, base_mw + hour] for hour in range(3)])
    flat = np.zeros(3, dtype=np.int8), np.zeros(3, dtype=np.int16), np.ones(3)
    hourly = HourlyInjections(*flat, p_mw, 0 * p_mw, 0 * p_mw)
    limits = AreaLimits(grid, contingencies(), limit_percent(grid, 100.0, 100.0), ())
    model = LoadingModel(limits, grid.branch_in_service, np.arange(2))
    with_all = model.loading(replace(hourly, p_mw=p_mw - np.array([0.0, 60.0])))
    hours = np.array([0, 2])
    own = model.loading(hourly, with_all, hours)
    np.testing.assert_allclose(own.of_limit[:, with_all.branches].max(axis=1), -p_mw[hours, 1] / 100.0, rtol=1e-3)


def test_hours_of_an_area_that_is_too_large_are_chosen_without_loadings(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a message says so: predicting each outage of a whole country would take more memory than there is."""
    study = read_study(PROVINCE)
    told = make_study_grid(study)
    monkeypatch.setattr("gridprio.demand.loading.MOST_FACTORS", 0)
    monkeypatch.setattr(LoadingModel, "loading", None)
    coarse = make_study_grid(study)
    assert "cells.hours_not_predicted" in [m.code for m in coarse.assumptions]
    assert "cells.hours_not_predicted" not in [m.code for m in told.assumptions]
    weight_h = coarse.demand.injections(0, study.settings.start_year, study.scenario_ids[0], ()).weight_h
    assert weight_h.sum() == 8760.0
