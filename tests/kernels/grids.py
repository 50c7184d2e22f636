"""Small grids for kernel tests, built directly as frozen arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gridprio.model.grid import NODE_PQ, NODE_PV, NODE_SLACK, GridArrays, OutageElement


@dataclass
class GridBuilder:
    """Collects nodes and branches; `build` freezes them."""

    base_mva: float = 100.0
    nodes: list[tuple[int, float, float, complex, complex, complex]] = field(default_factory=list)
    branches: list[tuple[int, int, complex, complex, complex, complex, bool, float]] = field(default_factory=list)
    outages: list[list[int]] = field(default_factory=list)

    def node(
        self,
        kind: int = NODE_PQ,
        s_mva: complex = 0,
        vm_pu: float = 1.0,
        va_radian: float = 0.0,
        y_shunt: complex = 0,
        s_current: complex = 0,
    ) -> int:
        self.nodes.append((kind, vm_pu, va_radian, s_mva / self.base_mva, y_shunt, s_current))
        return len(self.nodes) - 1

    def branch(
        self,
        f: int,
        t: int,
        z_pu: complex,
        b_pu: float = 0.0,
        tap: complex = 1.0,
        in_service: bool = True,
        percent_per_pu: float = 100.0,
    ) -> int:
        y, half = 1 / z_pu, 0.5j * b_pu
        row = (f, t, (y + half) / abs(tap) ** 2, -y / np.conj(tap), -y / tap, y + half, in_service, percent_per_pu)
        self.branches.append(row)
        return len(self.branches) - 1

    def outage(self, *branches: int) -> int:
        self.outages.append(list(branches))
        return len(self.outages) - 1

    def build(self) -> GridArrays:
        kind, vm, va, s, y_shunt, s_current = (np.array(x) for x in zip(*self.nodes, strict=True))
        columns = list(zip(*self.branches, strict=True)) if self.branches else [()] * 8
        f, t = (np.array(x, dtype=np.int32) for x in columns[:2])
        y_ff, y_ft, y_tf, y_tt = (np.array(x, dtype=np.complex128) for x in columns[2:6])
        percent = np.array(columns[7], dtype=np.float64)
        s, y_shunt, s_current = (x.astype(np.complex128) for x in (s, y_shunt, s_current))
        return GridArrays(
            base_mva=self.base_mva,
            from_node=f,
            to_node=t,
            y_ff=y_ff,
            y_ft=y_ft,
            y_tf=y_tf,
            y_tt=y_tt,
            branch_in_service=np.array(columns[6], dtype=np.bool_),
            y_shunt=y_shunt,
            s_constant_current=s_current,
            node_kind=kind.astype(np.int8),
            vm_set_pu=vm.astype(np.float64),
            vm_min_pu=np.full(len(kind), np.nan),
            vm_max_pu=np.full(len(kind), np.nan),
            va_set_radian=va.astype(np.float64),
            p_pu=np.ascontiguousarray(s.real),
            q_pu=np.ascontiguousarray(s.imag),
            from_percent_per_pu=percent,
            to_percent_per_pu=percent.copy(),
            rating_mva=100.0 / percent * self.base_mva,
            limit_percent=np.full(len(f), 100.0),
            outage_limit_percent=np.full(len(f), np.nan),
            rating_percent=np.full((len(f), 12), 100.0),
            nominal_kv=np.full(len(f), 110.0),
            outage_start=np.cumsum([0, *map(len, self.outages)], dtype=np.int32),
            outage_branch=np.array([b for group in self.outages for b in group], dtype=np.int32),
            outage_elements=tuple(OutageElement(f"line:{at}", "", None) for at in range(len(self.outages))),
        )


def random_grid(
    seed: int, n_node: int, *, n_slack: int = 1, base_mva: float = 100.0, load_mva: float = 6.0
) -> GridArrays:
    """A tree with chords, a few parallel branches, taps, phase shifts, shunts, constant current, PV nodes, an open
    branch and one outage per branch; loads are light enough to have a solution."""
    rng = np.random.default_rng(seed)
    grid = GridBuilder(base_mva=base_mva)
    per_unit = base_mva / 100.0
    for k in range(n_node):
        load = -complex(rng.uniform(0.1, 1) * load_mva, rng.uniform(-0.2, 0.4) * load_mva)
        if k < n_slack:
            grid.node(NODE_SLACK, vm_pu=rng.uniform(0.99, 1.04), va_radian=0.02 * k)
        elif rng.random() < 0.15:
            grid.node(NODE_PV, s_mva=load_mva * rng.uniform(0, 2), vm_pu=rng.uniform(0.98, 1.03))
        else:
            shunt = rng.choice([0, 0.02j, 0.001 - 0.01j]) / per_unit
            grid.node(s_mva=load, y_shunt=shunt, s_current=rng.choice([0, 0, 0.005 + 0.002j]) / per_unit)
    pairs = [(int(rng.integers(max(0, k - 8), k)), k) for k in range(1, n_node)]
    pairs += [tuple(map(int, rng.choice(n_node, 2, replace=False))) for _ in range(n_node // 3)]  # type: ignore[misc]
    pairs += pairs[:2]
    for f, t in pairs:
        tap = rng.choice([1.0, 1.0, 0.97, 1.02]) * np.exp(1j * rng.choice([0, 0, 0, 0.01]))
        z = complex(rng.uniform(0.001, 0.02), rng.uniform(0.01, 0.04)) * per_unit
        branch = grid.branch(f, t, z, b_pu=rng.uniform(0, 0.03) / per_unit, tap=tap, in_service=rng.random() > 0.05)
        grid.outage(branch)
    return grid.build()
