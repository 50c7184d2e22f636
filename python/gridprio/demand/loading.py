"""How near its limits an area comes in every hour of a year: a prediction, by which representative hours are chosen.

Currents by fixed-point iteration on the impedance matrix, after every required outage. It needs no kernel, so the hours
do not depend on who computes the cells (docs/theory/demand.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridprio.model.cell import CASE_DEMAND, CASE_FEED_IN, Contingencies, HourlyInjections
from gridprio.model.grid import NODE_SLACK, GridArrays
from gridprio.model.limits import MONTHS
from gridprio.model.months import ALL_MONTHS

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]
Bools = NDArray[np.bool_]
Places = NDArray[np.intp]

TOLD = 0.6
"""Loadings below this share of the limit are not told."""
FOLLOWED = 0.75
"""Share of the limit to which an outage has to load a branch in the sample to be looked at in every hour."""
REFINED = 0.83
"""Share of the limit from which the currents of an hour are iterated anew after an outage."""
ROUNDS = 2
"""Fixed-point iterations of the intact grid, and again after an outage."""
SAMPLE_EVERY, SAMPLE_NODES = 193, 12
"""Of the hours, in which all branches and outages are looked at, beside those in which the area, and each of the nodes
that range most, draws or feeds in most."""
MOST_FACTORS = 8_000_000
"""Outages x branches x nodes of an area up to which its loadings are predicted; a state may take 250 MB."""
MOST = 2.0
"""Loadings are told up to this share of the limit; a voltage that collapses counts as this."""


@dataclass(frozen=True, eq=False)
class AreaLimits:
    """The grid of an area, what limits it, and the states in which its hours are judged."""

    grid: GridArrays
    contingencies: Contingencies
    limit_percent: Floats
    """[intact grid or an outage, limit class, branch]"""
    states: tuple[tuple[Bools, tuple[str, ...], bool], ...]
    """branches in service, the projects in service that change injections, and whether works are under way"""

    @property
    def of_mean(self) -> Floats:
        """[limit class], limit after an outage of all branches with a rating together, over its mean."""
        percent = self.limit_percent[1][:, np.nan_to_num(self.grid.rating_mva) > 0].sum(axis=1)
        return percent / percent.mean() if percent.any() else np.ones(len(percent))

    @property
    def is_predicted(self) -> bool:
        """The area is small enough to predict its loadings; of a larger one hours are chosen by what connects alone."""
        return n_factors(self.grid, self.contingencies) <= MOST_FACTORS


def n_factors(grid: GridArrays, contingencies: Contingencies) -> int:
    """Numbers that one state is predicted with."""
    return len(contingencies.required_direction) * grid.n_branch * grid.n_node


@dataclass(frozen=True, eq=False)
class Loading:
    """Loadings over limits in one state and year."""

    of_limit: Floats
    """[hour, branch], the largest share of the limit over the cases that judge the branch; 0 below `TOLD`"""
    limit_mva: Floats
    """[branch], MVA that the branch may carry, mean of the classes of hours"""
    limit_of_mean: Floats
    """[limit class, branch], limit of the class over that mean"""
    limit_class: NDArray[np.int16]
    """[hour]"""
    interrupted: Bools
    """[hour], an outage leaves more demand without supply than is accepted"""
    per_mw: Floats
    """[branch, node], the most that 1 MW adds to the share of the mean limit, of branches that are told"""
    branches: Places
    """that are told"""
    pairs: tuple[Places, Places]
    """of branch and outage that were followed, and the end that is loaded more"""
    in_works: bool = False
    """the state lasts for months, which have to be right each by itself"""

    def hourly_limit_mva(self, branches: Places) -> Floats:
        """[hour, branch], MVA that these branches may carry."""
        limits: Floats = (self.limit_mva * self.limit_of_mean)[self.limit_class][:, branches]
        return limits


class LoadingModel:
    """One state of an area: loading of every branch after every outage, linear in the currents that nodes inject."""

    def __init__(self, area: AreaLimits, branch_in_service: Bools, nodes: Places) -> None:
        """`nodes`: where something may connect."""
        self.area, every = area, area.contingencies
        self._intact = _Network(area.grid, branch_in_service)
        self._nodes = nodes[self._intact.live[nodes] & (area.grid.node_kind[nodes] != NODE_SLACK)]
        self._after: dict[int, _Network] = {}
        cases, branches, at_zero, per_current = [], [], [], []
        for k in range(len(every.required_direction)):
            if not every.is_present(k, branch_in_service):
                continue
            network = _Network(area.grid, every.in_service(k, branch_in_service)) if k else self._intact
            rows, constant, per = network.loadings(self._nodes)
            cases.append(np.full(len(rows), k))
            branches.append(rows)
            at_zero.append(constant)
            per_current.append(per)
            self._after[k] = network.at(self._nodes)
        self._case, self._branch = np.concatenate(cases), np.concatenate(branches)
        self._at_zero, self._per_current = np.concatenate(at_zero, axis=1), np.concatenate(per_current, axis=1)
        self._one_way = np.isin(self._branch, area.grid.one_way_limits[:, 0])
        self._limit = area.limit_percent[(self._case > 0).astype(int), :, self._branch]

    def loading(self, hourly: HourlyInjections, like: Loading | None = None) -> Loading:
        """Hour by hour, as in the base cases of a cell, but for feed-in that is taken off after a fault and machines
        that hold a voltage, which are taken to keep their injections. `like`: its pairs are told, however low."""
        area, month, limit_class = self.area, hourly.month, hourly.limit_class
        constant = area.grid.s_constant_current[self._nodes]
        power = np.conj((hourly.p_mw + 1j * hourly.q_mvar)[:, self._nodes] / area.grid.base_mva - constant)
        current = self._after[0].iterated(power, power)
        pairs, end = self._near(current, hourly) if like is None else like.pairs
        per, at_zero, limit = self._per_current[end, pairs], self._at_zero[end, pairs], self._limit[pairs]
        case, branch = self._case[pairs], self._branch[pairs]
        branches, place = np.unique(branch, return_inverse=True)
        largest = np.zeros((len(branches), len(month)))
        for k in np.unique(case).tolist():
            mine = slice(*np.searchsorted(case, [k, k + 1]))
            one_way = self._one_way[pairs[mine]]
            share = np.fmin(_size(at_zero[mine], per[mine], current, one_way) / limit[mine][:, limit_class], MOST)
            share *= self._asked(k, month)
            hours = np.flatnonzero((share >= REFINED).any(axis=0))
            after = self._after[k].iterated(power[hours], current[hours])
            refined = _size(at_zero[mine], per[mine], after, one_way) / limit[mine][:, limit_class[hours]]
            direction = area.contingencies.required_direction[k]
            if direction != CASE_DEMAND | CASE_FEED_IN:
                net_mw = hourly.p_mw[np.ix_(hours, self._nodes)]
                active = after * np.divide(power[hours].real, power[hours], out=np.zeros_like(after), where=after != 0)
                feed_in = _carries_feed_in(at_zero[mine], per[mine], after, active, net_mw)
                refined[feed_in != (direction == CASE_FEED_IN)] = 0.0
            share[:, hours] = np.fmin(refined, MOST)
            for each, row in zip(share, place[mine], strict=True):
                np.fmax(largest[row], each, out=largest[row])
        if like is None:
            largest[largest < TOLD] = 0.0
        of_limit = np.zeros((area.grid.n_branch, len(month)))
        of_limit[branches] = largest
        per_mw = np.zeros((area.grid.n_branch, area.grid.n_node))
        added = np.abs(per) / limit.mean(axis=1)[:, None] / area.grid.base_mva
        np.maximum.at(per_mw, np.ix_(branch, self._nodes), added)
        mean_percent = area.limit_percent[1].mean(axis=0)
        limit_mva = np.nan_to_num(area.grid.rating_mva) * mean_percent / 100.0
        of_mean = area.limit_percent[1] / mean_percent
        interrupted = self._interrupted(hourly)
        return Loading(of_limit.T, limit_mva, of_mean, limit_class, interrupted, per_mw, branches, (pairs, end))

    def _near(self, current: Complex, hourly: HourlyInjections) -> tuple[Places, Places]:
        """Pairs of branch and outage, the worst of the branch in some hour of the sample and not far below the limit,
        and the end that is loaded more."""
        widest = np.argsort(-np.ptp(hourly.p_mw, axis=0), kind="stable")[:SAMPLE_NODES]
        net_mw = np.column_stack([hourly.p_mw.sum(axis=1), hourly.p_mw[:, widest]])
        extremes = [net_mw.argmin(axis=0), net_mw.argmax(axis=0)]
        if (self.area.contingencies.required_months != ALL_MONTHS).any():
            extremes += _extremes_of_months(net_mw[:, 0], hourly.month)
        if self.area.limit_percent.shape[1] > MONTHS:
            of_limit = net_mw[:, 0] / self._limit.mean(axis=0)[hourly.limit_class]
            extremes += _extremes_of_months(of_limit, hourly.month)
        sample = np.unique(np.concatenate([np.arange(0, len(net_mw), SAMPLE_EVERY), *extremes]))
        limit = self._limit[:, hourly.limit_class[sample]]
        both = zip(self._at_zero, self._per_current, strict=True)
        ends = [_size(at_zero, per, current[sample], self._one_way) / limit for at_zero, per in both]
        every, month = self.area.contingencies, hourly.month[sample].astype(np.int64)
        share = np.maximum(*ends) * (every.required_months.astype(np.int64)[self._case, None] >> month & 1)
        # Of each branch the worst over outages asked for the same directions, and the intact grid by itself.
        group = self._branch * 4 + np.where(self._case > 0, every.required_direction.astype(np.int64)[self._case], 0)
        worst = np.zeros((4 * self.area.grid.n_branch, len(sample)))
        np.maximum.at(worst, group, share)
        near = (share >= FOLLOWED) & (share == worst[group])
        pairs = np.flatnonzero(near.any(axis=1))
        return pairs, (ends[1].max(axis=1) > ends[0].max(axis=1)).astype(np.intp)[pairs]

    def _interrupted(self, hourly: HourlyInjections) -> Bools:
        gross = np.maximum(0.0, hourly.exempt_feed_in_mw - hourly.p_mw)
        interrupted = np.zeros(len(gross), dtype=np.bool_)
        for k, network in self._after.items():
            lost = self._intact.live & ~network.live
            if lost.any():
                interrupted |= self._asked(k, hourly.month) & (
                    gross[:, lost].sum(axis=1) > self.area.contingencies.interruption_max_mw[k]
                )
        return interrupted

    def _asked(self, k: int, month: NDArray[np.int8]) -> Bools:
        """[hour], security asks for contingency k in this month."""
        asked: Bools = ((int(self.area.contingencies.required_months[k]) >> month.astype(np.int64)) & 1).astype(
            np.bool_
        )
        return asked


def _extremes_of_months(net_mw: Floats, month: NDArray[np.int8]) -> list[Places]:
    """In which hours of each month least and most is fed in, or in percent of the mean limit of the hour."""
    found = [np.flatnonzero(month == one) for one in np.unique(month)]
    return [hours[[net_mw[hours].argmin(), net_mw[hours].argmax()]] for hours in found]


def _size(at_zero: Complex, per_current: Complex, current: Complex, one_way: Bools) -> Floats:
    """[branch, hour], magnitude of what flows; of a limit of one direction 0 where it flows the other way."""
    flow = at_zero[:, None] + per_current @ current.T
    size: Floats = flow.real**2
    size += flow.imag**2
    if one_way.any():
        size[one_way[:, None] & (flow.real < 0)] = 0.0
    return np.sqrt(size, out=size)


def _carries_feed_in(
    at_zero: Complex, per_current: Complex, current: Complex, active: Complex, net_mw: Floats
) -> Bools:
    """[branch, hour], what feeds in loads it more than what draws (docs/theory/cells.md, Branch by branch)."""
    back = np.conj(at_zero[:, None] + per_current @ current.T)
    fed_in = np.real(back * (per_current @ np.where(net_mw > 0, active, 0.0).T))
    drawn = np.real(back * (per_current @ np.where(net_mw < 0, active, 0.0).T))
    carries: Bools = fed_in > np.maximum(drawn, 0.0)
    return carries


class _Network:
    """Voltages of a state: `at_zero + currents @ impedance.T`, with the currents that nodes inject."""

    def __init__(self, grid: GridArrays, in_service: Bools) -> None:
        self.grid, self.live = grid, live_nodes(grid, in_service)
        rows = np.flatnonzero(in_service & self.live[grid.from_node] & self.live[grid.to_node])
        self.branches = rows[np.nan_to_num(grid.rating_mva[rows]) > 0]
        n, slack = grid.n_node, grid.node_kind == NODE_SLACK
        admittance = np.zeros((n, n), dtype=np.complex128)
        ends = grid.from_node[rows], grid.to_node[rows]
        two_port = ((grid.y_ff, grid.y_ft), (grid.y_tf, grid.y_tt))
        for here in (0, 1):
            for there in (0, 1):
                np.add.at(admittance, (ends[here], ends[there]), two_port[here][there][rows])
        admittance[np.arange(n), np.arange(n)] += grid.y_shunt
        free, held = np.flatnonzero(self.live & ~slack), np.flatnonzero(slack)
        self.at_zero = np.where(slack, grid.vm_set_pu * np.exp(1j * grid.va_set_radian), 0.0)
        self.impedance = np.zeros((n, n), dtype=np.complex128)
        self.impedance[np.ix_(free, free)] = np.linalg.inv(admittance[np.ix_(free, free)])
        self.at_zero[free] = -self.impedance[np.ix_(free, free)] @ (admittance[np.ix_(free, held)] @ self.at_zero[held])

    def at(self, nodes: Places) -> _Network:
        """The same for these nodes alone."""
        self.impedance, self.at_zero = self.impedance[np.ix_(nodes, nodes)].T.copy(), self.at_zero[nodes]
        self._there = self.live[nodes]
        return self

    def iterated(self, power: Complex, current: Complex) -> Complex:
        """Currents [hour, node] that draw the conjugate `power`, from those given; none where nothing is live."""
        voltage_at_zero = np.where(self._there, self.at_zero, 1.0)
        power = power * self._there
        current = current * self._there
        with np.errstate(all="ignore"):
            for _ in range(ROUNDS):
                current = power / np.conj(voltage_at_zero + current @ self.impedance)
        return current

    def loadings(self, nodes: Places) -> tuple[Places, Complex, Complex]:
        """Branches with a rating, and their loading in percent, complex, at both ends: [end, branch] of no current, and
        [end, branch, node] per current. With a limit of one direction its real part is above 0 where the limit holds,
        by the voltage of no current."""
        grid, rows = self.grid, self.branches
        at_zero, per = [], []
        one_way, way = grid.one_way_limits.T
        for percent, by_from, by_to, end, into in (
            (grid.from_percent_per_pu, grid.y_ff, grid.y_ft, grid.from_node, 1),
            (grid.to_percent_per_pu, grid.y_tf, grid.y_tt, grid.to_node, -1),
        ):
            turned = np.ones(grid.n_branch, dtype=np.complex128)
            turned[one_way] = into * way * np.exp(-1j * np.angle(self.at_zero[end[one_way]]))
            scale = np.nan_to_num(percent[rows]) * turned[rows]
            y_from, y_to = scale * by_from[rows], scale * by_to[rows]
            f, t = grid.from_node[rows], grid.to_node[rows]
            at_zero.append(y_from * self.at_zero[f] + y_to * self.at_zero[t])
            z_from, z_to = self.impedance[np.ix_(f, nodes)], self.impedance[np.ix_(t, nodes)]
            per.append(y_from[:, None] * z_from + y_to[:, None] * z_to)
        return rows, np.stack(at_zero), np.stack(per)


def live_nodes(grid: GridArrays, in_service: Bools) -> Bools:
    """[node], connected to a slack node."""
    live: Bools = grid.node_kind == NODE_SLACK
    ends = grid.from_node[in_service], grid.to_node[in_service]
    while True:
        before = live.copy()
        for here, there in (ends, ends[::-1]):
            live[there[live[here]]] = True
        if (live == before).all():
            return live
