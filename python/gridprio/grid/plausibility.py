"""What a net and a study hold that can hardly be meant beside each other, or that a study does not use."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from gridprio.errors import Problem
from gridprio.grid.changes import parse_element
from gridprio.grid.convert import OUTAGE_TABLES
from gridprio.grid.group_places import CHANGES, END_COLUMNS, place_groups, places_of_buses
from gridprio.grid.tap_warnings import tap_warnings
from gridprio.inputs.enumerations import ChangeAction
from gridprio.inputs.security_rules import OutageKind
from gridprio.inputs.study import Study
from gridprio.text import sentence

LOAD_TO_RATING_MAX = 10.0
"""A load of more than so many times all branches of its station is in kW more likely than in MW."""
Q_LIMITS = ("min_q_mvar", "max_q_mvar")
_NO_LIMIT = 1e9
"""pandapower writes this where there is none."""


def implausible_beside_grid(net: Any, study: Study) -> list[Problem]:
    """Every warning that takes the net."""
    return [
        *_loads(net, study),
        *_beside_groups(net, study),
        *_security(net, study),
        *_unused(net, study),
        *tap_warnings(net, study),
    ]


def _beside_groups(net: Any, study: Study) -> Iterator[Problem]:
    """Lines and transformers that a project adds at the bus of a group and to no group, so past its limit."""
    groups, _ = place_groups(net, study)
    if not groups:
        return
    places = places_of_buses(net, study)
    for at, change in enumerate(study.project_changes):
        if change.group_limit_id or change.action not in (ChangeAction.ADD_LINE, ChangeAction.ADD_TRAFO):
            continue
        ends = {places[bus] for bus in (change.from_bus, change.to_bus) if bus in places}
        passed = [group.group_limit_id for group in groups if group.bus in ends]
        if passed:
            yield study.problem(
                CHANGES,
                at,
                "group_limit_id",
                sentence("warning.added_outside_group"),
                found=sentence("found.nothing"),
                expected=" / ".join(passed),
                mend=sentence("remedy.name_group"),
            )


def _security(net: Any, study: Study) -> Iterator[Problem]:
    """Rules of security that name no outage, not even with all projects. Two outages count by the lower voltage."""
    highest = _highest_kv(net, study) if study.security_rules else []
    for at, rule in enumerate(study.security_rules):
        upper = math.inf if rule.below_kv is None else rule.below_kv
        from_lower = [kv for kv in highest if kv >= rule.min_kv]
        is_named = any(kv < upper for kv in from_lower)
        of_two = rule.outages is OutageKind.MAINTENANCE
        if not is_named or (of_two and len(from_lower) < 2):
            yield study.problem(
                "security_rules",
                at,
                "min_kv",
                sentence("warning.rule_names_no_two" if is_named else "warning.rule_names_nothing"),
                found=f"{rule.min_kv:g} - {upper:g}" if upper < math.inf else f"{rule.min_kv:g} -",
                expected=" / ".join(f"{kv:g}" for kv in sorted(set(highest))),
                mend=sentence("remedy.voltage_of_grid"),
            )


def _highest_kv(net: Any, study: Study) -> list[float]:
    """The highest nominal voltage of each system that may fail, those of projects too."""
    changes = study.project_changes
    bus_kv = {change.bus: change.vn_kv for change in changes if change.action is ChangeAction.ADD_BUS}
    bus_kv |= {int(bus): float(kv) for bus, kv in net.bus["vn_kv"].items()}
    ends: dict[tuple[str, int] | None, tuple[int | None, ...]] = {}
    systems: list[tuple[tuple[int | None, ...], int]] = []
    for table in OUTAGE_TABLES:
        for index, row in net[table].to_dict("index").items():
            ends[table, index] = tuple(row[column] for column in END_COLUMNS[table])
            systems.append((ends[table, index], int(row.get("parallel", 1))))
    for change in changes:
        if change.action in (ChangeAction.ADD_LINE, ChangeAction.ADD_TRAFO):
            systems.append(((change.from_bus, change.to_bus), change.parallel))
        elif change.action in (ChangeAction.REPLACE_LINE, ChangeAction.REPLACE_TRAFO) and change.parallel > 1:
            systems.append((ends.get(parse_element(change.element), ()), change.parallel))
    highest: list[float] = []
    for buses, parallel in systems:
        kv = max((kv for bus in buses if (kv := bus_kv.get(bus)) is not None), default=None)
        highest += [] if kv is None else [kv] * parallel
    return highest


def _loads(net: Any, study: Study) -> Iterator[Problem]:
    rating_mva = _bus_ratings(net)
    of_station = {
        station.station_id: sum(rating_mva.get(bus, 0.0) for bus in station.buses) for station in study.stations
    }
    for table in ("loads", "developments"):
        for at, row in enumerate(getattr(study, table)):
            rating, p_mw = of_station.get(row.station_id, 0.0), row.p_mw or 0.0
            if 0 < rating < math.inf and p_mw > LOAD_TO_RATING_MAX * rating:
                yield study.problem(
                    table,
                    at,
                    "p_mw",
                    sentence("warning.kilowatts", times=p_mw / rating),
                    found=f"{p_mw:g}",
                    expected=sentence("expected.within_rating", rating=rating),
                    mend=sentence("remedy.divide_by_thousand"),
                )


def _bus_ratings(net: Any) -> dict[int, float]:
    """MVA of all branches at each bus together; infinite where one of them has no rating."""
    rating: dict[int, float] = {}

    def add(bus: Any, mva: float) -> None:
        rating[int(bus)] = rating.get(int(bus), 0.0) + (mva if math.isfinite(mva) else math.inf)

    vn_kv = net.bus["vn_kv"].to_dict()
    for row in net.line.to_dict("records"):
        mva = math.sqrt(3) * vn_kv[row["from_bus"]] * row["max_i_ka"] * row.get("parallel", 1)
        add(row["from_bus"], mva)
        add(row["to_bus"], mva)
    for row in net.trafo.to_dict("records"):
        add(row["hv_bus"], row["sn_mva"] * row.get("parallel", 1))
        add(row["lv_bus"], row["sn_mva"] * row.get("parallel", 1))
    for row in net.trafo3w.to_dict("records"):
        for side in ("hv", "mv", "lv"):
            add(row[f"{side}_bus"], row[f"sn_{side}_mva"])
    return rating


def _unused(net: Any, study: Study) -> Iterator[Problem]:
    unused = list(unused_by_study(net))
    if study.settings.taps == "fixed":
        yield from unused
    elif not unused:
        yield Problem(
            "settings",
            None,
            "taps",
            sentence("warning.nothing_acts"),
            found=study.settings.taps,
            expected=sentence("expected.something_to_act"),
            mend=sentence("remedy.taps_fixed"),
        )


def unused_by_study(net: Any) -> Iterator[Problem]:
    """Controllers and reactive limits of a net, which a study with setting `taps` = fixed does not look at."""
    controllers = net.get("controller")
    if controllers is not None and len(controllers):
        yield Problem(
            "controller",
            None,
            None,
            sentence("warning.controllers_unused"),
            found=sentence("found.rows", n=len(controllers)),
            expected=sentence("expected.fixed_taps"),
            mend=sentence("remedy.fix_taps"),
        )
    present = [column for column in Q_LIMITS if column in net.gen]
    limited = net.gen[present].abs() < _NO_LIMIT
    if limited.any(axis=None):
        yield Problem(
            "gen",
            None,
            ", ".join(present),
            sentence("warning.q_limits_unused"),
            found=sentence("found.rows", n=int(limited.any(axis=1).sum())),
            expected=sentence("expected.limits_used"),
            mend=sentence("remedy.look_elsewhere"),
        )
