"""Small grids for kernel tests, built directly as frozen arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gridprio.model.grid import NODE_PQ, GridArrays


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
            va_set_radian=va.astype(np.float64),
            p_pu=np.ascontiguousarray(s.real),
            q_pu=np.ascontiguousarray(s.imag),
            from_percent_per_pu=percent,
            to_percent_per_pu=percent.copy(),
            rating_mva=100.0 / percent * self.base_mva,
            nominal_kv=np.full(len(f), 110.0),
            outage_start=np.cumsum([0, *map(len, self.outages)], dtype=np.int32),
            outage_branch=np.array([b for group in self.outages for b in group], dtype=np.int32),
        )
