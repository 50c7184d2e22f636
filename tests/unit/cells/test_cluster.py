"""Cells of a Dask cluster and of merged shards are those of one machine to the byte, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gridprio.cells import CellExecutor, ClusterExecutor, LocalExecutor, contingencies_for, merge_cells
from gridprio.cells.cluster import evaluate_task, parts_of
from gridprio.cells.executor import cell_batch
from gridprio.cli.app import app
from gridprio.errors import BackendError, InputError, StoreError
from gridprio.inputs import read_study
from gridprio.kernels import get_kernels
from gridprio.model.cell import CellBatch, CellResults
from gridprio.pipeline import Session
from gridprio.pipeline.tabulate import FullTable, Shard
from tests.unit.cells.test_cache import RULES, Demand, corridor

pytestmark = pytest.mark.slow

PLANTED = Path(__file__).parents[2] / "cases" / "one_crew"
KERNELS = get_kernels("reference")
N_CELL = 12


def batch() -> CellBatch:
    requests = Demand().requests(0, 2030, "s")
    hourly = [Demand().injections(0, 2030 + k, "s", ()) for k in range(N_CELL)]
    return cell_batch([np.array([True, k % 2 == 0]) for k in range(N_CELL)], hourly, [requests] * N_CELL)


def evaluated(executor: CellExecutor) -> CellResults:
    grid = corridor()
    queue = Demand().requests(0, 2030, "s").queue
    return executor.evaluate(grid, contingencies_for(grid, RULES.outages), queue, batch(), RULES)


def assert_same(found: CellResults, expected: CellResults) -> None:
    for name, array in vars(expected).items():
        assert getattr(found, name).tobytes() == array.tobytes(), name


@pytest.fixture(scope="module")
def cluster():
    pytest.importorskip("distributed")
    with ClusterExecutor(KERNELS, "local:2") as opened:
        yield opened


def test_cells_of_two_workers_are_those_of_one_machine(cluster):
    assert cluster.parallel == 2 and cluster.version == LocalExecutor(KERNELS).version
    assert_same(evaluated(cluster), evaluated(LocalExecutor(KERNELS)))


def test_a_grid_goes_to_the_cluster_once_by_its_content(cluster):
    for _ in range(2):  # `corridor` makes an equal grid anew
        evaluated(cluster)
    assert len(cluster._grids) == 1


def test_nothing_listens_beyond_this_machine(cluster):
    psutil = pytest.importorskip("psutil")
    own = psutil.Process()
    connections = [c for process in (own, *own.children(recursive=True)) for c in process.net_connections()]
    listening = {connection.laddr.ip for connection in connections if connection.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}
    assert cluster._client.scheduler.address.startswith("tls://127.0.0.1:")


def test_a_killed_worker_loses_nothing(cluster, monkeypatch):
    before = cluster._client.run(os.getpid)
    gather = cluster._client.gather

    def after_a_kill(tasks: list[object]) -> object:
        """Both workers have tasks by now; one is killed at its first."""
        os.kill(next(iter(before.values())), signal.SIGKILL)
        return gather(tasks)

    monkeypatch.setattr(cluster._client, "gather", after_a_kill)
    assert_same(evaluated(cluster), evaluated(LocalExecutor(KERNELS)))
    assert set(cluster._client.run(os.getpid).values()) != set(before.values())


def test_other_code_is_refused():
    args = (None, None, None, None, None)
    with pytest.raises(BackendError, match=r"other code: found .*, expected older"):
        evaluate_task(("reference", "older"), *args)  # type: ignore[arg-type]


def test_cells_are_shared_out_in_their_order():
    parts = list(parts_of(batch(), 5))
    assert [len(part.p_mw) for part in parts] == [3, 3, 3, 3]
    assert np.concatenate([part.p_mw for part in parts]).tobytes() == batch().p_mw.tobytes()


@pytest.mark.parametrize(("given", "said"), [("local:0", "at least one"), ("nowhere:x", "cannot be used")])
def test_a_cluster_that_is_none_is_refused(given, said):
    pytest.importorskip("distributed")
    with pytest.raises(BackendError, match=said), ClusterExecutor(KERNELS, given):
        pass


def tabulated(folder: Path, shard: Shard | None = None) -> tuple[int, pd.DataFrame]:
    """Cells that were simulated, and every cell of this part of the table."""
    with Session(read_study(PLANTED), "auto", 1, folder) as session:
        FullTable(session, shard=shard).make()
        return int(session.cells.origin()["simulated"]), session.cells.table()


def test_merged_shards_give_the_tables_of_one_machine(tmp_path):
    count, expected = tabulated(tmp_path / "alone")
    parts = [tmp_path / f"part{k}" for k in (1, 2)]
    counts = [tabulated(part, Shard(k, 2))[0] for k, part in enumerate(parts, start=1)]
    assert sum(counts) == count and min(counts) > 0
    merge = [option for part in parts for option in ("--merge", str(part))]
    done = CliRunner().invoke(app, ["tabulate", str(PLANTED), "--cells", str(tmp_path / "merged"), "--count", *merge])
    assert done.exit_code == 0
    with Session(read_study(PLANTED), "auto", 1, tmp_path / "merged") as session:
        table = FullTable(session)
        assert table.missing == 0
        for states in table.by_year():
            session.cells.values(states)
        assert session.cells.origin()["simulated"] == 0
        assert session.cells.table().to_csv() == expected.to_csv()


def test_parts_of_another_version_or_without_cells_are_refused(tmp_path):
    tabulated(tmp_path / "part", Shard(1, 4))
    (tmp_path / "nothing").mkdir()
    with pytest.raises(StoreError, match="another version"):
        merge_cells([tmp_path / "part"], tmp_path / "merged", "another")
    with pytest.raises(StoreError, match="holds no cells"):
        merge_cells([tmp_path / "nothing"], tmp_path / "merged", "another")
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize("text", ["", "0/4", "5/4", "1", "a/b", "1/0"])
def test_a_shard_is_a_part_of_a_whole(text):
    with pytest.raises(InputError, match="not a part"):
        Shard.parse(text)
