"""Material, security groups, seasons and secure months, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from gridprio.errors import InputError
from gridprio.inputs.resource_tables import Delivery
from gridprio.inputs.schema import Station
from gridprio.inputs.station_tables import Area
from gridprio.model.plan import NOT_PLANNED
from gridprio.plan import build_problem
from gridprio.text import message, word_message
from tests.unit.plan.rows import crew, in_service, phase, plan, project, study, why


def delivered(*units: float, material: str = "trafo", **columns: str) -> list[Delivery]:
    return [Delivery(material=material, year=2026 + k, units=u, **columns) for k, u in enumerate(units)]


def with_transformers(*units: float, **columns: object):
    return study(
        [project(i, operator_rank=k, **columns) for k, i in enumerate("abc", start=1)],
        [phase(i, "build", 3, materials="trafo:1") for i in "abc"],
        deliveries=delivered(*units),
    )


def test_a_phase_draws_material_in_the_year_in_which_it_starts():
    result = plan(with_transformers(1, 0, 2, 0, 0))
    assert result.start_month[0].tolist() == [0, 24, 24]
    assert why(result) == ["none", "material:trafo", "material:trafo"]


def test_what_is_not_drawn_in_its_year_is_gone():
    rows = with_transformers(5, 1, 0, 1, 1)
    rows.project_phases = tuple(row.model_copy(update={"earliest": "2027-03"}) for row in rows.project_phases)
    assert plan(rows).start_month[0].tolist() == [14, 36, 48]


def test_without_enough_material_within_the_horizon_there_is_no_plan():
    result = plan(with_transformers(1, 1, 0, 0, 0))
    assert result.in_service_month[0].tolist() == [3, 15, NOT_PLANNED]
    assert why(result)[2] == "material:trafo"


def test_deliveries_to_an_operator_come_before_those_to_everybody():
    rows = study(
        [project("a", operator_rank=1), project("b", operator_id="other", operator_rank=1)],
        [phase(i, "build", 3, materials="trafo:1") for i in "ab"],
        deliveries=[*delivered(0, 1), *delivered(0, 0, 1, operator_id="other")],
    )
    assert plan(rows).start_month[0].tolist() == [12, 24]


def test_running_works_have_their_material():
    rows = study(
        [project("r", tier=0), project("s", tier=0), project("a", operator_rank=1)],
        [
            phase("r", "build", 6, materials="trafo:1", start="2026-03"),
            phase("s", "build", 20, materials="trafo:1", start="2025-03"),
            phase("a", "build", 6, materials="trafo:1"),
        ],
        deliveries=delivered(0, 0, 1),
    )
    problem = build_problem(rows)
    assert problem.arrays.deliveries[0].tolist() == [1000, 0, 1000, 1000, 1000]
    assert plan(rows).start_month[0].tolist() == [2, 0, 24]
    notes = [word_message(note) for note in problem.notes]
    assert any("running works need 1 in 2026" in note.en for note in notes)
    assert any("lopende werken hebben er in 2026 1 nodig" in note.nl for note in notes)


def test_a_phase_of_no_months_draws_nothing():
    rows = study([project("a")], [phase("a", "build", 0, materials="trafo:1")], deliveries=delivered(0))
    assert in_service(rows) == [0]


def test_material_that_nobody_delivers_is_named():
    rows = study([project("a")], [phase("a", "build", 3, materials="cable:1")], deliveries=delivered(1))
    with pytest.raises(InputError, match="no deliveries of 'cable' to operator 'op'"):
        build_problem(rows)


def grouped(**of_b: object):
    return study(
        [project("a", operator_rank=1, security_groups=("g",)), project("b", operator_rank=2, **of_b)],
        [phase(i, name, 5) for i in "ab" for name in ("permit", "build")],
    )


def test_works_in_one_security_group_are_never_going_on_together():
    result = plan(grouped(security_groups=("h", "g")))
    assert result.start_month[0].tolist() == [0, 5, 0, 10]
    assert why(result)[3] == "outage_window:g"
    assert plan(grouped(security_groups=("h",))).start_month[0].tolist() == [0, 5, 0, 5]


def test_an_overrun_keeps_the_group_to_itself():
    delays = np.array([[0, 4, 0, 0]], dtype=np.int32)
    assert plan(grouped(security_groups=("g",)), delays=delays).start_month[0].tolist() == [0, 5, 0, 14]


def test_running_works_in_one_group_are_noted():
    rows = study(
        [project(i, tier=0, security_groups=("g",)) for i in "ab"],
        [phase("a", "build", 6, start="2026-01"), phase("b", "build", 6, start="2026-04")],
    )
    (note,) = build_problem(rows).notes
    assert note == message("plan.security_room", group="g", since="2026-04", taken=2)
    assert word_message(note).nl == "Veiligheidsgroep g: vanaf apr 2026 gaan 2 lopende werken tegelijk door."


def in_area(**of_phase: object):
    return study(
        [project("a", station_id="s")],
        [phase("a", "permit", 10), phase("a", "build", 6, **of_phase)],
        stations=[Station(station_id="s", name="s", buses=(0,), areas=("city", "hub"))],
        areas=[
            Area(area_id="city", name="city", no_works_months=(11, 12, 1, 2)),
            Area(area_id="hub", name="hub", no_works_months=(3,)),
        ],
    )


def test_works_pause_in_the_peak_of_the_areas_of_their_station():
    # the permit is there in November; the works begin in April and the permit itself does not pause
    result = plan(in_area())
    assert result.start_month[0].tolist() == [0, 15]
    assert why(result)[1] == "outage_window"


def test_a_phase_is_kept_out_by_its_own_months_whatever_the_order_of_others():
    # 16 months of work from July 2026 would end within the horizon, those in winter do not; from 2027 on neither would
    rows = study(
        [project("a", operator_rank=1), project("b", operator_rank=2)],
        [phase("a", "permit", 6), phase("a", "build", 16, work_months=(10, 11, 12, 1, 2, 3)), phase("b", "build", 3)],
        end_year=2027, rule="tiers", status_from="2027-01",
    )  # fmt: skip
    assert why(plan(rows))[:2] == ["outage_window"] * 2 == why(plan(rows, status={"b"}))[:2]


def test_months_of_the_phase_itself_come_before_those_of_the_area():
    assert plan(in_area(work_months=tuple(range(1, 13)))).start_month[0].tolist() == [0, 10]
    assert plan(in_area(start="2026-11")).start_month[0].tolist() == [0, 10]


def test_works_only_go_on_in_secure_months():
    rows = study(
        [project("a", operator_rank=1), project("b", operator_rank=2)],
        [phase(i, name, 4, "hv:1" if name == "build" else "") for i in "ab" for name in ("permit", "build")],
        [crew("hv", 1)],
    )
    insecure = np.zeros((2, 60), dtype=bool)
    insecure[0, [4, 5, 8]] = True
    result = plan(rows, insecure=insecure)
    # a works in 6, 7, 9 and 10; in month 8 it pauses and its crew is idle, which is too short for b
    assert result.start_month[0].tolist() == [0, 6, 0, 11]
    assert result.finish_month[0].tolist() == [4, 11, 4, 15]
    assert why(result)[1] == "security"
    insecure[1] = True
    assert why(plan(rows, insecure=insecure))[3] == "security"
    assert in_service(rows, insecure=insecure) == [11, NOT_PLANNED]


def test_running_works_go_on_in_insecure_months():
    rows = study([project("a", tier=0)], [phase("a", "build", 6, start="2026-01")])
    assert in_service(rows, insecure=np.ones((1, 60), dtype=bool)) == [6]
