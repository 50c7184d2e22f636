"""What a net and a study hold that can hardly be meant beside each other, or that a study does not use."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from gridprio.errors import Problem
from gridprio.grid.group_places import CHANGES, place_groups, places_of_buses
from gridprio.grid.tap_warnings import tap_warnings
from gridprio.inputs.enumerations import ChangeAction
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
