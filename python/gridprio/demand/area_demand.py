"""Injections and requests of a study per area, year and scenario."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from gridprio.demand.binding import refused_mw, with_requests
from gridprio.demand.changes import added_by, areas_changed
from gridprio.demand.connections import Connection, Place, peak_mw, q_per_p
from gridprio.demand.contracts import CONTRACTS, group_profiles, may_transport, members_of
from gridprio.demand.growth import GrowthFactors
from gridprio.demand.hours import representative_hours
from gridprio.demand.loading import AreaLimits, Loading, LoadingModel
from gridprio.demand.profiles import Profiles
from gridprio.demand.queue import allocation_order, claimed_mw, request_rows, request_sign, requested_mw
from gridprio.demand.storage import BatteryYears, battery_of
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.schema import Development, ProjectChange
from gridprio.inputs.study import Study
from gridprio.model.cell import HourlyInjections, Queue, Requests
from gridprio.model.faults import calculating, check_finite
from gridprio.model.rules import HourRules, record_from

Floats = NDArray[np.float64]

HOUR_YEARS = 4
"""Years from the first to the last, evenly, in which loadings are predicted to choose the hours of a scenario."""
KEPT_WHOLE_YEARS = 8
"""Years of every hour that are remembered; one may take 100 MB."""


@dataclass(frozen=True, eq=False)
class _Base:
    """One area in one year of one scenario, without projects."""

    step: NDArray[np.int64]
    """[hour], step of the profiles"""
    injections: HourlyInjections
    requests: Requests


class StudyDemand:
    """Injections and requests of a study; everything is a function of (area, year, scenario, projects)."""

    def __init__(
        self,
        study: Study,
        profiles: Profiles,
        connections: Sequence[Connection],
        places: Mapping[str, Place],
        n_node: Sequence[int],
        hours_of: StudyDemand | None = None,
        limits: Callable[[int], AreaLimits] | None = None,
    ) -> None:
        """`places`: station_id -> where its connections attach; `n_node` [area].

        `hours_of`: the same stations on other nodes, whose hours are taken so that results can be compared. `limits`:
        what limits an area; without a grid hours are chosen by what connects alone.
        """
        self.study, self.profiles, self.n_node = study, profiles, list(n_node)
        self.places = places
        self.hours = record_from(HourRules, vars(study.settings))
        self._hours_of, self._limits = hours_of, limits
        self._growth = GrowthFactors(study.growth, study.drivers, study.settings.drivers)
        self._connections = [[c for c in connections if c.place.area == area] for area in range(len(n_node))]
        by_area: list[list[int]] = [[] for _ in n_node]
        for row, development in enumerate(study.developments):
            by_area[places[development.station_id].area].append(row)
        self._rows = [request_rows(study.developments, rows) for rows in by_area]
        self._development = {d.development_id: d for d in study.developments}
        self._changes: dict[tuple[int, str], list[ProjectChange]] = {}
        for change in study.project_changes:
            for area in areas_changed(change, places, self._development):
                self._changes.setdefault((area, change.project_id), []).append(change)
        self._base: dict[tuple[int, int, str], _Base] = {}
        self._batteries = BatteryYears(profiles.step_h)
        self._models: dict[int, list[LoadingModel]] = {}
        self._chosen: dict[tuple[int, str], tuple[NDArray[np.int64], Floats]] = {}

    def development_rows(self, area: int) -> list[int]:
        """[request], rows of the study's developments that are the requests of an area, alike in every year."""
        return self._rows[area]

    def changing_projects(self, area: int) -> tuple[str, ...]:
        """Projects that change injections in an area, in the order of the study."""
        changing = {project_id for of_area, project_id in self._changes if of_area == area}
        return tuple(p.project_id for p in self.study.projects if p.project_id in changing)

    def injections(self, area: int, year: int, scenario: str, projects: tuple[str, ...]) -> HourlyInjections:
        base = self._base_of(area, year, scenario)
        return self._with_projects(base.injections, area, year, scenario, projects, base.step)

    def drawn_mva(self, area: int, year: int, scenario: str) -> NDArray[np.complex128]:
        """`[hour, node]`, MW + j MVAr of the connections that draw in that hour, without projects, whatever is fed in
        beside them."""
        step = self.steps(area, year, scenario)
        drawn = np.zeros((len(step), self.n_node[area]), dtype=np.complex128)
        for c in self._connections[area]:
            p, q = (part[:, c.place.node] for part in self._summed([c], area, year, scenario, step)[:2])
            drawn[:, c.place.node] -= np.where(p < 0, p + 1j * q, 0.0)
        return drawn

    def steps(self, area: int, year: int, scenario: str) -> NDArray[np.int64]:
        """[hour], step of the profiles that each simulated hour of an area is."""
        return self._base_of(area, year, scenario).step

    def requests(self, area: int, year: int, scenario: str, projects: tuple[str, ...] = ()) -> Requests:
        """With the contracts that projects bring; of several for one request the strictest holds in each hour."""
        base = self._base_of(area, year, scenario)
        changes = [change for project in projects for change in self._changes.get((area, project), ())]
        contracts = [change for change in changes if change.action in CONTRACTS]
        if not contracts:
            return base.requests
        profile = self._transported(area, base, contracts, projects)
        return replace(base.requests, queue=replace(base.requests.queue, profile=profile))

    def contract_mwh(self, area: int, year: int, scenario: str, project: str) -> tuple[float, float]:
        """MWh of a year that the requests with a contract of a project wish to transport, and that it leaves out of it.

        What members of a group give each other is in neither; what their battery draws and delivers is in the second.
        """
        base = self._base_of(area, year, scenario)
        base = replace(base, requests=replace(base.requests, claimed_mw=base.requests.requested_mw))
        contracts = [change for change in self._changes.get((area, project), ()) if change.action in CONTRACTS]
        shared = [contract for contract in contracts if contract.action is ChangeAction.GROUP_CONTRACT]
        names = {name for contract in contracts for name in members_of(contract)}
        rows = [at for at, row in enumerate(self._rows[area]) if self.study.developments[row].development_id in names]
        requested = base.requests.requested_mw[rows]

        def mwh(profile: Floats) -> float:
            return float(requested @ profile[rows] @ base.injections.weight_h)

        without_right = mwh(self._transported(area, base, shared, (project,), limited=False))
        left_out = without_right - mwh(self._transported(area, base, contracts, (project,)))
        return mwh(self._transported(area, base, shared, (), limited=False)), left_out

    def _transported(
        self,
        area: int,
        base: _Base,
        contracts: Sequence[ProjectChange],
        projects: Sequence[str],
        *,
        limited: bool = True,
    ) -> Floats:
        """[request, hour] per unit of the MW that a request is given room for, with the contracts and batteries.

        Not `limited`: as if the right of a group were without limit, and its battery worked as it does with the right.
        """
        queue, area_mw = base.requests.queue, base.injections.p_mw.sum(axis=1)
        most = np.full_like(queue.profile, np.inf)
        row_of = {self.study.developments[row].development_id: at for at, row in enumerate(self._rows[area])}
        for contract in contracts:
            at = [row_of[name] for name in members_of(contract)]
            if contract.action is ChangeAction.GROUP_CONTRACT:
                beside = [c for c in self._storage(area, projects) if set(c.members) == set(contract.members)]
                allowed = self._group_profiles(contract, beside, base, at, limited)
            else:
                hours = base.step, self.profiles.step_h, base.injections.weight_h
                allowed = np.where(may_transport(contract, *hours, queue.sign[at[0]] * area_mw), np.inf, 0.0)
            most[at] = np.minimum(most[at], allowed)
        return np.where(np.isinf(most), queue.profile, most)

    def _storage(self, area: int, projects: Sequence[str]) -> list[ProjectChange]:
        """Batteries that projects bring, in the order of the table."""
        found = [c for p in projects for c in self._changes.get((area, p), ()) if c.action is ChangeAction.STORAGE]
        return sorted(found, key=self.study.project_changes.index)

    def _base_of(self, area: int, year: int, scenario: str) -> _Base:
        key = area, year, scenario
        if key not in self._base:
            if self.hours.hours == "all" and len(self._base) >= KEPT_WHOLE_YEARS:
                del self._base[next(iter(self._base))]
            self._base[key] = self._made_base(area, year, scenario)
        return self._base[key]

    def _made_base(self, area: int, year: int, scenario: str) -> _Base:
        developments = [self.study.developments[row] for row in self._rows[area]]
        requested = np.array([requested_mw(d, year, self._growth.driven(d.sector, year)) for d in developments])
        check_finite("requested_mw", requested, lambda at: f"development {developments[at[0]].development_id}, {year}")
        if self._hours_of is not None:
            like = self._hours_of._base_of(area, year, scenario)
            step, weight_h = like.step, like.injections.weight_h
        else:
            step, weight_h = self._hours(area, scenario)
        injections = self._without_projects(area, year, scenario, step, weight_h)
        rules = self.study.queue_rules
        claimed = [claimed_mw(d, rules, year, partial(self._growth.driven, d.sector)) for d in developments]
        order = allocation_order(self.study.developments, self._rows[area], rules, year)
        return _Base(step, injections, Requests(self._queue(developments, step), requested, np.array(claimed), order))

    def _queue(self, developments: Sequence[Development], step: NDArray[np.int64]) -> Queue:
        columns = np.array([self.profiles.column[d.profile] for d in developments], dtype=np.int64)
        return Queue(
            node=np.array([self.places[d.station_id].node for d in developments], dtype=np.int32),
            sign=np.array([request_sign(d) for d in developments], dtype=np.int8),
            q_per_p=np.array([q_per_p(d.power_factor) for d in developments], dtype=np.float64),
            profile=np.ascontiguousarray(self.profiles.value[step[:, None], columns].T),
            firm=np.array([d.firm for d in developments], dtype=np.bool_),
            exempt=np.array([request_sign(d) > 0 and d.exempt_feed_in for d in developments], dtype=np.bool_),
        )

    def _without_projects(
        self, area: int, year: int, scenario: str, step: NDArray[np.int64], weight_h: Floats
    ) -> HourlyInjections:
        """What is connected without projects."""
        p, q, exempt = self._summed(self._connections[area], area, year, scenario, step)
        months, limit_class = self.profiles.month[step], self.profiles.limit_class[step]
        return HourlyInjections(months, limit_class, weight_h, p, q, exempt)

    def _with_projects(
        self,
        own: HourlyInjections,
        area: int,
        year: int,
        scenario: str,
        projects: Sequence[str],
        step: NDArray[np.int64],
    ) -> HourlyInjections:
        """With what projects change."""
        changing = [p for p in projects if (area, p) in self._changes]
        if not changing:
            return own
        added = [
            piece
            for project in changing
            for change in self._changes[area, project]
            for piece in added_by(change, area, self.places, self._connections)
        ]
        more = self._summed(added, area, year, scenario, step)
        batteries: dict[Place, list[ProjectChange]] = {}
        for change in self._storage(area, changing):
            if not change.members:
                batteries.setdefault(self.places[change.station_id], []).append(change)
        for place, at_node in batteries.items():
            more[0][:, place.node] -= self._drawn_mw(place, year, scenario, added, at_node)[step]
        return replace(
            own,
            p_mw=own.p_mw + more[0],
            q_mvar=own.q_mvar + more[1],
            exempt_feed_in_mw=np.maximum(own.exempt_feed_in_mw + more[2], 0.0),
        )

    def _hours(self, area: int, scenario: str) -> tuple[NDArray[np.int64], Floats]:
        """Steps and weights, the same in every year of a scenario."""
        profiles, last = self.profiles, self.hours.end_year
        if self.hours.hours == "all":
            return np.arange(profiles.n_step), np.full(profiles.n_step, profiles.step_h)
        if (area, scenario) not in self._chosen:
            own = self._net_mw(area, last, scenario)
            demand_case, feed_in_case = own.copy(), own.copy()
            for row in self._rows[area]:
                development = self.study.developments[row]
                mw = requested_mw(development, last, self._growth.driven(development.sector, last))
                if mw > 0:
                    case = demand_case if request_sign(development) < 0 else feed_in_case
                    node = self.places[development.station_id].node
                    profile = profiles.value[:, profiles.column[development.profile]]
                    case[:, node] += request_sign(development) * mw * profile
            used = (demand_case != 0).any(axis=0) | (feed_in_case != 0).any(axis=0)
            of_mean = self._limits(area).of_mean[profiles.limit_class] if self._limits else np.ones(profiles.n_step)
            # Threads of BLAS wait for each other longer than these small products take.
            with threadpool_limits(1, user_api="blas"):
                self._chosen[area, scenario] = representative_hours(
                    demand_case[:, used] / of_mean[:, None],
                    feed_in_case[:, used] / of_mean[:, None],
                    own[:, used],
                    profiles.month,
                    profiles.step_h,
                    self.hours.hours_per_month,
                    partial(self._loadings, area, scenario),
                )
        return self._chosen[area, scenario]

    def _loadings(self, area: int, scenario: str, steps: NDArray[np.int64]) -> tuple[list[Loading], Floats]:
        """In the years and states by which hours are chosen; and MW of requests [step] that each holds back."""
        held_mw, found = np.zeros(len(steps)), []
        limits, weight_h = self._limits(area) if self._limits else None, np.zeros(len(steps))
        if limits is None or not limits.is_predicted:
            return [], held_mw
        models = self._models_of(area, limits)
        years = np.unique(np.linspace(self.hours.start_year, self.hours.end_year, HOUR_YEARS).round().astype(int))
        developments = [self.study.developments[row] for row in self._rows[area]]
        queue = self._queue(developments, steps)
        known: dict[tuple[int, bytes], Loading] = {}

        def loading(state: int, hourly: HourlyInjections) -> Loading:
            """Of all steps; years may be alike."""
            key = state, hashlib.sha256(hourly.p_mw.tobytes() + hourly.q_mvar.tobytes()).digest()
            if key not in known:
                known[key] = models[state].loading(hourly)
            return known[key]

        for year in years.tolist():
            own = self._without_projects(area, year, scenario, steps, weight_h)
            requested = np.array([requested_mw(d, year, self._growth.driven(d.sector, year)) for d in developments])
            for state, (_, projects, in_works) in enumerate(limits.states):
                if in_works and year not in years[::-2]:
                    continue
                hourly = self._with_projects(own, area, year, scenario, projects, steps)
                found.append(replace(loading(state, hourly), in_works=in_works))
                for sign in (-1, 1) if year in years[::-2] and not in_works else ():
                    with_all = loading(state, with_requests(hourly, queue, sign, requested))
                    own_at = partial(models[state].loading, hourly, with_all)
                    held_mw += refused_mw(own_at, with_all, queue, sign, requested)
        return found, held_mw

    def _models_of(self, area: int, limits: AreaLimits) -> list[LoadingModel]:
        if area not in self._models:
            places = [*self.places.values(), *(connection.place for connection in self._connections[area])]
            nodes = np.unique([place.node for place in places if place.area == area]).astype(np.intp)
            self._models[area] = [LoadingModel(limits, mask, nodes) for mask, *_ in limits.states]
        return self._models[area]

    def _net_mw(self, area: int, year: int, scenario: str) -> Floats:
        """[step, node], net injection of existing connections over the whole year."""
        settings = self.study.settings
        per_profile = np.zeros((self.profiles.value.shape[1], self.n_node[area]))
        constant = np.zeros(self.n_node[area])
        for c in self._connections[area]:
            mw = c.sign * peak_mw(c, self._growth, scenario, year, settings.start_year, settings.end_year)
            at = constant if not c.profile else per_profile[self.profiles.column[c.profile]]
            at[c.place.node] += mw
        used = per_profile.any(axis=1)
        net: Floats = self.profiles.value[:, used] @ per_profile[used] + constant
        return net

    def _summed(
        self, connections: Sequence[Connection], area: int, year: int, scenario: str, step: NDArray[np.int64]
    ) -> tuple[Floats, Floats, Floats]:
        """p, q and exempt feed-in `[hour, node]` of connections in one year, in the order of the table (C7)."""
        p, q, exempt = (np.zeros((len(step), self.n_node[area])) for _ in range(3))
        settings = self.study.settings
        for c in connections:
            with calculating(f"station {c.station_id or 'of the grid'}, sector {c.sector}, {year}, {scenario}"):
                peak = peak_mw(c, self._growth, scenario, year, settings.start_year, settings.end_year)
                shape = self._shape(c.profile, step)
                p[:, c.place.node] += c.sign * peak * shape
                q[:, c.place.node] += c.sign * peak * c.q_per_p * shape
                if c.q_mvar:
                    grown = c.q_mvar * self._growth.existing(scenario, c.sector, year)
                    q[:, c.place.node] += c.sign * grown * self._shape(c.q_profile, step)
                if c.exempt:
                    exempt[:, c.place.node] += peak * shape
        return p, q, exempt

    def _shape(self, profile: str, step: NDArray[np.int64]) -> Floats:
        return self.profiles.value[step, self.profiles.column[profile]] if profile else np.ones(len(step))

    def _drawn_mw(
        self, place: Place, year: int, scenario: str, added: Sequence[Connection], batteries: Sequence[ProjectChange]
    ) -> Floats:
        """[step] of the profiles, what batteries draw beside the connections of a node, those of projects included."""
        here = tuple(c for c in added if c.place == place)

        def load_mw() -> Floats:
            settings, every = self.study.settings, np.arange(self.profiles.n_step)
            load = np.zeros(self.profiles.n_step)
            for c in (*(c for c in self._connections[place.area] if c.place == place), *here):
                peak = peak_mw(c, self._growth, scenario, year, settings.start_year, settings.end_year)
                load -= c.sign * peak * self._shape(c.profile, every)
            return load

        return self._batteries.drawn_mw((place, year, scenario, here), load_mw, list(map(battery_of, batteries)))

    def _group_profiles(
        self, contract: ProjectChange, batteries: Sequence[ProjectChange], base: _Base, at: Sequence[int], limited: bool
    ) -> Floats:
        """[member, hour] what the group transports; `at`: rows of its members among the requests."""
        assert contract.p_mw is not None
        requests, sign = base.requests, base.requests.queue.sign[at]
        requested, drawn_mw = requests.requested_mw[at], None
        if batteries:
            columns = [self.profiles.column[self._development[name].profile] for name in contract.members]
            key, beside = (contract.members, tuple(requested)), list(map(battery_of, batteries))

            def wished() -> Floats:
                shapes: Floats = self.profiles.value[:, columns]
                return shapes @ (-sign * requested)

            drawn_mw = self._batteries.drawn_mw(key, wished, beside, contract.p_mw)[base.step]
        profile = requests.queue.profile[at]
        right_mw = contract.p_mw if limited else math.inf
        return group_profiles(right_mw, sign, requests.claimed_mw[at], requested, profile, drawn_mw)

    def request_energy_h(self, area: int) -> Floats:
        """[request, month], MWh per allocated MW in each calendar month."""
        columns = [self.profiles.column[self.study.developments[row].profile] for row in self._rows[area]]
        return self.profiles.energy_h[:, columns].T
