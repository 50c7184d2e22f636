"""Every single outage of a line or transformer that leaves the grid whole, each with a matrix of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import gridprio
from benches.load_flow import TOLERANCE_PU, backends, lightsim2grid_model
from benches.registry import Case, Contender
from gridprio.grid.sources import read_net

GRIDS = {
    "case118": "pandapower:case118",
    "case300": "pandapower:case300",
    "case1354pegase": "pandapower:case1354pegase",
    "1-HV-mixed--2": "simbench:1-HV-mixed--2-no_sw",
}


def cases(peers: bool, count: int | None = None) -> Iterator[Case]:
    for name, source in GRIDS.items():
        yield _case(name, source, count, peers)


def _case(name: str, source: str, count: int | None, peers: bool) -> Case:
    net, _ = read_net(source)
    grid = gridprio.read_grid(net)
    flows = gridprio.solve_load_flow(grid, outage=np.arange(len(grid.outage_ids)), tolerance_mva=1e-6)
    intact = gridprio.solve_load_flow(grid)
    whole = (flows.status == 0) & (np.isnan(flows.vm_pu) == np.isnan(intact.vm_pu)).all(axis=1)
    rows = np.flatnonzero(whole & np.array([table in ("line", "trafo") for table, _ in grid.outage_ids]))[:count]
    contenders = [_own(grid, backend, rows, TOLERANCE_PU * net.sn_mva) for backend in backends()]
    if peers:
        contenders.append(_lightsim2grid(net, [grid.outage_ids[row] for row in rows]))
    return Case(name, len(rows), tuple(contenders))


def _own(grid: Any, backend: str, rows: NDArray[np.intp], tolerance_mva: float) -> Contender:
    def run() -> NDArray[np.float64]:
        return gridprio.solve_load_flow(grid, outage=rows, backend=backend, tolerance_mva=tolerance_mva).v_pu

    return Contender(f"gridprio {backend}", run)


def _lightsim2grid(net: Any, outages: list[tuple[str, int]]) -> Contender:
    """Its rows are sorted by its own branch number (lines, then transformers); so are ours."""
    from lightsim2grid.lightsim2grid_cpp import ContingencyAnalysisCPP

    model, start = lightsim2grid_model(net)
    lines = {int(index): k for k, index in enumerate(net.line.index)}
    trafos = {int(index): len(lines) + k for k, index in enumerate(net.trafo.index)}
    numbers = [lines[index] if table == "line" else trafos[index] for table, index in outages]

    def run() -> NDArray[np.float64]:
        analysis = ContingencyAnalysisCPP(model)
        for number in numbers:
            analysis.add_n1(number)
        analysis.compute(start, 30, TOLERANCE_PU)
        return np.abs(analysis.get_voltages())

    return Contender("lightsim2grid ContingencyAnalysis", run)
