"""Batteries against loads worked out by hand, and against a mixed-integer programme on random days."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from gridprio.demand.storage import Battery

Floats = NDArray[np.float64]


def contents(battery: Battery, drawn_mw: Floats, step_h: float) -> Floats:
    """`[day, step + 1]` MWh"""
    day = drawn_mw.reshape(-1, round(24 / step_h))
    stored = step_h * np.where(day > 0, battery.efficiency * day, day)
    return battery.e_mwh / 2 + np.cumsum(np.pad(stored, ((0, 0), (1, 0))), axis=1)


def evening(low: float, high: float, first: int = 17, last: int = 21) -> Floats:
    hour = np.arange(24)
    return np.where((hour >= first) & (hour < last), high, low)


def test_a_peak_is_lowered_by_the_energy_over_its_hours() -> None:
    """20 MWh over four hours of the evening, of which 10 are charged before them and 10 after."""
    battery = Battery(p_mw=8.0, e_mwh=20.0, efficiency=0.8)
    load = evening(10.0, 30.0)
    net = load + battery.drawn_mw(load, 1.0)
    assert net[17:21] == pytest.approx(25)
    # 3 hours are left after the peak for 10 MWh that take 12.5, so these set the level of charging
    assert net[21:] == pytest.approx(10 + 12.5 / 3)
    assert net[:17].max() <= 10 + 12.5 / 3 + 1e-9 and (net[:17] - 10).sum() == pytest.approx(12.5)


def test_a_peak_is_lowered_by_the_power_where_there_is_energy_enough() -> None:
    load = evening(10.0, 30.0)
    net = load + Battery(p_mw=3.0, e_mwh=200.0, efficiency=0.85).drawn_mw(load, 1.0)
    assert net[17:21] == pytest.approx(27) and net.max() == pytest.approx(27)
    assert (net - load)[net > load].sum() * 0.85 == pytest.approx(12)


def test_feed_in_is_lowered_likewise_and_losses_are_drawn() -> None:
    """5 hours of 12 MW at noon: 8 MWh of them fill the battery of 4, which first delivers the 2 that it has."""
    battery = Battery(p_mw=4.0, e_mwh=4.0, efficiency=0.5)
    load = np.where((np.arange(24) >= 10) & (np.arange(24) < 15), -12.0, 0.0)
    drawn = battery.drawn_mw(load, 1.0)
    assert (load + drawn)[10:15] == pytest.approx(-12 + 8 / 5)
    assert (load + drawn).min() == pytest.approx(-12 + 8 / 5)
    assert drawn[:10].sum() == pytest.approx(-2) and drawn[15:].sum() == pytest.approx(-2)


def test_both_peaks_of_a_day_fall_by_the_same_share_and_then_each_by_itself() -> None:
    """Three hours of 9 MW of sun fill the battery of 18 MWh; of 6 MW for three hours 4.5 MWh come back at night."""
    load = np.zeros(24)
    load[11:14], load[18:21] = -9.0, 6.0
    net = load + Battery(p_mw=50.0, e_mwh=18.0, efficiency=1.0).drawn_mw(load, 1.0)
    assert net[11:14] == pytest.approx(-9 + 18 / 3) and net[18:21] == pytest.approx(6 / 4)
    assert abs(net.sum() - load.sum()) < 1e-9


@pytest.mark.parametrize(("sign", "by_day"), [(1, 10 / 0.85 / 9), (-1, 10 / 9)])
def test_the_peak_that_does_not_bind_is_lowered_all_the_same(sign: int, by_day: float) -> None:
    """10 MWh take little of nine hours of 10 MW, and 5 MW of two hours of the evening."""
    load = np.zeros(24)
    load[8:17], load[18:20] = -10.0, 10.0
    net = sign * (sign * load + Battery(5.0, 10.0, 0.85).drawn_mw(sign * load, 1.0))
    assert net[18:20] == pytest.approx(5) and net[8:17] == pytest.approx(-10 + by_day)


def test_behind_a_right_it_does_what_it_can_and_leaves_out_no_more() -> None:
    """On 8 MW: of 4 MWh that fit, 1 MW goes to two hours of 12 MW, and half a MW to four hours of 9."""
    load = np.full(24, 8.0)
    load[:4], load[8:10], load[12:16] = 7.0, 12.0, 9.0
    battery = Battery(p_mw=1.0, e_mwh=20.0, efficiency=1.0)
    net = load + battery.drawn_mw(load, 1.0, right_mw=8.0)
    assert net[:4] == pytest.approx(8) and net[8:16] == pytest.approx([11, 11, 8, 8, 8.5, 8.5, 8.5, 8.5])


@pytest.mark.parametrize("load", [np.zeros(24), np.full(24, 7.0), np.full(24, -7.0)])
def test_a_level_load_is_left_alone(load: Floats) -> None:
    assert (Battery(5.0, 10.0, 0.9).drawn_mw(load, 1.0) == 0).all()


def lowest_share(load: Floats, battery: Battery, step_h: float, **given_mw: float) -> float:
    """The same peaks as an optimum: charging, delivering and which of both in every step, and the share.

    `given_mw`: `peak` or `dip`, a level that it keeps to in place of the share.
    """
    n = len(load)
    most, least = max(load.max(), 0.0), min(load.min(), 0.0)
    eye, none, day = np.eye(n), np.zeros((n, n)), np.tri(n)
    share, nothing = np.ones((n, 1)), np.zeros((n, 1))
    of_share = ["peak" not in given_mw, "dip" not in given_mw]
    stored = np.hstack([step_h * battery.efficiency * day, -step_h * day, none, nothing])
    room = np.where(np.arange(n) < n - 1, battery.e_mwh / 2, 0.0)
    constraints = [
        LinearConstraint(
            np.hstack([eye, -eye, none, -of_share[0] * most * share]), -np.inf, given_mw.get("peak", 0.0) - load
        ),
        LinearConstraint(
            np.hstack([eye, -eye, none, -of_share[1] * least * share]), given_mw.get("dip", 0.0) - load, np.inf
        ),
        LinearConstraint(np.hstack([eye, none, -battery.p_mw * eye, nothing]), -np.inf, 0),
        LinearConstraint(np.hstack([none, eye, battery.p_mw * eye, nothing]), -np.inf, battery.p_mw),
        LinearConstraint(stored, -room, room),
    ]
    upper = np.r_[np.full(2 * n, battery.p_mw), np.ones(n + 1)]
    integral = np.r_[np.zeros(2 * n), np.ones(n), 0]
    found = milp(
        np.r_[np.zeros(3 * n), 1.0], constraints=constraints, integrality=integral, bounds=Bounds(0, upper),
        options={"mip_rel_gap": 1e-10},
    )  # fmt: skip
    assert found.status == 0
    return float(found.x[-1])


@pytest.mark.parametrize("step_h", [1.0, 0.25])
@pytest.mark.parametrize("offset", [-25.0, 0.0, 25.0])
def test_peaks_of_random_days_are_as_low_as_can_be(offset: float, step_h: float) -> None:
    rng = np.random.default_rng(7)
    steps = round(24 / step_h)
    for _ in range(6 if step_h == 1 else 1):
        load = offset + 3 * np.sqrt(step_h) * rng.normal(size=(3, steps)).cumsum(axis=1)
        battery = Battery(rng.uniform(1, 10), rng.uniform(1, 40), rng.choice([1.0, 0.85, 0.6]))
        drawn = battery.drawn_mw(load.ravel(), step_h)
        net = load + drawn.reshape(load.shape)
        for day in range(len(load)):
            most, least = max(load[day].max(), 0.0), min(load[day].min(), 0.0)
            share = lowest_share(load[day], battery, step_h)
            of_peak = lowest_share(load[day], battery, step_h, dip=share * least)
            of_dip = lowest_share(load[day], battery, step_h, peak=of_peak * most)
            assert max(net[day].max(), 0.0) == pytest.approx(of_peak * most, abs=1e-6)
            assert min(net[day].min(), 0.0) == pytest.approx(of_dip * least, abs=1e-6)
        content = contents(battery, drawn, step_h)
        assert content.min() > -1e-9 and content.max() < battery.e_mwh + 1e-9
        assert content[:, -1] == pytest.approx(np.full(3, battery.e_mwh / 2), abs=1e-9)
        assert np.abs(drawn).max() <= battery.p_mw and (net.max(axis=1) <= np.maximum(load.max(axis=1), 0)).all()
        assert (net.min(axis=1) >= np.minimum(load.min(axis=1), 0)).all()
        assert (battery.drawn_mw(load.ravel(), step_h) == drawn).all()
