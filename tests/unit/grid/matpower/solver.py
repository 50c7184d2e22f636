"""A small load flow on MATPOWER's branch model, written from its manual; it shares no code with the product.

MATPOWER User's Manual, section 3: y_ff, y_ft, y_tf, y_tt (eq. 3.2) and the bus admittance matrix with shunts
(G_s + jB_s)/baseMVA; section 4.1: kinds of buses. Derivatives: Zimmerman, MATPOWER Technical Note 2 (2018). Dense, so
for small cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .tables import Tables

Complex = NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class Solution:
    v: Complex
    """[bus] in the order of the table; NaN without voltage"""
    two_ports: Complex
    """[branch, 4] y_ff, y_ft, y_tf, y_tt of every row, whatever its status"""
    i: Complex
    """[branch, 2] pu into the from end and the to end"""
    loading_percent: NDArray[np.float64]
    """[branch] larger current over that of RATE_A at nominal voltage; NaN without a limit"""


def solve(tables: Tables, outage: int | None = None) -> Solution:
    """Newton's method in polar coordinates to 1e-12 pu; `outage` takes a branch row out of service."""
    bus, base = tables.bus, tables.base_mva
    n = len(bus)
    row = {int(number): at for at, number in enumerate(bus[:, 0])}
    f, t = (np.array([row[int(b)] for b in tables.branch[:, k]], dtype=int) for k in (0, 1))
    isolated = bus[:, 1] == 4
    on = (tables.branch[:, 10] != 0) & ~isolated[f] & ~isolated[t]
    if outage is not None:
        on[outage] = False
    y = _two_ports(tables.branch)
    y[~on & ~np.isfinite(y).all(axis=1)] = 0
    s, kind, vm, fed = _injections(tables, row, isolated, f, t, on)
    shunt = (bus[:, 4] + 1j * bus[:, 5]) / base
    ybus = np.diag(shunt)
    for k in np.flatnonzero(on):
        ybus[np.ix_([f[k], t[k]], [f[k], t[k]])] += y[k].reshape(2, 2)
    v = np.full(n, np.nan + 0j)
    start = np.where(np.isnan(vm), 1.0, vm) * np.exp(1j * np.radians(bus[:, 8]))
    v[fed] = _newton(ybus[np.ix_(fed, fed)], s[fed], kind[fed], start[fed])
    held = np.where(np.isnan(v), 0, v)
    i = np.c_[y[:, 0] * held[f] + y[:, 1] * held[t], y[:, 2] * held[f] + y[:, 3] * held[t]] * on[:, None]
    rate = np.where(np.isfinite(tables.branch[:, 5]) & (tables.branch[:, 5] > 0), tables.branch[:, 5], np.nan)
    return Solution(v, y, i, 100 * base * np.abs(i).max(axis=1, initial=0) / rate)


def _two_ports(branch: NDArray[np.float64]) -> Complex:
    with np.errstate(divide="ignore", invalid="ignore"):  # out of service there may be no impedance
        return _pi(branch, 1 / (branch[:, 2] + 1j * branch[:, 3]))


def _pi(branch: NDArray[np.float64], series: Complex) -> Complex:
    tap = np.where(branch[:, 8] == 0, 1.0, branch[:, 8]) * np.exp(1j * np.radians(branch[:, 9]))
    y_tt = series + 0.5j * branch[:, 4]
    return np.c_[y_tt / (tap * tap.conj()), -series / tap.conj(), -series / tap, y_tt]


def _injections(tables: Tables, row: dict[int, int], isolated, f, t, on):  # type: ignore[no-untyped-def]
    """Power in pu, kind, set point (NaN where free) and whether a bus has voltage."""
    bus = tables.bus
    s = -(bus[:, 2] + 1j * bus[:, 3])
    kind, vm, held = bus[:, 1].astype(int), np.full(len(bus), np.nan), np.zeros(len(bus), dtype=bool)
    machines = [(int(g[0]), g[1], g[2], g[5]) for g in tables.gen if g[7] > 0]
    lines = [d for d in tables.dcline if d[2] > 0 and not isolated[[row[int(d[0])], row[int(d[1])]]].any()]
    ends = [(int(d[0]), -d[3], d[5], d[7]) for d in lines]
    ends += [(int(d[1]), d[3] - (d[15] + d[16] * d[3]), d[6], d[8]) for d in lines]
    for number, _, _, _ in ends:
        if kind[row[number]] == 1:
            kind[row[number]] = 2
    for number, p, q, set_point in machines + ends:
        at = row[number]
        s[at] += p + 1j * q
        vm[at], held[at] = set_point, True
    kind[~held & (kind != 4)] = 1
    if not (kind == 3).any():
        kind[np.flatnonzero(kind == 2)[0]] = 3
    fed = kind == 3
    for _ in bus:
        touched = on & (fed[f] | fed[t])
        fed[f[touched]] = fed[t[touched]] = True
    return s / tables.base_mva, kind, np.where(kind > 1, vm, np.nan), fed & (kind != 4)


def _newton(y: Complex, s: Complex, kind: NDArray[np.int64], v: Complex) -> Complex:
    pv, pq = np.flatnonzero(kind == 2), np.flatnonzero(kind == 1)
    free = np.r_[pv, pq]
    va, vm = _angles_at_no_load(y, kind, v), np.abs(v)
    for _ in range(50):
        v = vm * np.exp(1j * va)
        i = y @ v
        mismatch = v * i.conj() - s
        f = np.r_[mismatch[free].real, mismatch[pq].imag]
        if not len(f) or np.abs(f).max() < 1e-12:
            return v
        d_va = 1j * v[:, None] * (np.diag(i) - y * v).conj()
        d_vm = v[:, None] * (y * (v / np.abs(v))).conj() + np.diag(i.conj() * v / np.abs(v))
        top = np.hstack([d_va[np.ix_(free, free)].real, d_vm[np.ix_(free, pq)].real])
        bottom = np.hstack([d_va[np.ix_(pq, free)].imag, d_vm[np.ix_(pq, pq)].imag])
        step = np.linalg.solve(np.vstack([top, bottom]), f)
        va[free] -= step[: len(free)]
        vm[pq] -= step[len(free) :]
        if np.abs(step).max() < 1e-14:
            return vm * np.exp(1j * va)
    raise AssertionError("the independent solver found no solution")


def _angles_at_no_load(y: Complex, kind: NDArray[np.int64], v: Complex) -> NDArray[np.float64]:
    """Angles when only the reference buses feed in, so that phase shifts are in the start."""
    free, fixed = np.flatnonzero(kind != 3), np.flatnonzero(kind == 3)
    start = v.copy()
    start[free] = np.linalg.solve(y[np.ix_(free, free)], -y[np.ix_(free, fixed)] @ v[fixed])
    return np.angle(start)
