"""A seal that lacks cells: what a run leaves out, what it asks for, and how the operator adds it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gridprio
from gridprio.cells import StateYear
from gridprio.errors import InputError, MissingCellsError
from gridprio.exchange import Sealed, add_to_seal, seal_study
from gridprio.inputs import with_settings
from gridprio.inputs.study import Study
from gridprio.model.plan import PriorityTimeline
from gridprio.outcome import Evaluator
from gridprio.pipeline import make_evaluator, run_study
from gridprio.pipeline.draws import Drawn, draw_until_settled
from gridprio.pipeline.effects import study_effects
from gridprio.pipeline.schedules import Schedules, make_schedules
from tests.sealed_studies import DRAWS, delayed_study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """On the draws of the first look alone."""
    return with_settings(delayed_study(tmp_path_factory.mktemp("study") / "delayed", 3.0, 6.0), max_draws=DRAWS)


@pytest.fixture(scope="module")
def sealed(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return seal_study(study, tmp_path_factory.mktemp("seal") / "sealed", threads=1)


def needed(study: Study, timelines: Sequence[PriorityTimeline], draws: slice) -> set[StateYear]:
    evaluator = make_evaluator(study, threads=1)
    evaluator.evaluate(timelines, evaluator.delay_months[draws])
    return {state for table in evaluator.tables for state, _ in table.states()}


def basis(schedules: Schedules) -> list[PriorityTimeline]:
    return [schedules.timelines[row] for row in (schedules.orders.without, schedules.orders.with_all["both"])]


def without(sealed: Sealed, folder: Path, states: set[StateYear]) -> Path:
    """A copy of the seal that never held these states."""
    copy = Path(shutil.copytree(sealed.folder, folder / "poorer"))
    study = gridprio.read_study(copy)

    def ids(rows: Sequence[int]) -> str:
        return " ".join(study.projects[row].project_id for row in rows)

    gone = {(s.area, ids(s.in_service), ids(s.in_works), s.year) for s in states}
    path, manifest = copy / "sealed" / "states.parquet", json.loads((copy / "sealed" / "seal.json").read_text())
    table = pd.read_parquet(path)
    keys = list(zip(table.area, table.in_service, table.in_works, table.year, strict=True))
    table[[key not in gone for key in keys]].to_parquet(path, index=False)
    manifest["sha256"]["states"] = sha256(path.read_bytes()).hexdigest()
    (copy / "sealed" / "seal.json").write_text(json.dumps(manifest))
    return copy


def drawn(evaluator: Evaluator) -> Drawn:
    schedules = make_schedules(evaluator)
    return draw_until_settled(evaluator, schedules, study_effects(evaluator, schedules), skip_missing=True)


def test_an_order_without_its_cells_is_not_assessed(study: Study, sealed: Sealed, tmp_path: Path) -> None:
    whole = make_evaluator(study, threads=1)
    schedules = make_schedules(whole)
    every = slice(DRAWS)
    spare = needed(study, schedules.timelines, every) - needed(study, basis(schedules), every)
    given = gridprio.read_study(without(sealed, tmp_path, spare))
    one, other = drawn(whole), drawn(make_evaluator(given, threads=1))
    assert other.left_out.draws == 0 and other.left_out.orders
    lacks = {effect.reason.code for effect in other.effects if not effect.is_assessable}
    assert "cells_missing" in lacks and any(effect.project_id == "total" for effect in other.effects)
    for before, after in zip(one.effects, other.effects, strict=True):
        assert after.reason.code == "cells_missing" or after.differences.tobytes() == before.differences.tobytes()


def test_a_draw_without_its_cells_is_left_out(study: Study, sealed: Sealed, tmp_path: Path) -> None:
    whole = make_evaluator(study, threads=1)
    compared = basis(make_schedules(whole))
    gone = needed(study, compared, slice(1, 2)) - needed(study, compared, slice(0, 1))
    folder = without(sealed, tmp_path, gone)
    given = gridprio.read_study(folder)
    found = drawn(make_evaluator(given, threads=1))
    assert 1 not in found.draw_rows and 0 in found.draw_rows
    assert found.left_out.draws == DRAWS - len(found.draw_rows) > 0
    metric = drawn(whole).comparison.metric[:, :, found.draw_rows]
    rows = [k for k, own in enumerate(found.comparison.metric) if np.isfinite(own).all()]
    assert rows and found.comparison.metric[rows].tobytes() == metric[rows].tobytes()
    with pytest.raises(MissingCellsError, match="gridprio run --request"):
        run_study(given, tmp_path / "refused", threads=1, request=tmp_path / "request.csv")
    assert len(pd.read_csv(tmp_path / "request.csv"))
    run = run_study(given, tmp_path / "run", threads=1, skip_missing=True)
    assert "left_out.draws" in {sentence["code"] for sentence in run.manifest["messages"]}
    assert run.manifest["cells"]["left_out"]["draws"] == found.left_out.draws and run.manifest["cells"]["missing"] > 0
    assert set(run.outcomes["draw"]) == set(found.draw_rows.tolist())


def test_nothing_left_is_refused(study: Study, sealed: Sealed, tmp_path: Path) -> None:
    gone = needed(study, basis(make_schedules(make_evaluator(study, threads=1))), slice(DRAWS))
    with pytest.raises(MissingCellsError):
        drawn(make_evaluator(gridprio.read_study(without(sealed, tmp_path, gone)), threads=1))


def test_what_is_asked_for_is_added(study: Study, sealed: Sealed, tmp_path: Path) -> None:
    compared = make_schedules(make_evaluator(study, threads=1)).timelines
    poorer = without(
        sealed,
        tmp_path,
        needed(study, compared, slice(1, DRAWS))
        - needed(study, basis(make_schedules(make_evaluator(study, threads=1))), slice(1)),
    )
    request = tmp_path / "request.csv"
    run_study(gridprio.read_study(poorer), tmp_path / "rest", threads=1, skip_missing=True, request=request)
    asked = pd.read_csv(request)
    assert list(asked.columns) == ["area", "in_service", "in_works", "year", "scenario"] and len(asked)
    states, cells = add_to_seal(study, poorer, request, threads=1)
    assert states == cells == len(asked)  # of one scenario
    other = run_study(gridprio.read_study(poorer), tmp_path / "run", threads=1, request=request)
    assert pd.read_csv(request).empty and other.manifest["cells"]["missing"] == 0
    one = run_study(study, tmp_path / "whole", threads=1)
    for name in ("plan", "outcomes", "status_effect", "distribution", "placebo"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def test_adding_again_adds_nothing_and_another_study_is_refused(study: Study, sealed: Sealed, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(sealed.folder, tmp_path / "copy"))
    states = pd.read_parquet(copy / "sealed" / "states.parquet").iloc[:1]
    request = tmp_path / "request.csv"
    row = [states.assign(area="area-1", year=states.year + 2026, scenario=study.scenario_ids[0])]
    pd.concat(row)[["area", "in_service", "in_works", "year", "scenario"]].to_csv(request, index=False)
    assert add_to_seal(study, copy, request, threads=1) == (0, 0)
    other = replace(study, input_hashes={**study.input_hashes, "grid.json": "0"})
    with pytest.raises(InputError, match="sealed with, or seal again"):
        add_to_seal(other, copy, request, threads=1)
    with pytest.raises(InputError, match="no sealed study"):
        add_to_seal(study, study.folder, request, threads=1)


def test_a_request_that_does_not_fit_is_refused_row_by_row(study: Study, sealed: Sealed, tmp_path: Path) -> None:
    request = tmp_path / "request.csv"
    request.write_text("area,in_service,in_works,year,scenario\narea-9,,,2026,base\narea-1,Z,,1999,nowhere\n")
    with pytest.raises(InputError) as raised:
        add_to_seal(study, sealed.folder, request, threads=1)
    found = {(p.row, p.column) for p in raised.value.problems}
    assert found == {(2, "area"), (3, "in_service"), (3, "year"), (3, "scenario")}
    request.write_text("area,year\n")
    with pytest.raises(InputError, match="another kind of file"):
        add_to_seal(study, sealed.folder, request, threads=1)


def test_only_a_sealed_study_can_ask(study: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="leave out --request"):
        run_study(study, tmp_path / "run", threads=1, request=tmp_path / "request.csv")
