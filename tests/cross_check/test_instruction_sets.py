"""Every instruction set of the Rust core against pandapower: nets of each kind, and 9,241 buses."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gridprio
from gridprio import read_grid, solve_load_flow
from gridprio.grid.sources import read_net
from gridprio.kernels.protocol import Kernels
from gridprio.model.grid import Grid

from ..effort import IS_LONG
from ..kernels.conftest import LEVELS, at_level
from .compare import Expected, assert_same, assert_same_outages, outages_of, results_of, run_pandapower
from .test_pandapower_networks import solved, solved_outages

SAMPLE = ("pandapower:case145", "pandapower:mv_oberrhein", "simbench:1-HV-mixed--2-no_sw")
REST = tuple(f"pandapower:{name}" for name in ("case118", "case300", "create_cigre_network_mv", "case2869pegase"))
NETS = (*SAMPLE, *(REST if IS_LONG else ()))
SCALE = np.linspace(0.97, 1.02, 40)
"""All injections by hour; enough of them for the methods that work on many hours of one state."""
CHECKED = (0, 17, 39) if IS_LONG else (0, 39)
"""Hours that pandapower solves too."""
OUTAGES = 4 if IS_LONG else 2


@cache
def large() -> tuple[Any, Grid]:
    net, _ = read_net("pandapower:case9241pegase")
    return net, read_grid(net)


@cache
def solved_large() -> tuple[dict[int, Expected], dict[int, Expected]]:
    """pandapower's results of some hours and of some outages."""
    net, grid = large()
    rows = np.random.default_rng(3).permutation(len(grid.outage_ids))[:OUTAGES]
    return {hour: at_hour(net, SCALE[hour]) for hour in CHECKED}, outages_of(net, grid, sorted(rows.tolist()))


@cache
def charged_spur() -> tuple[int, Expected]:
    """The outage of line 8318, by pandapower."""
    net, grid = large()
    row = grid.outage_ids.index(("line", 8318))
    return row, outages_of(net, grid, [row])[row]


def at_hour(net: Any, scale: float) -> Expected:
    net = copy.deepcopy(net)
    for table in ("load", "gen", "sgen"):
        for column in set(net[table].columns) & {"p_mw", "q_mvar"}:
            net[table][column] *= scale
    assert run_pandapower(net)
    return results_of(net)


def assert_solved(backend: str) -> None:
    (_, grid), (hours, outages) = large(), solved_large()
    scale = SCALE[:, None]
    flows = solve_load_flow(grid, scale * grid.p_mw, scale * grid.q_mvar, backend=backend, tolerance_mva=1e-6)
    for hour, expected in hours.items():
        assert_same(expected, flows, hour)
    assert len(outages) > 1
    flows = solve_load_flow(grid, outage=list(outages), backend=backend, tolerance_mva=1e-8)
    for case, expected in enumerate(outages.values()):
        assert_same(expected, flows, case)


@pytest.fixture(params=LEVELS)
def on_level(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """`solve_load_flow(backend="rust")` runs on this instruction set."""
    kernels: Kernels = at_level(request.param)
    monkeypatch.setattr("gridprio.load_flow.solve.get_kernels", lambda backend: kernels)
    return str(request.param)


@pytest.mark.parametrize("source", NETS)
def test_nets(source: str, on_level: str) -> None:
    _, grid, expected = solved(source)
    assert_same(expected, solve_load_flow(grid, tolerance_mva=1e-10, backend="rust"))
    assert_same_outages(solved_outages(source), grid, "rust")


@pytest.mark.slow
def test_large_grid(on_level: str) -> None:
    assert_solved("rust")


@pytest.mark.slow
def test_large_grid_on_numba() -> None:
    assert_solved("numba")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["rust", "numba"])
def test_the_solution_that_pandapower_finds(backend: str) -> None:
    """Without line 8318 a charged spur has two solutions; pandapower's is 0.84 pu."""
    row, expected = charged_spur()
    assert_same(expected, solve_load_flow(large()[1], outage=[row], tolerance_mva=1e-6, backend=backend))


@cache
def case118() -> Grid:
    return read_grid("pandapower:case118")


@pytest.mark.parametrize("level", LEVELS)
def test_a_process_that_is_told_its_instruction_set(level: str, tmp_path: Path) -> None:
    """What a processor without AVX-512 would run, from Python to Python; the grid is read once, here."""
    at_level(level)
    grid = case118()
    (tmp_path / "grid").write_bytes(pickle.dumps(grid))
    code = (
        "import sys, pickle, numpy, gridprio; from gridprio import _core; assert _core.simd_level() == sys.argv[1]; "
        "grid = pickle.load(open(sys.argv[3], 'rb')); "
        "numpy.save(sys.argv[2], gridprio.solve_load_flow(grid, outage=range(60), backend='rust').vm_pu)"
    )
    file = tmp_path / "vm.npy"
    environment = os.environ | {"GRIDPRIO_SIMD": level, "PYTHONPATH": str(Path(gridprio.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code, level, str(file), str(tmp_path / "grid")], env=environment, check=True)
    ours = solve_load_flow(grid, outage=range(60), backend="rust").vm_pu
    np.testing.assert_allclose(np.load(file), ours, atol=1e-9)
