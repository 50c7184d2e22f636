"""Injections and requests of one small study, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gridprio.demand import (
    Place,
    StudyDemand,
    connections_at_stations,
    own_connections,
    profiles_of,
)
from gridprio.errors import InputError
from gridprio.grid.own_elements import own_elements, own_profiles
from gridprio.inputs.queue_rules import QueueRule
from gridprio.inputs.rules_in_force import DATED_RULES
from gridprio.inputs.scenario_tables import Driver, Growth, Scenario
from gridprio.inputs.schema import Development, Load, Project, ProjectChange, Station
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.study import Study

PLACES = {"a": Place(0, 1), "b": Place(0, 2), "far": Place(1, 0)}
TAN = np.tan(np.arccos(0.9))


def profiles() -> pd.DataFrame:
    hour = np.arange(8760)
    shapes = {
        "flat": np.ones(8760),
        "half": np.where(hour % 24 < 12, 1.0, 0.5),
        "day": np.where(hour % 24 < 12, 1.0, 0.0),
    }
    return pd.DataFrame(shapes)


def load(name: str, station: str, **columns: object) -> Load:
    return Load(
        **{
            "load_id": name,
            "station_id": station,
            "sector": "homes",
            "direction": "demand",
            "p_mw": 10.0,
            "profile": "flat",
            "power_factor": 0.9,
            **columns,
        }
    )


def demand(
    loads: list[Load], changes: list[ProjectChange] = (), developments: list[Development] = (), **settings: object
) -> StudyDemand:
    study = Study(
        head=StudyHead(name="x"),
        settings=Settings(**{"start_year": 2026, "end_year": 2036, "hours": "all", **settings}),
        folder=Path(),
        stations=tuple(Station(station_id=s, name=s, buses=(1,)) for s in PLACES),
        loads=tuple(loads),
        projects=tuple(Project(project_id=p, name=p, operator_id="op", maturity="concrete") for p in "PQ"),
        project_changes=tuple(changes),
        developments=tuple(developments),
        scenarios=(Scenario(scenario_id="s", name="s"),),
        growth=(
            Growth(scenario_id="s", sector="homes", year=2026, factor=1.0),
            Growth(scenario_id="s", sector="homes", year=2036, factor=2.0),
        ),
        drivers=(Driver(driver_id="heat", sector="homes", year=2026, factor=0.5),),
    )
    return StudyDemand(study, profiles_of(profiles()), connections_at_stations(loads, PLACES), PLACES, [3, 1])


def change(project: str, action: str, station: str, **columns: object) -> ProjectChange:
    return ProjectChange(project_id=project, action=action, station_id=station, **columns)


def test_growth_drivers_and_uptake() -> None:
    of = demand([load("x", "a", contracted_unused_mw=4.0, uptake_end_year=2030)])
    for year, p_mw in ((2026, 10), (2028, 12 + 2), (2030, 14 + 4), (2036, 20 + 4), (2040, 20 + 4)):
        found = of.injections(0, year, "s", ())
        assert found.p_mw[0] == pytest.approx([0, -p_mw, 0])
        assert found.q_mvar[0] == pytest.approx([0, -p_mw * TAN, 0])
    driven = demand([load("x", "a")], drivers=("heat",))
    assert driven.injections(0, 2036, "s", ()).p_mw[0, 1] == pytest.approx(-10)


def test_feed_in_is_positive_and_exempt_where_it_may_be_taken_off() -> None:
    of = demand(
        [
            load("x", "a", direction="feed_in", sector="sun"),
            load("y", "b", direction="feed_in", exempt_feed_in=False, sector="sun"),
        ]
    )
    found = of.injections(0, 2026, "s", ())
    assert found.p_mw[0] == pytest.approx([0, 10, 10])
    assert found.exempt_feed_in_mw[0] == pytest.approx([0, 10, 0])


def test_what_is_drawn_is_told_apart_from_what_is_fed_in_beside_it() -> None:
    of = demand([load("d", "a"), load("sun", "a", direction="feed_in", p_mw=4.0), load("e", "far", p_mw=3.0)])
    mva = 10.0 * (1 + 1j * TAN)
    assert of.drawn_mva(0, 2026, "s")[0] == pytest.approx([0.0, mva, 0.0])
    assert of.drawn_mva(0, 2036, "s")[5] == pytest.approx([0.0, 2 * mva, 0.0])
    assert of.injections(0, 2026, "s", ()).q_mvar[0, 1] == pytest.approx(-6.0 * TAN)


def test_projects_add_take_away_and_move() -> None:
    changes = [
        change("P", "change_demand", "a", p_mw=-3.0, profile="half"),
        change("P", "change_feed_in", "b", p_mw=5.0, profile="flat"),
        change("Q", "transfer_load", "a", to_station_id="far", share=0.4),
    ]
    of = demand([load("x", "a")], changes)
    assert of.changing_projects(0) == ("P", "Q") and of.changing_projects(1) == ("Q",)
    both = of.injections(0, 2026, "s", ("P", "Q"))
    assert both.p_mw[0] == pytest.approx([0, -10 + 3 + 4, 5])
    assert both.p_mw[18] == pytest.approx([0, -10 + 1.5 + 4, 5])
    assert both.exempt_feed_in_mw[0, 2] == 5
    assert of.injections(1, 2026, "s", ("Q",)).p_mw[0] == pytest.approx([-4])
    assert of.injections(1, 2026, "s", ("P",)).p_mw[0] == pytest.approx([0])
    assert (of.injections(0, 2026, "s", ("Q", "P")).p_mw == both.p_mw).all()
    assert of.injections(0, 2026, "s", ()).p_mw[0] == pytest.approx([0, -10, 0])


def plan(name: str, station: str, **columns: object) -> Development:
    return Development(
        **{
            "development_id": name, "name": name, "station_id": station, "sector": "homes", "direction": "demand",
            "p_mw": 6.0, "profile": "half", "requested_year": 2028, "request_date": "2024", **columns,
        }
    )  # fmt: skip


def test_the_queue_of_an_area_holds_its_own_developments() -> None:
    plans = [
        plan("late", "a", request_date="2025"),
        plan("away", "far"),
        plan("sun", "b", direction="feed_in"),
        plan("d", "b"),
    ]
    of = demand([], developments=plans)
    assert [plans[row].development_id for row in of.development_rows(0)] == ["d", "late", "sun"]
    requests = of.requests(0, 2028, "s")
    assert requests.queue.node.tolist() == [2, 1, 2] and requests.queue.sign.tolist() == [-1, -1, 1]
    assert requests.requested_mw == pytest.approx([6, 6, 6])
    assert requests.queue.profile[0, :13].tolist() == [1.0] * 12 + [0.5]
    assert of.request_energy_h(0)[0, 0] == pytest.approx(31 * 24 * 0.75)
    assert (of.requests(0, 2027, "s").requested_mw == 0).all()


def grouped(right_mw: float, *members: str, project: str = "P") -> ProjectChange:
    return ProjectChange(project_id=project, action="group_contract", members=members, p_mw=right_mw)


def used(of: StudyDemand, projects: tuple[str, ...], year: int = 2028) -> dict[str, list[float]]:
    """MW by request, in an hour of the first and of the second half of a day."""
    found, rows = of.requests(0, year, "s", projects), of.development_rows(0)
    mw = (found.requested_mw[:, None] * found.queue.profile)[:, [0, 18]]
    return {of.study.developments[row].development_id: mw[k].tolist() for k, row in enumerate(rows)}


def test_a_group_contract_shares_a_right_after_what_members_give_each_other() -> None:
    plans = [
        plan("sun", "a", direction="feed_in", p_mw=8.0),
        plan("wind", "a", direction="feed_in", p_mw=4.0, profile="flat"),
        plan("plant", "a", p_mw=2.0, profile="flat"),
        plan("other", "a", p_mw=2.0, profile="flat"),
    ]
    changes = [grouped(5.0, "sun", "wind", "plant"), grouped(2.5, "wind", "sun", project="Q")]
    of = demand([], changes, plans)
    assert used(of, ()) == {"plant": [2, 2], "other": [2, 2], "sun": [8, 4], "wind": [4, 4]}
    # 12 and 8 MW, of which the plant takes 2, and 5 of the rest are transported
    expected = {"plant": [0, 0], "other": [2, 2], "sun": [8 * 5 / 12, 4 * 5 / 8], "wind": [4 * 5 / 12, 4 * 5 / 8]}
    assert used(of, ("P",)) == {name: pytest.approx(mw) for name, mw in expected.items()}
    strictest = {"plant": [0, 0], "other": [2, 2], "sun": [8 * 2.5 / 12, 1.25], "wind": [4 * 2.5 / 12, 1.25]}
    assert used(of, ("P", "Q")) == used(of, ("Q", "P")) == {name: pytest.approx(mw) for name, mw in strictest.items()}
    assert of.changing_projects(0) == ("P", "Q") and of.changing_projects(1) == ()
    assert (of.injections(0, 2028, "s", ("P", "Q")).p_mw == 0).all()


def in_group(project: str, *members: str, **columns: object) -> ProjectChange:
    given = {"p_mw": 5.0, "e_mwh": 24.0, "efficiency_percent": 100.0, **columns}
    return ProjectChange(project_id=project, action="storage", members=members, **given)


def test_a_battery_in_a_group_lowers_its_peak_to_the_right() -> None:
    """Sun of 6 MW by day and 3 by night beside 1 MW of demand: 5 and 2 are left, half of 24 MWh is 1 MW of 12 hours."""
    plans = [plan("sun", "a", direction="feed_in"), plan("plant", "a", p_mw=1.0, profile="flat")]
    changes = [grouped(3.0, "sun", "plant"), in_group("Q", "plant", "sun")]
    of = demand([], changes, plans)
    assert used(of, ("P",)) == {"plant": [0, 0], "sun": [3, 2]}
    assert used(of, ("P", "Q")) == used(of, ("Q", "P")) == {"plant": [0, 0], "sun": [3, pytest.approx(3)]}
    assert used(of, ("Q",)) == used(of, ())
    assert of.changing_projects(0) == ("P", "Q") and (of.injections(0, 2028, "s", ("Q",)).p_mw == 0).all()
    # a right of 4.5 takes 0.5 MW of the battery, one of 5 nothing
    for right, night in ((4.5, 2.5), (5.0, 2.0), (6.0, 2.0)):
        of = demand([], [grouped(right, "sun", "plant"), in_group("P", "plant", "sun")], plans)
        assert used(of, ("P",))["sun"] == pytest.approx([min(right, 5.0), night])


def test_a_battery_beside_sun_alone_delivers_when_there_is_none() -> None:
    """Members of 6 and 2 MW transport in proportion to their MW, also at night."""
    plans = [plan(name, "a", direction="feed_in", profile="day", p_mw=mw) for name, mw in (("sun", 6.0), ("roof", 2.0))]
    of = demand([], [grouped(6.0, "sun", "roof"), in_group("P", "sun", "roof", efficiency_percent=50.0)], plans)
    # 2 MW for 12 hours are 24 MWh, of which half comes back in the 12 others
    assert used(of, ()) == {"sun": [6, 0], "roof": [2, 0]}
    expected = {"sun": [4.5, 0.75], "roof": [1.5, 0.25]}
    assert used(of, ("P",)) == {name: pytest.approx(mw) for name, mw in expected.items()}


def test_members_of_a_group_give_each_other_what_they_request_that_year() -> None:
    plans = [plan("sun", "a", direction="feed_in", p_mw=8.0, requested_year=2030), plan("plant", "a", p_mw=6.0)]
    of = demand([], [grouped(4.0, "sun", "plant")], plans)
    assert used(of, ("P",)) == {"plant": [4, 3], "sun": [0, 0]}
    assert used(of, ("P",), 2030) == {"plant": [0, 0], "sun": [pytest.approx(2), pytest.approx(1)]}


def test_a_right_holds_for_room_that_is_held_for_later_years() -> None:
    """Dwellings claim 6 MW from 2026 on; of 4 MW of sun in 2026 nothing is claimed for later."""
    plans = [plan("homes", "a", purpose="dwellings", requested_year=2030, profile="flat"), plan("plant", "a", p_mw=2.0)]
    of = demand([], [grouped(4.0, "homes", "plant")], plans, start_year=2025)
    of.study = replace(of.study, queue_rules=DATED_RULES)
    found = of.requests(0, 2028, "s", ("P",))
    assert found.claimed_mw[found.order].tolist() == [6.0, 2.0]
    assert (found.claimed_mw @ found.queue.profile)[[0, 18]] == pytest.approx([4, 4])


def battery(project: str, **columns: object) -> ProjectChange:
    return change(project, "storage", "a", **{"p_mw": 5.0, "e_mwh": 24.0, "efficiency_percent": 100.0, **columns})


@pytest.mark.parametrize("hours", ["all", "representative"])
def test_a_battery_lowers_what_its_station_draws_with_all_projects(hours: str) -> None:
    """10 MW in the first half of a day, 5 in the second: half of 24 MWh is 1 MW less in the one, 1 more in the other.

    With Q it draws 3 and 2.5 MW, which the battery levels out.
    """
    changes = [
        battery("P"),
        change("Q", "transfer_load", "a", to_station_id="b", share=0.9),
        change("Q", "change_demand", "a", p_mw=2.0, profile="flat"),
    ]
    of = demand([load("x", "a", profile="half")], changes, hours=hours)
    day = (of.steps(0, 2026, "s") % 24 < 12).tolist()
    assert len(set(day)) == 2 and of.changing_projects(0) == ("P", "Q") and of.changing_projects(1) == ()

    def drawn(*projects: str) -> list[float]:
        found = of.injections(0, 2026, "s", projects)
        assert (found.p_mw[:, 0] == 0).all() and found.q_mvar == pytest.approx(
            of.injections(0, 2026, "s", tuple(p for p in projects if p != "P")).q_mvar
        )
        return -found.p_mw[:, 1]

    assert drawn() == pytest.approx(np.where(day, 10, 5))
    assert drawn("P") == pytest.approx(np.where(day, 9, 6))
    assert drawn("Q") == pytest.approx(np.where(day, 3, 2.5))
    assert drawn("P", "Q") == pytest.approx(np.full(len(day), 2.75))
    assert (drawn("Q", "P") == drawn("P", "Q")).all()


def test_batteries_of_one_station_work_one_after_the_other() -> None:
    changes = [battery("Q", p_mw=0.5), battery("P")]
    of = demand([load("x", "a", profile="half")], changes)
    for projects, day, night in ((("Q",), 9.5, 5.5), (("P", "Q"), 8.5, 6.5), (("Q", "P"), 8.5, 6.5)):
        assert -of.injections(0, 2026, "s", projects).p_mw[[0, 18], 1] == pytest.approx([day, night])
    grown = -of.injections(0, 2036, "s", ("P",)).p_mw[[0, 18], 1]
    assert grown == pytest.approx([19, 11])


def test_the_order_and_the_claims_are_those_of_the_year_and_the_hours_do_not_depend_on_the_rules() -> None:
    plans = [plan("park", "a", requested_year=2024), plan("homes", "b", purpose="dwellings", request_date="2025")]

    def by(rules: tuple[QueueRule, ...], year: int) -> tuple[list[str], list[float], list[int]]:
        of = demand([load("l", "a")], developments=plans, start_year=2025, hours="representative", hours_per_month=2)
        of.study = replace(of.study, queue_rules=rules)
        requests, rows = of.requests(0, year, "s"), of.development_rows(0)
        ids = [plans[rows[k]].development_id for k in requests.order]
        return ids, requests.claimed_mw[requests.order].tolist(), of.steps(0, year, "s").tolist()

    assert by(DATED_RULES, 2025)[:2] == (["park", "homes"], [6.0, 0.0])
    assert by(DATED_RULES, 2026)[:2] == (["homes", "park"], [6.0, 6.0])
    assert by((), 2026)[:2] == (["park", "homes"], [6.0, 0.0])
    assert by((), 2026)[2] == by(DATED_RULES, 2026)[2]


def test_representative_hours_do_not_depend_on_projects() -> None:
    of = demand([load("x", "a", profile="half")], [change("P", "change_demand", "a", p_mw=50.0, profile="half")],
                hours="representative", hours_per_month=4)  # fmt: skip
    without, with_project = of.injections(0, 2026, "s", ()), of.injections(0, 2026, "s", ("P",))
    assert len(without.month) == 48 and without.weight_h.sum() == pytest.approx(8760)
    assert (without.weight_h == with_project.weight_h).all()
    assert without.weight_h @ without.p_mw[:, 1] == pytest.approx(-10 * 0.75 * 8760, rel=0.02)


def own_net() -> tuple[SimpleNamespace, dict[str, pd.DataFrame]]:
    load_table = pd.DataFrame(
        {"bus": [5], "p_mw": [8.0], "q_mvar": [2.0], "scaling": [0.5], "in_service": [True], "profile": ["H"]}
    )
    sgen = pd.DataFrame(
        {
            "bus": [5, 6],
            "p_mw": [3.0, 9.0],
            "q_mvar": 0.0,
            "scaling": 1.0,
            "in_service": [True, False],
            "profile": "PV",
            "type": "sun",
        }
    )
    gen = pd.DataFrame({"bus": [6], "p_mw": [7.0], "in_service": [True], "scaling": [1.0], "profile": ["PV"]})
    storage = sgen.iloc[:0]
    columns = {"load": load_table, "sgen": sgen, "storage": storage, "gen": gen}
    found = SimpleNamespace(**columns)
    tables = {
        "load": pd.DataFrame({"time": ["x"] * 3, "H_pload": [1.0, 0.5, 0.2], "H_qload": [0.5, -0.1, 0.0]}),
        "renewables": pd.DataFrame({"PV": [0.0, -1e-6, 1.0]}),
        "storage": pd.DataFrame({"PV": [0.1, -0.4, 0.0], "PV_e_MWh": [1.0, 1.0, 1.0]}),
        "powerplants": pd.DataFrame({"PV": [1.0, 0.3, 0.6]}),
    }
    return found, tables


class Net(SimpleNamespace):
    def __getitem__(self, name: str) -> pd.DataFrame:
        return getattr(self, name)

    def get(self, name: str) -> object:
        return getattr(self, name, None)


def test_a_net_brings_its_own_loads_and_profiles() -> None:
    tables, profile_tables = own_net()
    net = Net(**vars(tables), profiles=profile_tables)
    brought = own_profiles(net)
    assert brought is not None and list(brought.columns) == ["H_pload", "H_qload", "PV", "storage:PV", "gen:PV"]
    assert brought["PV"].min() == 0 and brought["storage:PV"].min() == -0.4
    elements = own_elements(net)
    grid = SimpleNamespace(
        own_elements=elements, bus_ids=np.array([5, 6]), p_mw=np.array([-1.0, 7.0]), q_mvar=np.array([-1.0, 0.0])
    )
    places = {5: Place(0, 0), 6: Place(0, 1)}
    found = own_connections(grid, places, {name: k for k, name in enumerate(brought.columns)})
    assert [(c.sector, c.sign, c.p_mw, c.profile, c.q_profile) for c in found] == [
        ("load", -1, 4.0, "H_pload", "H_qload"),
        ("sun", 1, 3.0, "PV", "PV"),
        ("gen", 1, 7.0, "gen:PV", ""),
    ]
    for known, followed in (({"gen:PV": 0, "PV": 1}, "gen:PV"), ({"PV": 0}, "PV"), ({}, "")):
        generators = [c for c in own_connections(grid, places, known) if c.sector == "gen"]
        assert [(c.p_mw, c.profile) for c in generators] == [(7.0, followed)]
    assert own_profiles(Net()) is None


def test_profiles_of_study_and_grid_must_have_the_same_steps() -> None:
    with pytest.raises(InputError, match="different steps"):
        profiles_of(profiles(), pd.DataFrame({"x": np.ones(35040)}))
    joined = profiles_of(profiles(), pd.DataFrame({"half": np.zeros(8760), "x": np.ones(8760)}))
    assert joined.value[0, joined.column["half"]] == 1.0 and "x" in joined.column
