"""What batteries and groups leave out, and what is remembered of them, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gridprio.demand import StudyDemand, connections_at_stations, profiles_of
from gridprio.inputs.rules_in_force import DATED_RULES
from gridprio.inputs.scenario_tables import Growth, Scenario
from tests.unit.demand.test_area_demand import PLACES, battery, demand, grouped, in_group, load, plan, profiles


@pytest.mark.parametrize(("e_mwh", "left_out"), [(None, 12.0), (12.0, 6.0), (24.0, 0.0)])
def test_what_a_battery_delivers_is_not_left_out(e_mwh: float | None, left_out: float) -> None:
    """8 MW of sun in half a day beside 3 MW of demand on 4 MW: 5 MW feeds in by day, 3 MW draws by night."""
    plans = [
        plan("sun", "a", direction="feed_in", p_mw=8.0, profile="day"),
        plan("plant", "a", p_mw=3.0, profile="flat"),
    ]
    beside = [] if e_mwh is None else [in_group("P", "sun", "plant", e_mwh=e_mwh)]
    of = demand([], [grouped(4.0, "sun", "plant"), *beside], plans)
    assert of.contract_mwh(0, 2028, "s", "P") == pytest.approx((365 * 12 * (5 + 3), 365 * left_out))


def test_what_a_battery_draws_makes_up_for_nothing_that_is_left_out() -> None:
    """10 MW by day and 5 by night on 8 MW: 12 MWh lower the day to 9 MW and take 15 by night, which fit."""
    plans = [plan("x", "a"), plan("y", "a", p_mw=4.0)]
    stored = in_group("P", "x", "y", efficiency_percent=80.0)
    of = demand([], [grouped(8.0, "x", "y"), stored], plans)
    assert of.contract_mwh(0, 2028, "s", "P") == pytest.approx((365 * 12 * (10 + 5), 365 * 12))


def test_what_is_left_out_is_of_what_is_requested() -> None:
    """Dwellings hold room for 6 MW from 2026 on and request it in 2030; until then a plant of 2 MW is alone."""
    plans = [plan("homes", "a", purpose="dwellings", requested_year=2030, profile="flat"), plan("plant", "a", p_mw=2.0)]
    of = demand([], [grouped(4.0, "homes", "plant")], plans, start_year=2025)
    of.study = replace(of.study, queue_rules=DATED_RULES)
    assert of.contract_mwh(0, 2028, "s", "P") == pytest.approx((365 * 12 * (2 + 1), 0))


REMEMBERED = {
    "year": [(2026, "s", ("P",)), (2036, "s", ("P",))],
    "scenario": [(2026, "s", ("P",)), (2026, "t", ("P",))],
    "requested": [(2028, "s", ("Q",)), (2029, "s", ("Q",))],
    "right": [(2029, "s", ("Q",)), (2029, "s", ("R",))],
}
"""What batteries are asked one after the other, which differs in that alone."""


def station_and_groups() -> StudyDemand:
    """A battery of P at a station, which levels it out, and one in a group on 3 MW of Q, or 2 MW of R."""
    plans = [
        plan("sun", "b", direction="feed_in", profile="day", ramp_years=1),
        plan("roof", "b", direction="feed_in", p_mw=1.0),
    ]
    rights = [piece for project, mw in (("Q", 3.0), ("R", 2.0)) for piece in (
        grouped(mw, "sun", "roof", project=project), in_group(project, "sun", "roof", e_mwh=96.0)
    )]  # fmt: skip
    loads = [load("x", "a", profile="half", p_mw=1.0)]
    study = demand(loads, [battery("P"), *rights], plans).study
    growth = (*study.growth, Growth(scenario_id="t", sector="homes", year=2026, factor=3.0))
    study = replace(study, growth=growth, scenarios=(*study.scenarios, Scenario(scenario_id="t", name="t")))
    return StudyDemand(study, profiles_of(profiles()), connections_at_stations(loads, PLACES), PLACES, [3, 1])


@pytest.mark.parametrize("differs", REMEMBERED)
def test_what_is_remembered_of_a_battery_is_for_the_same_question_alone(differs: str) -> None:
    def drawn(of: StudyDemand, year: int, scenario: str, projects: tuple[str, ...]) -> np.ndarray:
        own, change = (of.injections(0, year, scenario, having).p_mw for having in ((), projects))
        requests = of.requests(0, year, scenario, projects)
        transported = requests.requested_mw @ requests.queue.profile
        delivered = transported - requests.requested_mw @ of.requests(0, year, scenario).queue.profile
        return np.concatenate([(change - own).T, [np.maximum(delivered, 0.0)]])

    first, second = REMEMBERED[differs]
    of = station_and_groups()
    before, after = drawn(of, *first), drawn(of, *second)
    assert (after == drawn(station_and_groups(), *second)).all() and np.abs(after - before).max() > 0.01
