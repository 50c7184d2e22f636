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
AT_ONCE = 20_000
"""Currents, by node and hour, that are worked out at a time, to stay in the cache of a processor."""
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

    def loading(
        self, hourly: HourlyInjections, like: Loading | None = None, hours: slice | Places = slice(None)
    ) -> Loading:
        """Of these hours, as in the base cases of a cell, but for feed-in that is taken off after a fault and machines
        that hold a voltage, which are taken to keep their injections. `like`: its pairs are told, however low."""
        hourly = hourly.at(hours)
        area, n_hour = self.area, len(hourly.month)
        pairs, end = self._near(hourly) if like is None else like.pairs
        branch, at_zero, per = self._branch[pairs], self._at_zero[end, pairs], self._per_current[end, pairs]
        order = np.argsort(branch, kind="stable")
        branches, first = np.unique(branch[order], return_index=True)
        largest = np.zeros((len(branches), n_hour))
        at_once = 1 + AT_ONCE // (1 + len(self._nodes))
        for start in range(0, n_hour if len(pairs) else 0, at_once):
            block = slice(start, start + at_once)
            squared = self._squared_share(pairs, at_zero, per, hourly.at(block))
            largest[:, block] = np.maximum.reduceat(squared[order], first, axis=0)
        np.sqrt(largest, out=largest)
        if like is None:
            largest[largest < TOLD] = 0.0
        of_limit = np.zeros((area.grid.n_branch, n_hour))
        of_limit[branches] = largest
        per_mw = np.zeros((area.grid.n_branch, area.grid.n_node))
        added = np.abs(per) / self._limit[pairs].mean(axis=1)[:, None] / area.grid.base_mva
        np.maximum.at(per_mw, np.ix_(branch, self._nodes), added)
        mean_percent = area.limit_percent[1].mean(axis=0)
        limit_mva = np.nan_to_num(area.grid.rating_mva) * mean_percent / 100.0
        of_mean = area.limit_percent[1] / mean_percent
        interrupted = self._interrupted(hourly)
        limits = limit_mva, of_mean, hourly.limit_class
        return Loading(of_limit.T, *limits, interrupted, per_mw, branches, (pairs, end))

    def _squared_share(self, pairs: Places, at_zero: Complex, per: Complex, hourly: HourlyInjections) -> Floats:
        """[pair, hour], square of the share of the limit."""
        every, case, one_way = self.area.contingencies, self._case[pairs], self._one_way[pairs]
        power = self._power(hourly)
        current = self._after[0].iterated(power, power)
        per_limit = (self._limit[pairs] ** -2.0)[:, hourly.limit_class]
        share = _squared_size(_flow(at_zero, per, current), one_way)
        share *= per_limit
        np.fmin(share, MOST**2, out=share)
        # What is active of the currents that feed in, and that draw.
        net_mw = hourly.p_mw[:, self._nodes]
        active = np.divide(power.real, power, out=np.zeros_like(power), where=power != 0)
        active = np.stack([active * (net_mw > 0), active * (net_mw < 0)], axis=1)
        for k in np.unique(case).tolist():
            mine = slice(*np.searchsorted(case, [k, k + 1]))
            if every.required_months[k] != ALL_MONTHS:
                share[mine] *= self._asked(k, hourly.month)
            hours = np.flatnonzero((share[mine] >= REFINED**2).any(axis=0))
            if not len(hours):
                continue
            after = self._after[k].iterated(power[hours], current[hours])
            flow = _flow(at_zero[mine], per[mine], after)
            refined = _squared_size(flow, one_way[mine]) * per_limit[mine, hours]
            direction = every.required_direction[k]
            if direction != CASE_DEMAND | CASE_FEED_IN:
                # What feeds in loads it more than what draws (docs/theory/cells.md, Branch by branch).
                part = active[hours]
                part *= after[:, None]
                flow_of = (per[mine] @ part.reshape(-1, part.shape[2]).T).reshape(*flow.shape, 2)
                fed_in, drawn = np.moveaxis(np.real(np.conj(flow)[..., None] * flow_of), 2, 0)
                refined[(fed_in > np.maximum(drawn, 0.0)) != (direction == CASE_FEED_IN)] = 0.0
            share[mine, hours] = np.fmin(refined, MOST**2)
        return share

    def _power(self, hourly: HourlyInjections) -> Complex:
        """[hour, node], conjugate of what nodes inject."""
        constant, base_mva = self.area.grid.s_constant_current[self._nodes], self.area.grid.base_mva
        power = np.empty((len(hourly.month), len(self._nodes)), dtype=np.complex128)
        power.real = hourly.p_mw[:, self._nodes] / base_mva - constant.real
        power.imag = constant.imag - hourly.q_mvar[:, self._nodes] / base_mva
        return power

    def _near(self, hourly: HourlyInjections) -> tuple[Places, Places]:
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
        sample = hourly.at(np.unique(np.concatenate([np.arange(0, len(net_mw), SAMPLE_EVERY), *extremes])))
        power = self._power(sample)
        current = self._after[0].iterated(power, power)
        limit = np.square(self._limit)[:, sample.limit_class]
        both = zip(self._at_zero, self._per_current, strict=True)
        ends = np.stack([_squared_size(_flow(at_zero, per, current), self._one_way) / limit for at_zero, per in both])
        pairs = np.flatnonzero((ends.max(axis=0) >= FOLLOWED**2).any(axis=1))
        every, month = self.area.contingencies, sample.month.astype(np.int64)
        case, ends = self._case[pairs], ends[:, pairs]
        share = ends.max(axis=0) * (every.required_months.astype(np.int64)[case, None] >> month & 1)
        # Of each branch the worst over outages asked for the same directions, and the intact grid by itself.
        group = self._branch[pairs] * 4 + np.where(case > 0, every.required_direction.astype(np.int64)[case], 0)
        worst = np.zeros((4 * self.area.grid.n_branch, len(month)))
        np.maximum.at(worst, group, share)
        near = ((share >= FOLLOWED**2) & (share == worst[group])).any(axis=1)
        return pairs[near], ends[:, near].max(axis=2).argmax(axis=0)

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


def _flow(at_zero: Complex, per_current: Complex, current: Complex) -> Complex:
    """[branch, hour]"""
    flow: Complex = per_current @ current.T
    flow += at_zero[:, None]
    return flow


def _squared_size(flow: Complex, one_way: Bools) -> Floats:
    """[branch, hour], squared magnitude of what flows; of a limit of one direction 0 where it flows the other way."""
    size: Floats = flow.real**2
    size += flow.imag**2
    if one_way.any():
        size[one_way[:, None] & (flow.real < 0)] = 0.0
    return size


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
        self.impedance = self.impedance[np.ix_(nodes, nodes)].T.copy()
        self.at_zero = np.where(self.live[nodes], self.at_zero[nodes], 1.0)
        return self

    def iterated(self, power: Complex, current: Complex) -> Complex:
        """Currents [hour, node] that draw the conjugate `power`, from those given; where nothing is live they have no
        effect."""
        with np.errstate(all="ignore"):
            for _ in range(ROUNDS):
                current = current @ self.impedance
                current += self.at_zero
                np.divide(power, np.conj(current, out=current), out=current)
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
