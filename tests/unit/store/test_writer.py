from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from gridprio.errors import StoreError
from gridprio.store import RunWriter, read_run
from gridprio.store.whole import release
from gridprio.text import message


def write(folder, study, plan, **options):
    with RunWriter(folder, study, backend="reference", threads=1, **options) as writer:
        with writer.stage("plan") as advance:
            advance(0.5)
            writer.write("plan", plan)
        writer.message(message("plan.late", projects=["p1", "p2"]))


def test_a_run_is_read_as_written(tmp_path, study, plan):
    stages = []
    write(tmp_path / "a", study, plan, progress=lambda *stage: stages.append(stage))
    run = read_run(tmp_path / "a")
    assert stages == [("plan", 0.0), ("plan", 0.5), ("plan", 1.0)]
    assert list(run.plan.columns)[:3] == ["order_name", "scenario", "draw"] and list(run.plan.columns)[-1] == "note"
    assert run.plan["binding_constraint"].tolist() == ["crew:hv", ""]
    assert run.plan["start_month"].tolist() == [3, 5]
    assert run.tables == ("plan", "projects", "queue_rules", "scenarios", "stations")
    assert run.stations["buses"].tolist() == ["12 13"] and run.projects["requires"].tolist() == ["p2 p3", ""]
    assert run.projects["operator_rank"].isna().tolist() == [True, False]
    assert run.municipalities == study.municipalities
    manifest = run.manifest
    assert manifest["settings"]["seed"] == manifest["seed"] == 7 and manifest["inputs"] == {"study.toml": "00"}
    assert manifest["messages"] == [{"code": "plan.late", "params": {"projects": ["p1", "p2"]}}]
    assert manifest["wall_time_s"]["plan"] >= 0
    assert manifest["versions"]["numpy"] == np.__version__ and manifest["status"] == "complete"
    assert not (tmp_path / "a.partial").exists()


def test_equal_tables_are_equal_bytes(tmp_path, study, plan):
    write(tmp_path / "a", study, plan)
    shuffled = pa.Table.from_pandas(plan[sorted(plan.columns)].set_index("draw").reset_index(), preserve_index=False)
    write(tmp_path / "b", study, shuffled.select(["note", *[c for c in shuffled.column_names if c != "note"]]))
    for name in ("plan", "projects", "stations", "scenarios"):
        assert (tmp_path / "a" / f"{name}.parquet").read_bytes() == (tmp_path / "b" / f"{name}.parquet").read_bytes()


def test_views_in_sql(tmp_path, study, plan):
    write(tmp_path / "it's", study, plan)
    run = read_run(tmp_path / "it's")
    answer = run.sql("select name, count(*) as n from plan join projects using (project_id) group by name")
    assert answer.to_dict("list") == {"name": ["Line"], "n": [2]}
    with pytest.raises(StoreError, match=r"(?s)nowhere.*Tables: plan"):
        run.sql("select * from nowhere")


def test_repr_and_unknown_table(tmp_path, study, plan):
    write(tmp_path / "a", study, plan)
    run = read_run(tmp_path / "a")
    assert repr(run).startswith("Run('small' (fictional), backend reference, seed 7")
    assert "<td>plan</td><td>2</td>" in run._repr_html_()
    assert "plan" in dir(run)
    with pytest.raises(AttributeError, match="no table 'delusion'; it has plan"):
        _ = run.delusion
    with pytest.raises(AttributeError, match=r"no table 'dilution'.*--set curve_lists=39"):
        _ = run.dilution


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("odd")])
def test_an_interrupted_run_says_so(tmp_path, study, plan, error):
    with pytest.raises(type(error)), RunWriter(tmp_path / "a", study, backend="rust", threads=2) as writer:
        writer.write("plan", plan)
        with writer.stage("cells"):
            raise error
    assert "Stage reached: cells" in (tmp_path / "a" / "INTERRUPTED").read_text()
    assert json.loads((tmp_path / "a" / "manifest.json").read_text())["status"] == "interrupted"
    with pytest.raises(StoreError, match=r"not complete.*cells"):
        read_run(tmp_path / "a")
    write(tmp_path / "a", study, plan)
    assert read_run(tmp_path / "a").plan.shape[0] == 2 and not (tmp_path / "a" / "INTERRUPTED").exists()


