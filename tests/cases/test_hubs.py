"""Group contracts and storage through the whole pipeline, worked out by hand from `one_crew`: 40 MVA at station S1."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import gridprio
from gridprio.cells import StateYear
from gridprio.exchange import Hold, seal_study
from gridprio.inputs.enumerations import Direction
from gridprio.inputs.schema import ProjectChange
from gridprio.inputs.study import Study
from gridprio.pipeline import make_evaluator, run_study
from gridprio.pipeline.given_requests import tried_requests
from tests.cases.test_works_and_bridges import DAY, of_a, one_crew, with_project
from tests.kernels.conftest import present

BACKENDS = ["rust", "numba", "reference"]
SUN = np.where(DAY, 1.0, 0.0)
WIND = np.where(DAY, 0.3, 1.0)
"""With the sun 1.3 by day and 1 by night"""
PEAK = np.isin(np.arange(8760) % 24, np.arange(17, 21))


def hub(requests: dict[str, tuple[str, float, str]], used: tuple[str, float, str], **settings: object) -> Study:
    """S1 with one existing connection and firm requests, each (direction, MW, profile), and nobody else.

    Runs of every hour take minutes without the Rust core.
    """
    study = one_crew(**{"hours": "all", "end_year": 2026, "search_orders": 0, **settings})
    if study.settings.hours == "all":
        present("rust")
    assert study.profiles is not None
    direction, p_mw, profile = used
    load = study.loads[0].model_copy(update={"direction": Direction(direction), "p_mw": p_mw, "profile": profile})
    developments = tuple(
        study.developments[0].model_copy(
            update={
                "development_id": name,
                "name": name,
                "direction": Direction(way),
                "p_mw": mw,
                "profile": shape,
                "dwellings": 0,
            }
        )
        for name, (way, mw, shape) in requests.items()
    )
    profiles = study.profiles.assign(sun=SUN, wind=WIND, day=np.where(DAY, 1.0, 0.6), evening=np.where(PEAK, 1.0, 0.6))
    return replace(study, loads=(load, study.loads[1]), developments=developments, profiles=profiles)


def with_bridge(study: Study, *changes: dict[str, object]) -> Study:
    """T, before all others, is in service after two months and brings these changes."""
    ranked = [p.model_copy(update={"operator_rank": k}) for k, p in enumerate(study.projects, start=2)]
    bridge = of_a(study, project_id="T", operator_rank=1)
    changed = [ProjectChange(project_id="T", **change) for change in changes]
    return with_project(replace(study, projects=tuple(ranked)), bridge, 2, *changed)


def battery(p_mw: float, e_mwh: float) -> dict[str, object]:
    return {"action": "storage", "station_id": "S1", "p_mw": p_mw, "e_mwh": e_mwh}


def group(right_mw: float, *members: str) -> dict[str, object]:
    return {"action": "group_contract", "members": members, "p_mw": right_mw}


def waiting(study: Study, folder: Path, **options: object) -> tuple[float, float]:
    """MW-years of demand and of feed-in in 2026."""
    outcomes = run_study(study, folder, **{"threads": 1, **options}).outcomes.set_index("order_name")
    columns = ["waiting_mw_years_demand", "waiting_mw_years_feed_in"]
    return tuple(outcomes.loc["without_status", columns])


TWO_PARKS = {"sun": ("feed_in", 10.0, "sun"), "wind": ("feed_in", 10.0, "wind")}
FEED_IN = ("feed_in", 27.5, "flat")
"""Leaves 12.5 MW: one park, or two on 12 MW"""


@pytest.mark.parametrize(("right_mw", "fits"), [(12.0, True), (13.0, False), (20.0, False)])
def test_sun_and_wind_fit_on_one_right_where_they_do_not_fit_apart(right_mw: float, fits: bool, tmp_path: Path) -> None:
    """Together they wish 13 MW by day; wind, last in the queue, waits two months for the contract, or the year."""
    study = with_bridge(hub(TWO_PARKS, FEED_IN), group(right_mw, "sun", "wind"))
    assert waiting(study, tmp_path / "run") == pytest.approx((0, 10 * 2 / 12 if fits else 10))


@pytest.mark.parametrize(
    ("sun_mw", "used_mw", "fits"),
    [(10.0, 38.0, True), (5.0, 38.0, True), (2.0, 38.0, False), (10.0, 39.9, True), (10.0, 60.0, False)],
)
def test_an_electrolyser_beside_sun(sun_mw: float, used_mw: float, fits: bool, tmp_path: Path) -> None:
    """5 MW all day beside 38 MW by day and 22.8 by night: by day it needs 3 MW from the sun."""
    requests = {"electrolyser": ("demand", 5.0, "flat"), "sun": ("feed_in", sun_mw, "sun")}
    study = with_bridge(hub(requests, ("demand", used_mw, "day")), group(10.0, "electrolyser", "sun"))
    assert waiting(study, tmp_path / "run") == pytest.approx((5 * 2 / 12 if fits else 5, 0))


def test_a_contract_for_part_of_the_hours_leaves_what_a_member_gets_from_the_others(tmp_path: Path) -> None:
    """Without the right by night the electrolyser fits beside 36 MW at night: by day it has the sun."""
    requests = {"electrolyser": ("demand", 5.0, "flat"), "sun": ("feed_in", 10.0, "sun")}
    study = hub(requests, ("demand", 36.0, "flat"))
    by_day = {"action": "flexible_contract", "development_id": "electrolyser", "hours_of_day": tuple(range(7, 23))}
    shared = group(10.0, "electrolyser", "sun")
    found = [waiting(with_bridge(study, *c), tmp_path / str(k)) for k, c in enumerate([[shared], [by_day, shared]])]
    assert found == [pytest.approx((5, 0)), pytest.approx((5 * 2 / 12, 0))]


def served(study: Study, *projects: int, backend: str = "auto") -> list[float]:
    """[request] MW in the cell of S1 with these projects in service."""
    cells = make_evaluator(study, backend=backend, threads=1).cells
    return cells.values([StateYear(0, projects, (), 0)]).allocated_mw[0, 0].tolist()


@pytest.mark.parametrize(("backend", "hours"), [("rust", "all"), *((b, "representative") for b in BACKENDS)])
def test_every_backend_and_choice_of_hours_knows_contracts(backend: str, hours: str) -> None:
    present(backend)
    study = with_bridge(hub(TWO_PARKS, FEED_IN, hours=hours), group(12.0, "sun", "wind"))
    assert served(study, backend=backend) == pytest.approx([10, 0])
    assert served(study, 2, backend=backend) == pytest.approx([10, 10])


@pytest.mark.parametrize(
    ("change", "left_out", "wished"),
    [
        # by day, 16 hours, both parks feed in 13 MW, of which 12 are transported
        (group(12.0, "sun", "wind"), 16 * 365, (16 * 13 + 8 * 10) * 365),
        # 8 hours of the day without the right
        (
            {"action": "flexible_contract", "development_id": "wind", "hours_of_day": tuple(range(7, 23))},
            8 * 3650,
            46720,
        ),
    ],
)
def test_a_run_says_what_contracts_leave_out(
    change: dict[str, object], left_out: float, wished: float, tmp_path: Path
) -> None:
    run = run_study(with_bridge(hub(TWO_PARKS, FEED_IN), change), tmp_path / "run", threads=1)
    [told] = [entry for entry in run.manifest["messages"] if entry["code"] == "contracts.left_out"]
    assert told["params"]["project"] == "T" and told["params"]["year"] == 2026
    assert [told["params"][name] for name in ("mwh", "wished")] == pytest.approx([left_out, wished])


@pytest.mark.parametrize(
    ("wind_in", "n", "year", "code"),
    [
        (2026, 2, 2026, "contracts.left_out"),
        (2027, 2, 2027, "contracts.left_out"),
        (2030, 1, 2027, "contracts.left_out_before_all"),
    ],
)
def test_what_is_left_out_is_of_the_members_that_ask_by_then(
    wind_in: int, n: int, year: int, code: str, tmp_path: Path
) -> None:
    study = with_bridge(hub(TWO_PARKS, FEED_IN, end_year=2027), group(12.0, "sun", "wind"))
    sun, wind = study.developments
    wind = wind.model_copy(update={"requested_year": wind_in})
    run = run_study(replace(study, developments=(sun, wind)), tmp_path / "run", threads=1)
    [told] = [entry for entry in run.manifest["messages"] if entry["code"].startswith("contracts.left_out")]
    assert (told["code"], told["params"]["n"], told["params"]["year"]) == (code, n, year)
    assert told["params"]["mwh"] == pytest.approx(16 * 365 if n == 2 else 0)
    assert told["params"].get("full_in") == (2030 if n == 1 else None)


def test_members_that_get_all_from_others_transport_nothing() -> None:
    requests = {"plant": ("demand", 5.0, "flat"), "park": ("feed_in", 10.0, "flat")}
    study = with_bridge(hub(requests, ("demand", 39.0, "flat")), group(12.0, "plant", "park"))
    assert served(study) == pytest.approx([0, 10]) and served(study, 2) == pytest.approx([5, 10])


EVENING = ("demand", 38.0, "evening")
"""38 MW for four hours and 22.8 MW for the others"""


@pytest.mark.parametrize(
    ("p_mw", "e_mwh", "lower_mw"), [(3.0, 100.0, 3.0), (3.0, 12.0, 3.0), (3.0, 8.0, 2.0), (1.0, 8.0, 1.0)]
)
def test_a_battery_gives_room_by_its_power_or_by_its_energy_over_the_peak(
    p_mw: float, e_mwh: float, lower_mw: float
) -> None:
    study = hub({"plan": ("demand", 8.0, "flat")}, EVENING)
    study = replace(study, developments=tuple(d.model_copy(update={"firm": False}) for d in study.developments))
    study = with_bridge(study, battery(p_mw, e_mwh))
    [without], [with_battery] = served(study), served(study, 2)
    assert 1.5 < without < 2  # of 40 MVA, some of which the transformer takes itself
    assert with_battery - without == pytest.approx(lower_mw, abs=1e-6)


@pytest.mark.parametrize(("e_mwh", "fits"), [(13.0, True), (11.0, False)])
def test_a_battery_bridges_to_reinforcement(e_mwh: float, fits: bool, tmp_path: Path) -> None:
    """4.6 MW beside 38 are nearly 3 too much for four hours."""
    study = with_bridge(hub({"plan": ("demand", 4.6, "flat")}, EVENING), battery(3.0, e_mwh))
    assert waiting(study, tmp_path / "run") == pytest.approx((4.6 * (2 if fits else 12) / 12, 0))


@pytest.mark.parametrize(("backend", "hours"), [("rust", "all"), *((b, "representative") for b in BACKENDS)])
def test_every_backend_and_choice_of_hours_knows_batteries(backend: str, hours: str) -> None:
    present(backend)
    study = with_bridge(hub({"plan": ("demand", 4.6, "flat")}, EVENING, hours=hours), battery(3.0, 13.0))
    assert served(study, backend=backend) == pytest.approx([0])
    assert served(study, 2, backend=backend) == pytest.approx([4.6])


def test_a_request_that_is_tried_alone_at_its_own_place_keeps_its_contract() -> None:
    """Of 20 MW without a right in the evening some 17 fit beside 22.8 MW, and less than 2 beside 38."""
    by_day = {"action": "flexible_contract", "development_id": "plan", "hours_of_day": (*range(17), 21, 22, 23)}
    study = with_bridge(hub({"plan": ("demand", 20.0, "flat")}, EVENING), by_day)
    cells = make_evaluator(study, threads=1).cells
    state, scenario = StateYear(0, (2,), (), 0), study.scenario_ids[0]
    tried = tried_requests(cells, [state], scenario, 2026, {0: 20.0}, [np.zeros(1)])
    part = replace(study, developments=(study.developments[0].model_copy(update={"firm": False}),))
    assert tried == {(0, "S1"): pytest.approx(served(part, 2)[0], abs=1e-6)}
    assert 16 < tried[0, "S1"] < 18


def test_a_sealed_study_knows_its_contracts(tmp_path: Path) -> None:
    study = with_bridge(hub(TWO_PARKS, FEED_IN), group(12.0, "sun", "wind"))
    sealed = seal_study(study, tmp_path / "sealed", hold=Hold(), threads=1)
    given = gridprio.read_study(sealed.folder)
    assert not given.project_changes
    assert waiting(given, tmp_path / "run") == pytest.approx((0, 10 * 2 / 12))
