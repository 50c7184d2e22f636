"""What holds for every order, rule and walk over cells."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridprio.effect import (
    Comparison,
    Effects,
    Ranges,
    Reason,
    StatusOrders,
    effect_table,
    judge_effects,
    margins,
    status_orders,
)
from gridprio.inputs.schema import Project, ProjectPhase
from gridprio.inputs.settings import Settings
from gridprio.model.plan import NOT_PLANNED
from gridprio.orders import CHANNELS, operator_order
from gridprio.outcome import METRICS
from tests.unit.outcome.fakes import development, outcome_of, study

RULES = st.sampled_from(["head_start", "tiers", "reserved_share"])


@st.composite
def portfolios(draw: st.DrawFn) -> list[Project]:
    n = draw(st.integers(1, 8))
    return [
        Project(
            project_id=f"P{k}",
            name=f"P{k}",
            operator_id=draw(st.sampled_from(["a", "b"])),
            maturity="concrete",
            carrier=draw(st.sampled_from(["electricity", "heat"])),
            tier=draw(st.sampled_from([2, 3, 3, 1])),
            operator_rank=k + 1,
            support_permit_months=draw(st.integers(0, 6)),
        )
        for k in range(n)
    ]


@given(portfolios(), RULES, st.floats(0, 1), st.sets(st.sampled_from(["P0", "P1", "P2"])))
def test_everybody_with_status_is_the_plan_without(
    projects: list[Project], rule: str, bindingness: float, phaseless: set[str]
) -> None:
    ids = tuple(p.project_id for p in projects)
    phases = [ProjectPhase(project_id=p, phase="build", duration_months=6) for p in ids if p not in phaseless]
    order = operator_order(projects, "before_status", phases)
    found = status_orders(order, ids, ids, Settings(rule=rule, bindingness=bindingness, status_from="2028-01"))
    assert found.with_all["order"] == found.without


@given(portfolios(), RULES, st.data())
def test_every_comparison_has_its_timeline_and_none_stands_twice(
    projects: list[Project], rule: str, data: st.DataObject
) -> None:
    ids = tuple(p.project_id for p in projects)
    holders = data.draw(st.lists(st.sampled_from(ids), unique=True))
    order = operator_order(projects, "before_status")
    found = status_orders(order, ids, holders, Settings(rule=rule, status_from="2028-01"))
    assert set(found.with_others) == {(c, p) for c in CHANNELS for p in holders}
    used = {found.without, *found.with_all.values(), *found.with_others.values()}
    assert used == set(range(len(found.timelines)))
    if len(holders) == 1:
        assert all(row == found.without for row in found.with_others.values())


@settings(max_examples=60)
@given(st.data())
def test_waiting_shortfall_and_connection_fit_together(data: st.DataObject) -> None:
    n_cell, n = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    share = np.array(data.draw(st.lists(st.sampled_from([0.0, 0.3, 1.0]), min_size=n_cell * n, max_size=n_cell * n)))
    requested = np.full((n_cell, n), 10.0)
    allocated = share.reshape(n_cell, n) * requested
    cells = data.draw(st.lists(st.integers(0, n_cell - 1), min_size=24, max_size=24))
    developments = [development(f"d{k}", connection_lead_months=data.draw(st.integers(0, 30))) for k in range(n)]
    found = outcome_of(study(developments), cells, allocated, requested)
    for k, d in enumerate(developments):
        best, waiting, shortfall, month = 0.0, 0.0, 0.0, NOT_PLANNED
        for m in range(d.connection_lead_months, 24):
            best = max(best, allocated[cells[m], k])
            waiting += (10 - best) / 12
            shortfall += (best - min(best, allocated[cells[m], k])) / 12
            if best >= 10 and month == NOT_PLANNED:
                month = m
        assert np.isclose(found.waiting_mw_years[0, 0, k], waiting)
        assert np.isclose(found.shortfall_mw_years[0, 0, k], shortfall)
        assert found.connected_month[0, 0, k] == month


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.floats(-30, 30), st.integers(0, 2**32 - 1))
def test_effects_are_paired_and_turning_them_round_turns_the_verdict(n_draw: int, shift: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    metric = np.clip(rng.normal(0, 20, (2, 1, n_draw, len(METRICS))), -60, 60)
    metric[1] += shift
    ranges = Ranges(np.full((1, len(METRICS)), 160.0), np.array([60.0]), np.zeros(0))
    effects = Effects(Settings(), ["p"], None, lambda c, p: Reason(), {})
    tables = []
    for without, with_status in ((0, 1), (1, 0)):
        others = {(channel, "p"): without for channel in CHANNELS}
        orders = StatusOrders((), without, dict.fromkeys(CHANNELS, with_status), others)
        dates = np.zeros((2, n_draw, 1))
        found = effects.of(Comparison(orders, ("base",), metric, dates, metric[:0], {"p": 0}, ranges, True))
        tables.append(effect_table(found, judge_effects(found, 0.95), 0.95))
    opposite = {"better": "worse", "worse": "better", "none": "none", "undecided": "undecided"}
    there, back = tables
    assert set(margins(Settings())) < set(there.metric)
    assert np.allclose(there["mean"], -back["mean"])
    assert np.allclose(there.low95, -back.high95, atol=1e-5)
    assert there.verdict.map(opposite).tolist() == back.verdict.tolist()
    assert ((there.low95 <= there["mean"]) & (there["mean"] <= there.high95)).all()
    beyond = {"better": there.high95 < -there.margin, "worse": there.low95 > there.margin}
    for says, holds in beyond.items():
        assert holds[there.verdict == says].all()
