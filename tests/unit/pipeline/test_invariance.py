"""What people call a project, and in which row an operator stands, decides nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from gridprio.effect import effect_table
from gridprio.inputs.study import Study
from gridprio.kernels import get_kernels
from gridprio.orders import need_year_order, operator_order, request_date_order
from gridprio.outcome import Evaluator
from gridprio.pipeline.draws import draw_until_settled
from gridprio.pipeline.effects import study_effects
from gridprio.pipeline.schedules import make_schedules
from gridprio.plan import build_problem, draw_delays
from tests.chance_studies import OwnCells, chance_study
from tests.unit.plan.rows import phase

SERVED = [3.0, 5.0, 8.0, 2.0, 6.0, 4.0]


def two_operators(**settings: object) -> Study:
    """Three projects each, of which the middle ones meet in the merged list; two are alike but for their operator."""
    study = chance_study(SERVED, [2, 4], ratio=1.5, placebo_lists=5, bindingness=0.6, max_draws=20, **settings)
    projects = tuple(
        p.model_copy(update={"operator_id": "north" if k < 3 else "south", "operator_rank": k % 3 + 1})
        for k, p in enumerate(study.projects)
    )
    phases = tuple(
        phase(f"p{k}", "build", 6 + 2 * (k % 5), "team:1", delay_mean_months=4, delay_sd_months=6) for k in range(6)
    )
    return replace(study, projects=projects, project_phases=phases)


def table_of(study: Study) -> tuple[pd.DataFrame, list[str]]:
    """Effects by project, and the lists of the compared orders by name."""
    row = {p.project_id: k for k, p in enumerate(study.projects)}
    cells = OwnCells(SERVED, [row[d.note] for d in study.developments])
    cells.changing_projects = frozenset(row)
    problem = build_problem(study)
    delays = draw_delays(problem, study.settings.max_draws, study.settings.seed)
    evaluator = Evaluator(study, cells, problem, delays, get_kernels("auto"))
    schedules = make_schedules(evaluator)
    drawn = draw_until_settled(evaluator, schedules, study_effects(evaluator, schedules))
    table = effect_table(drawn.effects, drawn.judgement, 0.95).set_index(["channel", "project_id", "metric"])
    placebo = drawn.comparison.placebo.mean(axis=2).round(9).tolist()
    return table.drop(columns=["reason", "lever"]).sort_index(), placebo


def served_by(study: Study, names: list[str]) -> Study:
    wants = tuple(d.model_copy(update={"note": name}) for d, name in zip(study.developments, names, strict=True))
    return replace(study, developments=wants)


def test_the_order_of_the_rows_of_operators_changes_nothing() -> None:
    study = served_by(two_operators(), [f"p{k}" for k in range(6)])
    south_first = replace(study, projects=(*study.projects[3:], *study.projects[:3]))
    one, other = table_of(study), table_of(south_first)
    pd.testing.assert_frame_equal(one[0], other[0], rtol=1e-9, atol=1e-9)
    assert one[1] == other[1]


def test_another_name_of_a_project_changes_nothing() -> None:
    study = served_by(two_operators(), [f"p{k}" for k in range(6)])
    new = {f"p{k}": name for k, name in enumerate(["zebra", "p1", "aardvark", "b", "p0", "q"])}
    renamed = replace(
        study,
        projects=tuple(p.model_copy(update={"project_id": new[p.project_id], "name": "x"}) for p in study.projects),
        project_phases=tuple(f.model_copy(update={"project_id": new[f.project_id]}) for f in study.project_phases),
    )
    one, other = table_of(study), table_of(served_by(renamed, list(new.values())))
    back = {name: old for old, name in new.items()}
    restored = other[0].rename(index=lambda name: back.get(name, name), level="project_id").sort_index()
    pd.testing.assert_frame_equal(one[0], restored, rtol=1e-9, atol=1e-9)
    assert one[1] == other[1]


def test_orders_do_not_hang_on_the_rows_of_operators() -> None:
    study = two_operators()
    turned = (*study.projects[3:], *study.projects[:3])
    for order in (lambda rows: operator_order(rows, "before_status"), need_year_order, request_date_order):
        assert order(study.projects).project_ids == order(turned).project_ids


def test_draws_stay_when_a_project_gets_status_another_rank_or_other_delays() -> None:
    study = two_operators()
    other_rank = study.projects[1].model_copy(update={"status": True, "operator_rank": 9})
    other_delay = tuple(f.model_copy(update={"delay_sd_months": 9.0}) for f in study.project_phases[:1])
    changed = replace(
        study,
        projects=(study.projects[0], other_rank, *study.projects[2:]),
        project_phases=(*other_delay, *study.project_phases[1:]),
    )
    one, other = (draw_delays(build_problem(s), 50, seed=3) for s in (study, changed))
    assert (one[:, 1:] == other[:, 1:]).all()
    by_both = np.lexsort((other[:, 0], one[:, 0]))
    assert (np.diff(other[by_both, 0]) >= 0).all(), "the same luck under another spread"
    assert len({tuple(column) for column in one.T}) == 6, "projects that are alike have delays of their own"
