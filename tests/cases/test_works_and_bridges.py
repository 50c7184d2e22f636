"""Works in secure months and temporary solutions through the whole pipeline, worked out by hand from `one_crew`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gridprio
from gridprio.exchange import Hold, seal_study
from gridprio.inputs import with_settings
from gridprio.inputs.schema import Project, ProjectChange, ProjectPhase
from gridprio.inputs.study import Study
from gridprio.pipeline import make_evaluator, run_study
from gridprio.plan import build_problem
from gridprio.search.levers import steps

HERE = Path(__file__).parent
WINTER = np.isin(np.arange(12), [0, 1, 2, 9, 10, 11])


def with_project(study: Study, project: Project, months: int, *changes: ProjectChange) -> Study:
    row = {"project_id": project.project_id, "phase": "build", "crews": "team:1", "cost_share": 1.0}
    phase = ProjectPhase(duration_months=months, **row)
    return replace(
        study,
        projects=(*study.projects, project),
        project_phases=(*study.project_phases, phase),
        project_changes=(*study.project_changes, *changes),
    )


def one_crew(**settings: object) -> Study:
    return with_settings(gridprio.read_study(HERE / "one_crew"), **settings)


def of_a(study: Study, **columns: object) -> Project:
    """A project like A under another name and rank."""
    return study.projects[0].model_copy(update={"project_id": "C", "name": "C", "operator_rank": 3, **columns})


def overhaul(**settings: object) -> Study:
    """C takes the first transformer of S1 out; A gave a second one, which carries the station in summer alone.

    50 MW in winter and 25 MW in summer pass one transformer of 40 MVA in winter.
    """
    study = one_crew(**settings)
    assert study.profiles is not None
    hours = np.repeat(WINTER, np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) * 24)
    season = np.where(hours, 1.0, 0.5)
    study = replace(
        study,
        loads=(study.loads[0].model_copy(update={"p_mw": 50.0, "profile": "season"}), *study.loads[1:]),
        profiles=study.profiles.assign(season=season[: len(study.profiles)]),
        developments=study.developments[1:],
    )
    change = {"project_id": "C", "element": "trafo:0"}
    return with_project(
        study,
        of_a(study, requires=("A",)),
        4,
        ProjectChange(action="replace_trafo", std_type="planted 40 MVA", **change),
        ProjectChange(action="out_for_works", **change),
    )


def months_of(run: gridprio.Run, project: str, order: str = "without_status") -> tuple[int, int, str]:
    rows = run.plan[(run.plan.order_name == order) & (run.plan.project_id == project)]
    return rows.iloc[0][["start_month", "finish_month", "binding_constraint"]].tolist()


def test_months_in_which_works_would_add_insecure_hours() -> None:
    with make_evaluator(overhaul(), threads=1) as evaluator:
        insecure = evaluator.insecure_works()
    assert insecure.shape == (3, 60)
    assert not insecure[:2].any()
    assert (insecure[2].reshape(5, 12) == WINTER).all()


def test_works_wait_for_months_in_which_the_grid_stays_secure(tmp_path: Path) -> None:
    free = run_study(overhaul(), tmp_path / "free", threads=1)
    kept = run_study(overhaul(secure_works=True), tmp_path / "kept", threads=1)
    assert months_of(free, "C") == [24, 28, "crew:team"]
    assert months_of(kept, "C") == [27, 31, "security"]
    hours = [run.outcomes.set_index("order_name").insecure_hours["without_status"] for run in (free, kept)]
    # three of the four months were in winter
    assert hours[0] - hours[1] == pytest.approx((31 + 28 + 31) * 24)


def test_no_changed_problem_loses_the_secure_months() -> None:
    study = overhaul(secure_works=True)
    with make_evaluator(study, threads=1) as evaluator:
        assert evaluator.problem.arrays.closed.any()
        richer = replace(study, crews=tuple(c.model_copy(update={"units": c.units + 1}) for c in study.crews))
        anew = evaluator.with_problem(build_problem(richer))
        stepped = [evaluator.with_problem(step.problem) for step in steps(study, evaluator.problem)]
        for other in (anew, *stepped):
            assert (other.problem.arrays.closed == evaluator.problem.arrays.closed).all()
            assert (other.problem.arrays.closed_row == evaluator.problem.arrays.closed_row).all()
        places = np.arange(3)[None]
        starts = [e.schedule(places).start[0] for e in (anew, anew.with_problem(build_problem(overhaul())))]
        works = [int(start[evaluator.problem.phase_project == 2].max()) for start in starts]
        assert not evaluator.insecure_works()[2, works].any()


def test_a_sealed_study_knows_its_secure_months(tmp_path: Path) -> None:
    study = overhaul(secure_works=True, search_orders=0)  # a run of a seal does not search
    sealed = seal_study(study, tmp_path / "sealed", hold=Hold(), threads=1)
    given = gridprio.read_study(sealed.folder)
    assert given.settings.secure_works and not given.project_changes
    one, other = (run_study(of, tmp_path / name, threads=1) for name, of in (("one", study), ("other", given)))
    assert months_of(other, "C") == [27, 31, "security"]
    for name in ("plan", "outcomes"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def bridged(**columns: object) -> Study:
    """T gives S1 its second transformer within two months, before A does."""
    study = one_crew()
    bridge = of_a(study, project_id="T", operator_rank=1, **columns)
    ranked = [p.model_copy(update={"operator_rank": k}) for k, p in enumerate(study.projects, start=2)]
    change = study.project_changes[0].model_copy(update={"project_id": "T"})
    return with_project(replace(study, projects=tuple(ranked)), bridge, 2, change)


def test_a_temporary_solution_bridges_to_the_project_it_waits_for(tmp_path: Path) -> None:
    run = run_study(bridged(until_projects=("A",)), tmp_path / "run", threads=1)
    assert [months_of(run, p)[:2] for p in "TAB"] == [[0, 2], [2, 14], [14, 26]]
    outcome = run.outcomes.set_index("order_name").loc["without_status"]
    assert outcome.waiting_mw_years_demand == pytest.approx(20 * 2 / 12 + 30 * 26 / 12)
    assert outcome.shortfall_mw_years == pytest.approx(0, abs=1e-9)
    # 10 MEUR each; A and B by the month over 40 years, the bridge in full
    assert outcome.capital_cost_meur == pytest.approx(10 + 10 / 480 * (60 - 14) + 10 / 480 * (60 - 26))


def test_what_a_temporary_solution_carried_is_short_once_it_is_gone(tmp_path: Path) -> None:
    run = run_study(bridged(until="2026-07"), tmp_path / "run", threads=1)
    outcome = run.outcomes.set_index("order_name").loc["without_status"]
    # D1 is connected in month 2, has nothing from month 6 on and is allocated by A from month 14 on
    assert outcome.shortfall_mw_years == pytest.approx(20 * 8 / 12)
    assert outcome.waiting_mw_years_demand == pytest.approx(20 * 2 / 12 + 30 * 26 / 12)


def with_contract(right: dict[str, object], heavy: np.ndarray, **columns: object) -> Study:
    """T gives D1 a flexible contract within two months; S1 draws 25 MW in the heavy hours and 15 MW in the others."""
    study = one_crew(hours="all")
    assert study.profiles is not None
    study = replace(
        study,
        loads=(study.loads[0].model_copy(update={"profile": "heavy"}), *study.loads[1:]),
        profiles=study.profiles.assign(heavy=np.where(heavy, 1.0, 0.6)),
    )
    bridge = of_a(study, project_id="T", operator_rank=1, **columns)
    ranked = [p.model_copy(update={"operator_rank": k}) for k, p in enumerate(study.projects, start=2)]
    contract = ProjectChange(project_id="T", action="flexible_contract", development_id="D1", **right)
    return with_project(replace(study, projects=tuple(ranked)), bridge, 2, contract)


HOUR = np.arange(8760)
DAY = np.isin(HOUR % 24, np.arange(7, 23))


@pytest.mark.parametrize(
    ("right", "heavy", "fits"),
    [
        ({"hours_of_day": (0, 1, 2, 3, 4, 5, 6, 23)}, DAY, True),
        ({"hours_of_day": (0, 1, 2, 3, 4, 5, 6, 7, 23)}, DAY, False),
        ({"hours_percent": 85.0}, HOUR < 0.149 * 8760, True),
        ({"hours_percent": 90.0}, HOUR < 876, True),
        ({"hours_percent": 85.0}, HOUR < 0.151 * 8760, False),
    ],
)
def test_a_contract_without_the_heavy_hours_bridges_to_reinforcement(
    right: dict[str, object], heavy: np.ndarray, fits: bool, tmp_path: Path
) -> None:
    """20 MW beside 25 pass 40 MVA, beside 15 not; with A in service D1 may transport in every hour."""
    run = run_study(with_contract(right, heavy, until_projects=("A",)), tmp_path / "run", threads=1)
    assert [months_of(run, p)[:2] for p in "TAB"] == [[0, 2], [2, 14], [14, 26]]
    outcome = run.outcomes.set_index("order_name").loc["without_status"]
    assert outcome.waiting_mw_years_demand == pytest.approx(20 * (2 if fits else 14) / 12 + 30 * 26 / 12)
    assert outcome.shortfall_mw_years == pytest.approx(0, abs=1e-9)


def test_capital_of_a_shared_project_falls_to_both_provinces(tmp_path: Path) -> None:
    study = one_crew()
    shared = study.projects[0].model_copy(update={"province_shares": "north:0.25 south:0.75"})
    run = run_study(replace(study, projects=(shared, *study.projects[1:])), tmp_path / "run", threads=1)
    rows = run.distribution[run.distribution.metric == "capital_cost_meur"].set_index("group_id")
    assert set(rows.group_kind) == {"province"}
    # A costs 10 MEUR over 40 years and comes a year later with the status of B
    assert rows.without_status.to_dict() == pytest.approx(
        {"": 36 * 10 / 480, "north": 12 * 10 / 480, "south": 1.0 * 0.75}
    )
    assert rows.effect.to_dict() == pytest.approx({"": 0.25, "north": -0.25 * 0.25, "south": -0.25 * 0.75})
