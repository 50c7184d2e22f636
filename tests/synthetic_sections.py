"""Tables of a run that only some sections of its page read, written by hand: FICTIONAL numbers, no two alike."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pandas as pd

from tests.synthetic_run import SCENARIOS, SIDES, make_run

NAMES = [scenario for scenario, _ in SCENARIOS]


def base_case() -> pd.DataFrame:
    """Alike in all scenarios but for one outage, which has no solution in one of them."""
    rows = [
        (s, "", "trafo:3", 88.4, 100.0, 41, 0.0, 0.0, 0.0, "", 0) for s in NAMES
    ] + [
        (s, "line:3 line:4", "trafo:3", 117.6, 110.0, 702, 353.2, 139.7, 23.5, "S1 S2", 4 if s == "eigen" else 0)
        for s in NAMES
    ]  # fmt: skip
    columns = [
        "scenario", "outage", "worst_branch", "worst_loading_percent", "worst_limit_percent", "worst_hour",
        "overload_mvah", "insecure_hours", "interrupted_mw", "interrupted_stations", "unsolved_cases",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(area="Noord 150", year=2026)


def voltages() -> pd.DataFrame:
    """One bus below its limit, further with an outage."""
    rows = [(s, outage, vm) for s in NAMES for outage, vm in (("", 0.913), ("line:3", 0.874))]
    table = pd.DataFrame(rows, columns=["scenario", "outage", "vm_pu"])
    return table.assign(area="Noord 150", year=2026, bus=17, station_id="S1", limit_pu=0.925, hour=702, hours=51.0)


CONGESTED = [
    # scenario, order, year, branch, hours, MVAh, worst loading, outage
    ("midden", "without_status", 2027, "trafo:3", 117.0, 1301.0, 108.4, "trafo:4"),
    ("midden", "without_status", 2028, "trafo:3", 211.0, 2503.0, 121.6, "trafo:4"),
    ("midden", "with_status", 2028, "trafo:3", 89.0, 707.0, 104.3, "trafo:4"),
    ("midden", "with_status", 2031, "line:8", 1009.0, 61.0, 101.7, ""),
    ("eigen", "without_status", 2029, "line:8", 43.0, 59.0, 103.2, ""),
]


def congestion() -> pd.DataFrame:
    """A transformer that status relieves, a line that it overloads; one scenario without any overload."""
    columns = ["scenario", "order_name", "year", "branch", "hours", "overload_mvah", "worst_loading_percent",
               "worst_outage"]  # fmt: skip
    table = pd.DataFrame(CONGESTED, columns=columns)
    return table.assign(
        area="Noord 150",
        direction="demand",
        worst_hour=702,
        first_year=2027,
        worst_limit_percent=[107.0, 119.0, 103.0, 100.0, 100.0],
    )


def branch_loading() -> pd.DataFrame:
    """What is overloaded without an outage is the line."""
    rows = congestion()
    intact = rows["worst_outage"] == ""
    return rows[["order_name", "scenario", "year", "area", "branch"]].assign(
        loading_percent=77.0,
        overload_percent=109.0,
        overload_outage="trafo:4",
        intact_hours=rows["hours"].where(intact, 0.0),
        intact_overload_mvah=rows["overload_mvah"].where(intact, 0.0),
        intact_overload_percent=rows["worst_loading_percent"].where(intact),
        intact_limit_percent=rows["worst_limit_percent"].where(intact),
    )


MEASURED = [
    # branch, kind, year, limit, measured, modelled, hours measured, hours modelled
    ("trafo:3", "found", 2025, 61.0, 83.0, 79.0, 71.0, 37.0),
    ("line:8", "missed", 2024, 53.0, 67.0, 47.0, np.nan, 0.0),
    ("line:9", "found", 2025, 100.0, np.nan, 113.0, 13.0, 19.0),
    ("line:11", "extra", 2025, 59.0, 43.0, 73.0, 0.0, 29.0),
    ("trafo:5", "unknown", 2025, 100.0, 91.0, np.nan, np.nan, np.nan),
    ("line:12", "unmeasured", 0, 100.0, np.nan, 107.0, np.nan, 23.0),
]


def measured() -> pd.DataFrame:
    """In the first scenario two of three measured bottlenecks, one of two loadings close; in the others none."""
    columns = ["branch", "kind", "measured_year", "limit_percent", "measured_percent", "modelled_percent",
               "measured_hours", "modelled_hours"]  # fmt: skip
    table = pd.DataFrame(MEASURED, columns=columns).assign(area="Noord 150", year=2026)
    table["difference_percent"] = table["modelled_percent"] - table["measured_percent"]
    others = [table.assign(scenario=s, kind=table["kind"].replace("found", "missed")) for s in NAMES if s != "midden"]
    return pd.concat([table.assign(scenario="midden"), *others], ignore_index=True)


def lost_load() -> pd.DataFrame:
    """Two outages; one has hours without a solution."""
    rows = [
        ("midden", "without_status", 2027, "line:3 line:4", 123.4, 701.0, 53.0, 2, "S1 S2", 0.0),
        ("midden", "with_status", 2027, "line:3 line:4", 111.2, 697.0, 47.0, 1, "S1", 0.0),
        ("eigen", "with_status", 2028, "line:5", 0.0, 0.0, 0.0, 0, "", 19.0),
    ]
    columns = ["scenario", "order_name", "year", "outage", "interrupted_mw", "interrupted_hours", "not_accepted_hours",
               "islands", "stations", "unsolved_hours"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(area="Noord 150")


def curve(column: str, at: list[float]) -> pd.DataFrame:
    """The list falls from 14 months on, random ones from 9; `selection` is their difference."""
    rows = []
    for place, (where, scenario) in enumerate((a, s) for a in at for s in NAMES):
        for metric, scale in (("in_service_months", 1.0), ("waiting_mw_years_demand", 3.5)):
            real, random = -scale * (14.0 - 1.3 * place), -scale * (9.0 - 0.7 * place)
            for kind, mean in (("real", real), ("random", random), ("selection", real - random)):
                rows.append((scenario, where, kind, metric, mean, mean - 2.25 * scale, mean + 1.75 * scale))
    return pd.DataFrame(rows, columns=["scenario", column, "kind", "metric", "mean", "low95", "high95"])


def contribution() -> pd.DataFrame:
    numbers = count(31, 17)
    rows = [
        (game, "pooled", "points", area, project, *(float(next(numbers)) for _ in range(5)), game != "replanned")
        for game in ("fixed_dates", "replanned", "statuses")
        for area in ("Noord 150", "total")
        for project in ("P1", "P2", "P4")
    ]
    columns = [
        "game",
        "scenario",
        "metric",
        "area",
        "project_id",
        "pint",
        "toot",
        "shapley",
        "low95",
        "high95",
        "exact",
    ]
    return pd.DataFrame(rows, columns=columns)


def interaction() -> pd.DataFrame:
    rows = [
        ("fixed_dates", "P1", "P2", -61.0), ("fixed_dates", "P1", "P4", 85.0), ("fixed_dates", "P2", "P4", 0.2),
        ("statuses", "P1", "P2", 7.0),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["game", "project_id", "other_project_id", "interaction"])
    return table.assign(scenario="pooled", metric="points", area="total")


def sensitivity() -> pd.DataFrame:
    rows = [
        (1, "driver", "waterstof", "on", "midden", -84.0, "better", 36.0, 21.0, 52.0, "worse", True, 120.0),
        (1, "driver", "waterstof", "on", "eigen", -41.0, "better", -43.0, -60.0, -22.0, "better", False, 2.0),
        (2, "assumption", "projects.P1.cost_meur", "12.5", "midden", -84.0, "better", -79.0, -99.0, -59.0, "better",
         False, 5.0),
        (2, "assumption", "projects.P1.cost_meur", "12.5", "eigen", -41.0, "better", -34.0, -47.0, -21.0, "better",
         False, 7.0),
    ]  # fmt: skip
    columns = [
        "place", "kind", "name", "value", "scenario", "mean_before", "verdict_before", "mean", "low95", "high95",
        "verdict", "turns", "change_margins",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(metric="waiting_mw_years_demand")


def regret() -> pd.DataFrame:
    amounts = {"with_status": (12.0, 95.0, 33.0), "without_status": (41.0, 7.0, 68.0), "best_found": (3.0, 5.0, 0.0)}
    rows = [
        ("points", order, scenario, 1000.0 + amount, amount, max(own), NAMES[own.index(max(own))])
        for order, own in amounts.items()
        for scenario, amount in zip(NAMES, own, strict=True)
    ]
    columns = ["metric", "order_name", "scenario", "outcome", "regret", "worst_regret", "worst_scenario"]
    return pd.DataFrame(rows, columns=columns)


def search() -> pd.DataFrame:
    """The order with status has a bound of its own."""
    points = {"operator": (3300.0, 3180.0), "best_found": (3200.0, 3180.0), "with_order": (3450.0, 222.0),
              "no_scarcity": (2950.0, 222.0)}  # fmt: skip
    rows = [(o, s, p, 3200.0, b, False) for o, (p, b) in points.items() for s in (*NAMES, "pooled")]
    return pd.DataFrame(
        rows, columns=["order_name", "scenario", "points", "best_found_points", "bound_points", "exact"]
    )


def orders() -> pd.DataFrame:
    places = {"operator": ("P1", "P2", "P6"), "best_found": ("P6", "P1", "P2")}
    rows = [(order, place, p) for order, own in places.items() for place, p in enumerate(own, start=1)]
    return pd.DataFrame(rows, columns=["order_name", "place", "project_id"])


def as_given() -> pd.DataFrame:
    rows = []
    for year, add in ((2030, 0.0), (2035, 40.0)):
        for k, scenario in enumerate(NAMES):
            for station, asked, fits in (("S0", 30.4 + add, 12.3 + k), ("S1", 18.6, 18.6)):
                rows.append((scenario, year, station, "demand", "", asked, fits, "trafo:3 without trafo:2"))
                rows.append((scenario, year, station, "demand", "D1", asked, fits, "trafo:3 without trafo:2"))
    columns = [
        "scenario", "year", "station_id", "direction", "development_id", "requested_mw", "fits_mw", "limiting_element",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def headroom() -> pd.DataFrame:
    """Two sectors at one station, of which the worse one counts; one station without any limit."""
    rows = [
        ("S0", "demand", "housing", 7.1, "trafo:3", "trafo:4", "yellow"),
        ("S0", "demand", "services", 13.9, "trafo:3", "", "transparent"),
        ("S1", "demand", "", float("nan"), "", "", "transparent"),
        ("S0", "feed_in", "", 0.0, "line:8", "", "red"),
    ]
    columns = ["station_id", "direction", "sector", "headroom_mw", "limiting_branch", "limiting_outage", "colour_class"]
    published = ["yellow", "yellow", "amber", "transparent"]
    table = pd.DataFrame(rows, columns=columns).assign(year=2026, scenario="midden", limiting_hour=702)
    by_voltage = {
        "voltage_headroom_mw": [5.3, 16.7, float("nan"), 2.2],
        "voltage_bus": [12, 12, -1, -1],
        "voltage_limit_pu": [0.95, 0.95, float("nan"), float("nan")],
        "voltage_outage": ["trafo:4", "", "", "line:8"],
        "voltage_hour": [702, 702, -1, 18],
    }
    return table.assign(published_class=published, **by_voltage)


def moves() -> pd.DataFrame:
    rows = [
        ("midden", 2030, "D1", 1, "size", 24.0, "9.5", 14.5, "mw", "P1 P4"),
        ("midden", 2030, "D1", 2, "place", 24.0, "S2", 24.0, "mw", ""),
        ("eigen", 2030, "D2", 1, "time", 12.0, "2033", 36.0, "months", ""),
        ("aanvoer", 2035, "D3", 1, "place", 6.0, "S2", 6.0, "mw", ""),
    ]
    columns = ["scenario", "year", "development_id", "place", "kind", "requested_mw", "to", "amount", "unit", "avoids"]
    return pd.DataFrame(rows, columns=columns)


def space() -> pd.DataFrame:
    rows = [("M1", "P1", 1.75, "procedure", 2029.0), ("M3", "P3", 4.5, "", float("nan"))]
    columns = ["municipality_id", "project_id", "land_ha", "planning_status", "reserve_by_year"]
    return pd.DataFrame(rows, columns=columns)


def lorenz() -> pd.DataFrame:
    rows = [
        (scenario, side, place, f"D{place}", 0.2 * place, (0.2 * place) ** power)
        for scenario in NAMES
        for side, power in zip(SIDES, (1.5, 2.0), strict=True)
        for place in range(1, 6)
    ]
    columns = ["scenario", "side", "place", "development_id", "asked_share", "waiting_share"]
    return pd.DataFrame(rows, columns=columns)


def bound(scenario: str, areas: int, n: int) -> dict[str, Any]:
    """A stored message on stations where another operator's project binds."""
    params = {"scenario": scenario, "areas": areas, "n": n, "share": n / areas}
    return {"code": "run.bound_by_others", "params": params}