def test_an_interruption_keeps_the_earlier_run(tmp_path, study, plan):
    write(tmp_path / "a", study, plan)
    with pytest.raises(KeyboardInterrupt), RunWriter(tmp_path / "a", study, backend="rust", threads=2):
        raise KeyboardInterrupt
    assert read_run(tmp_path / "a").plan.shape[0] == 2
    assert (tmp_path / "a.partial" / "INTERRUPTED").exists()
    write(tmp_path / "a", study, plan)
    assert not (tmp_path / "a.partial").exists()


def test_a_killed_run_does_not_look_complete(tmp_path, study, plan):
    writer = RunWriter(tmp_path / "a", study, backend="rust", threads=2)
    writer.write("plan", plan)
    assert not (tmp_path / "a").exists()
    with pytest.raises(StoreError, match="status 'running'"):
        read_run(tmp_path / "a.partial")
    with pytest.raises(StoreError, match="another run is writing"):
        RunWriter(tmp_path / "a", study, backend="rust", threads=2)
    release(writer._lock)
    write(tmp_path / "a", study, plan)
    assert read_run(tmp_path / "a").plan.shape[0] == 2


def test_foreign_folders_are_left_alone(tmp_path, study, plan):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.docx").write_text("years of work")
    with pytest.raises(StoreError, match="not a run of gridprio"):
        RunWriter(mine, study, backend="rust", threads=1)
    write(tmp_path / "a", study, plan)
    (tmp_path / "a" / "notes.md").write_text("keep")
    with pytest.raises(StoreError, match=r"holds more than a run \(notes\.md\)"):
        RunWriter(tmp_path / "a", study, backend="rust", threads=1)
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="is a file"):
        RunWriter(tmp_path / "file", study, backend="rust", threads=1)
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty", study, plan)
    assert read_run(tmp_path / "empty").tables


def test_read_run_refuses_what_is_none(tmp_path, study, plan):
    with pytest.raises(StoreError, match="not a folder"):
        read_run(tmp_path / "a")
    with pytest.raises(StoreError, match="not a run"):
        read_run(tmp_path)
    write(tmp_path / "a", study, plan)
    path = tmp_path / "a" / "manifest.json"
    for version in (1, 2, 3, 4, 99):
        changed = {**json.loads(path.read_text()), "schema_version": version}
        path.write_text(json.dumps(changed))
        with pytest.raises(StoreError, match=f"schema version {version}, this gridprio reads 5"):
            read_run(tmp_path / "a")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="phase"), "lacks the columns phase"),
        (lambda t: t.assign(start_month=[0.5, 1]), "'start_month': expected int64"),
        (lambda t: t.assign(start_month=[np.nan, 1]), "1 values are missing"),
        (lambda t: t.assign(project_id=[1, 2]), "'project_id': found int64, expected text"),
    ],
)
def test_tables_that_break_their_contract(tmp_path, study, plan, change, message):
    with pytest.raises(StoreError, match=message):
        write(tmp_path / "a", study, change(plan))


def test_tables_without_contract(tmp_path, study, plan):
    with (
        pytest.raises(StoreError, match="table 'plans' has no contract"),
        RunWriter(tmp_path / "a", study, backend="rust", threads=1) as writer,
    ):
        writer.write("plans", plan)


def test_categories_and_missing_numbers(tmp_path, study):
    frame = pd.DataFrame(
        {
            "scenario": pd.Categorical(["low"]),
            "group_kind": ["area"],
            "group_id": ["a"],
            "metric": ["overload_mvah"],
            "order_name": ["operator"],
            "without_status": [1],
            "with_status": [np.nan],
            "effect": [np.float32(0.5)],
            "low95": [0.0],
            "high95": [1.0],
        }
    )
    with RunWriter(tmp_path / "a", study, backend="rust", threads=1) as writer:
        writer.write("distribution", frame)
    read = read_run(tmp_path / "a").distribution
    assert read.loc[0, "scenario"] == "low" and np.isnan(read.loc[0, "with_status"]) and read.loc[0, "effect"] == 0.5
