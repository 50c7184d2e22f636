"""Batteries and group contracts of any size: never a higher peak, no energy from nothing, never more than the right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gridprio.demand.contracts import group_profiles
from gridprio.demand.storage import Battery

HOURS = 48
megawatts = st.floats(-1e5, 1e5, width=32)
loads = arrays(np.float64, HOURS, elements=megawatts)
batteries = st.builds(Battery, st.floats(1e-6, 1e5), st.floats(1e-6, 1e6), st.floats(0.01, 1.0))


@given(loads, batteries, st.one_of(st.none(), st.floats(0.0, 1e5)))
def test_a_battery_of_any_size_raises_no_peak_and_keeps_its_energy(
    load: np.ndarray, battery: Battery, right: float | None
) -> None:
    drawn = battery.drawn_mw(load, 1.0, right)
    rounding = 1e-9 * (1 + np.abs(load).max())
    for day, own in zip((load + drawn).reshape(-1, 24), load.reshape(-1, 24), strict=True):
        assert day.max() <= max(own.max(), 0.0) + rounding and day.min() >= min(own.min(), 0.0) - rounding
    assert np.abs(drawn).max() <= battery.p_mw
    stored = np.where(drawn > 0, battery.efficiency * drawn, drawn).reshape(-1, 24)
    content = battery.e_mwh / 2 + stored.cumsum(axis=1)
    assert content.min() >= -rounding * 24 and content.max() <= battery.e_mwh + rounding * 24
    assert content[:, -1] == pytest.approx(np.full(len(content), battery.e_mwh / 2), abs=24 * rounding)
    if right is not None:
        beyond, without = (np.maximum(np.abs(mw) - right, 0.0) for mw in (load + drawn, load))
        assert (beyond <= without + rounding).all()


members = st.lists(
    st.tuples(st.sampled_from([-1, 1]), st.floats(0.0, 100.0), st.floats(1.0, 3.0), st.integers(0, 2**32 - 1)),
    min_size=1,
    max_size=5,
)


@given(members, st.floats(0.0, 300.0), st.one_of(st.none(), batteries))
def test_a_group_transports_no_more_than_its_right(
    group: list[tuple[int, float, float, int]], right: float, battery: Battery | None
) -> None:
    sign = np.array([member[0] for member in group], dtype=np.int8)
    requested = np.array([member[1] for member in group])
    claimed = requested * [member[2] for member in group]
    shape = np.stack([np.random.default_rng(member[3]).uniform(size=24) for member in group])
    drawn = None if battery is None else battery.drawn_mw(-(sign * requested) @ shape, 1.0, right)
    found = group_profiles(right, sign, claimed, requested, shape, drawn)
    assert found.min() >= 0 and found.max() <= 1 + 1e-9
    for direction in (-1, 1):
        own = sign == direction
        transported, wished = claimed[own] @ found[own], claimed[own] @ shape[own]
        rest = wished - requested[~own] @ shape[~own] - direction * (0.0 if drawn is None else drawn)
        if claimed[own].any():
            assert transported == pytest.approx(np.clip(rest, 0, right), abs=1e-6)
        if battery is None:
            assert (found[own] <= shape[own]).all() and (transported <= right + 1e-9).all()