def make_full_run(**settings: Any) -> Any:
    """A run that has every table of the page."""
    run = make_run(**settings)
    vars(run).update(
        base_case=base_case(),
        voltages=voltages(),
        congestion=congestion(),
        measured=measured(),
        branch_loading=branch_loading(),
        lost_load=lost_load(),
        dilution=curve("n_status", [1, 5, 10]),
        bindingness=curve("bindingness", [0.0, 0.3, 1.0]),
        contribution=contribution(),
        interaction=interaction(),
        sensitivity=sensitivity(),
        regret=regret(),
        search=search(),
        as_given=as_given(),
        headroom=headroom(),
        moves=moves(),
        space=space(),
        lorenz=lorenz(),
    )
    ends = {"few": 5, "few_months": 10.1, "all": 10, "all_months": 6.2}
    run.manifest["messages"] += [
        {"code": "curves.dilution", "params": ends},
        *(bound(name, 15, 3 if name == "Eigen Vermogen" else 2) for _, name in SCENARIOS),
    ]
    return run


def make_search() -> Any:
    """The folder of a search: orders compared, nothing about status."""
    run = make_run()
    for table in ("status_effect", "placebo", "connections", "distribution", "reach", "reach_months", "why_not",
                  "flips", "last_out", "goal_shift", "inequality", "externality"):  # fmt: skip
        delattr(run, table)
    renamed = {"without_status": "operator", "with_status": "best_found"}
    run.plan = run.plan.assign(order_name=run.plan["order_name"].map(renamed))
    levels = run.outcomes.assign(order_name=run.outcomes["order_name"].map(renamed))
    best = levels["order_name"] == "best_found"
    levels.loc[best, "waiting_mw_years_demand"] = 587.0 + levels.loc[best, "draw"]
    run.outcomes, run.search, run.orders = levels, search(), orders()
    return run


def with_steps() -> Any:
    """A run whose search found that a step of the province brings most."""
    run = make_full_run()
    step = {"lever": "province", "kind": "permit_time", "name": "", "year": 0, "amount": 6.0, "unit": "months"}
    other = {"order_name": "operator", "basis": "same_order", "metric": "points", "change": -20.5, "anomaly": False}
    run.shadow_prices = pd.DataFrame([step | other])
    return run
