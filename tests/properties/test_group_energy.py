"""A group of any members of one direction, with a battery: energy is drawn before it is delivered."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.demand.test_area_demand import demand, grouped, in_group, plan

sizes = st.floats(0.5, 50.0)


@settings(max_examples=25)
@given(
    st.sampled_from([("demand", 1), ("feed_in", -1)]),
    st.lists(st.tuples(sizes, st.sampled_from(["flat", "half", "day"])), min_size=2, max_size=4),
    st.floats(0.0, 100.0),
    st.tuples(sizes, sizes, st.floats(20.0, 100.0)),
)
def test_what_a_group_transports_and_leaves_out_is_what_it_wishes_and_loses(
    direction: tuple[str, int],
    members: list[tuple[float, str]],
    right: float,
    battery: tuple[float, float, float],
) -> None:
    way, sign = direction
    plans = [
        plan(f"m{k}", "a", direction=way, p_mw=mw, profile=shape, requested_year=2028)
        for k, (mw, shape) in enumerate(members)
    ]
    names = [p.development_id for p in plans]
    p_mw, e_mwh, efficiency = battery
    stored = in_group("P", *names, p_mw=p_mw, e_mwh=e_mwh, efficiency_percent=efficiency)
    of = demand([], [grouped(right, *names), stored], plans)
    requests = of.requests(0, 2028, "s", ("P",))
    transported = float((requests.requested_mw @ requests.queue.profile).sum())
    wished, left_out = of.contract_mwh(0, 2028, "s", "P")
    lost, rounding = sign * (transported - (wished - left_out)), 1e-9 * (1 + wished)
    delivered_at_most = 365 * 24 * min(p_mw, e_mwh)
    assert -rounding <= lost <= (100 / efficiency - 1) * delivered_at_most + rounding
    assert -rounding <= left_out <= wished + rounding
    alone = demand([], [grouped(right, *names)], plans)
    assert left_out <= alone.contract_mwh(0, 2028, "s", "P")[1] + rounding
