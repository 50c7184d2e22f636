"""A small run written by hand for tests of figures and page: FICTIONAL numbers.

Exactly the columns of docs/run-folder.md.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

SCENARIOS = (("midden", "Koersvaste Middenweg"), ("eigen", "Eigen Vermogen"), ("aanvoer", "Horizon Aanvoer"))
PROJECTS = (
    # id, name, status, municipality, lon, lat, months gained, reason, lever
    ("P1", "Verzwaring station Noorderveen", True, "M1", 5.10, 52.60, -14, "none", ""),
    ("P2", "Tweede circuit Noorderveen-Ouddorp", True, "M2", 5.32, 52.64, -5, "none", ""),
    ("P3", "Nieuw station Havenwijk", True, "M3", 5.25, 52.44, 0, "permit_desk:loket", "province municipality"),
    ("P4", "Transformator Oosterweide", True, "M4", 5.52, 52.47, 0, "crew:hv_primary", "operator"),
    ("P5", "Warmtenet Lage Polder", True, "M4", 5.48, 52.42, 0, "other_carrier", "municipality"),
    ("P6", "Verzwaring station Ouddorp", False, "M2", 5.35, 52.68, 6, "", ""),
    ("P7", "Kabel Havenwijk-Zuid", False, "M3", 5.20, 52.40, 0, "", ""),
)  # fmt: skip
PHASES = (("study", 6), ("permit", 18), ("procurement", 9), ("build", 15))
DRAWS = 3
SIDES = ("without_status", "with_status")


def status_effect(better: bool = True) -> pd.DataFrame:
    """Effects in total per scenario, through order and support, and per project with status."""
    totals = {
        "waiting_mw_years_demand": ((-84.0, -112.0, -56.0), (-41.0, -60.0, -22.0), (-3.0, -11.0, 5.0), 1.0),
        "waiting_mw_years_feed_in": ((0.2, -0.5, 0.9), (0.0, 0.0, 0.0), (0.1, -0.3, 0.5), 1.0),
        "waiting_dwelling_years": ((-1260.0, -1700.0, -820.0), (-610.0, -900.0, -320.0), (-60.0, -95.0, -25.0), 100.0),
        "overload_mvah": ((310.0, 140.0, 480.0), (55.0, -190.0, 300.0), (20.0, -40.0, 80.0), 100.0),
        "congestion_cost_meur": ((0.03, 0.01, 0.05), (0.01, -0.02, 0.03), (0.0, 0.0, 0.0), 0.5),
    }
    rows: list[dict[str, Any]] = []

    def add(scenario: str, channel: str, project: str, metric: str, found: Any, margin: float, **more: Any) -> None:
        mean, low, high = found if better else (0.0, 0.0, 0.0)
        verdict = (
            "none" if -margin <= low and high <= margin
            else "better" if high < -margin else "worse" if low > margin else "undecided"
        )  # fmt: skip
        base = {"scenario": scenario, "channel": channel, "project_id": project, "metric": metric}
        values = {"mean": mean, "low95": low, "high95": high, "probability_better": float(mean < 0), "margin": margin}
        sides = {"without_status": 640.0, "with_status": 640.0 + mean, "draws": DRAWS}
        further = {"further_draws": 6.0 if verdict == "undecided" else 0.0}
        rows.append(base | values | {"verdict": verdict, "reason": "", "lever": ""} | sides | further | more)

    for metric, (*per_scenario, margin) in totals.items():
        for (scenario, _), found in zip(SCENARIOS, per_scenario, strict=True):
            add(scenario, "both", "total", metric, found, margin)
            add(scenario, "order", "total", metric, found, margin)
            for support in ("permit", "land", "support"):
                add(scenario, support, "total", metric, (0.0, 0.0, 0.0), margin)
    for scenario, _ in SCENARIOS:
        for place, (project, _, status, _, _, _, months, reason, lever) in enumerate(PROJECTS):
            found = (float(months), months - 2.0, months + 2.0) if months else (0.0, 0.0, 0.0)
            since = float(52 + 9 * place)
            dates = {"without_status": since, "with_status": since + (months if better else 0)}
            add(scenario, "both", project, "in_service_months_by_list", found, 1.0, **dates)
            if not status:
                continue
            told = {"reason": reason, "lever": lever}
            if reason == "other_carrier":
                told["verdict"] = "not_assessable"
            add(scenario, "both", project, "in_service_months", found, 1.0, **told)
            waiting = (3.0 * months, 4.0 * months, 2.0 * months)
            add(scenario, "both", project, "waiting_mw_years_demand", waiting, 1.0, **told)
    return pd.DataFrame(rows)


def plan() -> pd.DataFrame:
    rows = []
    for scenario, _ in SCENARIOS:
        for draw in range(DRAWS):
            for order in ("without_status", "with_status"):
                for place, project in enumerate(PROJECTS):
                    month = 4 + 9 * place + draw + (project[6] if order == "with_status" else 0)
                    month = max(month, 0)
                    for phase, length in PHASES:
                        binding = "crew:hv_primary" if phase == "build" else "predecessor"
                        rows.append((order, scenario, draw, project[0], phase, month, month + length, binding))
                        month += length
    columns = (
        "order_name", "scenario", "draw", "project_id", "phase", "start_month", "finish_month", "binding_constraint",
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def placebo() -> pd.DataFrame:
    """The real list beside two random ones."""
    ranks = {"waiting_mw_years_demand": (1, 2, 2), "waiting_dwelling_years": (2, 2, 2)}
    rows = [
        (scenario, "order", metric, name, -float(place), place if name != "real" else rank, 3, rank / 3, 80)
        for metric, real in ranks.items()
        for (scenario, _), rank in zip(SCENARIOS, real, strict=True)
        for place, name in enumerate(("real", "random_1", "random_2"), start=1)
    ]
    columns = ["scenario", "channel", "metric", "list", "mean", "rank", "lists", "p_value", "draws"]
    return pd.DataFrame(rows, columns=columns)


def outcomes() -> pd.DataFrame:
    """Levels, the same in every draw."""
    levels = {"waiting_mw_years_demand": 640.0, "waiting_dwelling_years": 8120.0, "overload_mvah": 0.0}
    rows = [
        {"order_name": order, "scenario": s, "draw": d, **levels}
        for order in ("without_status", "with_status")
        for s, _ in SCENARIOS
        for d in range(DRAWS)
    ]
    return pd.DataFrame(rows)


def connections() -> pd.DataFrame:
    nan = np.nan
    moved = (
        # development, direction, requested, without, with, low, high, limit, lifted by
        ("D1", "demand", 2028, 2032.5, 2031.3, -1.5, -0.9, 0.61, 0.71, "trafo:3", "P1"),
        ("D2", "demand", 2029, 2033.0, 2032.6, -0.6, -0.2, 0.5, 0.503, "line:12", "P2"),
        ("D3", "demand", 2028, 2032.0, 2032.5, 0.3, 0.7, 0.7, 0.66, "line:9", "P6"),
        ("D4", "feed_in", 2027, 2027.0, 2027.0, 0.0, 0.0, 1.0, 1.0, "", ""),
        ("D5", "demand", 2030, nan, 2035.2, nan, nan, 0.0, 0.4, "trafo:1", "P4 P7"),
    )
    names = (
        "development_id", "direction", "requested_year", "year_without_status", "year_with_status", "low95", "high95",
        "served_share_without_status", "served_share_with_status", "limiting_element", "lifted_by_project",
    )  # fmt: skip
    table = pd.DataFrame(moved, columns=list(names))
    table = table.assign(order_name="operator", earliest_year=table.requested_year)
    return pd.concat([table.assign(scenario=s) for s, _ in SCENARIOS], ignore_index=True)


def distribution() -> pd.DataFrame:
    effects = {"M1": (210.0, 140.0), "M2": (90.0, 104.0), "M3": (75.0, 75.0), "M4": (130.0, 100.0)}
    rows = [
        (scenario, "municipality", m, "waiting_mw_years_demand", without, with_status, with_status - without)
        for scenario, _ in SCENARIOS
        for m, (without, with_status) in effects.items()
    ]
    columns = ("scenario", "group_kind", "group_id", "metric", "without_status", "with_status", "effect")
    table = pd.DataFrame(rows, columns=list(columns)).assign(order_name="operator")
    return table.assign(low95=table.effect - 0.5, high95=table.effect + 0.5)


def goal_shift() -> pd.DataFrame:
    rows = [(s, "waiting_mw_years_demand", 3, 100.0, 70.0, 130.0, 40.0, 30.0, 50.0, 2.5) for s, _ in SCENARIOS]
    columns = [
        "scenario", "metric", "goals", "saved", "saved_low95", "saved_high95", "added", "added_low95", "added_high95",
        "saved_per_added",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def inequality() -> pd.DataFrame:
    rows = [(s, side, g, 0.3, "D3", 0.9) for s, _ in SCENARIOS for side, g in zip(SIDES, (0.41, 0.47), strict=True)]
    columns = ["scenario", "side", "gini", "worst_tenth_share", "worst_development_id", "worst_waiting_share"]
    return pd.DataFrame(rows, columns=columns)


def externality() -> pd.DataFrame:
    effects = {("NB", "NB"): -40.0, ("NB", "TSO"): 12.0, ("total", "NB"): -40.0, ("total", "TSO"): 12.0}
    rows = [
        (scenario, "operator", by, on, "waiting_mw_years_demand", effect)
        for scenario, _ in SCENARIOS
        for (by, on), effect in effects.items()
    ]
    return pd.DataFrame(rows, columns=["scenario", "group_kind", "by_group", "on_group", "metric", "effect"])


def reach() -> pd.DataFrame:
    rows = [
        # project, status, plan, then with order, permit, land, both; at most by order, permit, land, both
        ("P1", True, 118.0, 104.0, 118.0, 118.0, 104.0, 24.0, 7.0, 0.0, 31.0),
        ("P4", True, 60.5, 60.5, 60.5, 60.5, 60.5, 0.0, 0.0, 0.0, 0.2),
        ("P6", False, 48.0, 54.0, 48.0, 48.0, 54.0, 12.0, 0.0, 0.0, 12.0),
    ]
    columns = ["project_id", "status", "plan_month"]
    columns += [f"month_with_{name}" for name in ("order", "permit", "land", "both")]
    columns += [f"movable_months_{name}" for name in ("order", "permit", "land", "both")]
    return pd.DataFrame(rows, columns=columns)


def reach_months() -> pd.DataFrame:
    rows = [
        ("P1", "phase", "permit", "province", "", "", 28.0), ("P1", "phase", "build", "operator", "", "", 24.0),
        ("P1", "delay", "permit", "province", "", "", 6.0),
        ("P1", "scarce", "crew:hv_primary", "operator", "", "", 20.0),
        ("P1", "project", "requires", "operator", "P6", "TSO", 40.0), ("P4", "phase", "permit", "state", "", "", 60.5),
    ]  # fmt: skip
    columns = ["project_id", "cause_kind", "cause", "lever", "whose_project", "whose_operator", "months"]
    return pd.DataFrame(rows, columns=columns).assign(order_name="without_status")


def why_not() -> pd.DataFrame:
    rows = [
        ("P1", "requires:P6", "operator", "P6", "TSO", 40.0, True),
        ("P1", "phase:permit", "province", "", "", 20.0, False),
        ("P6", "crew:hv_primary + phase:permit", "operator state", "", "", 9.0, True),
    ]  # fmt: skip
    columns = ["project_id", "constraint", "lever", "whose_project", "whose_operator", "months_sooner", "binding"]
    return pd.DataFrame(rows, columns=columns)


def flips() -> pd.DataFrame:
    rows = [
        ("P1", "project_first", "P6", 0, 1.0, "operator", 22.0, True),
        ("P1", "permit_months", "", 0, 14.0, "province", 12.0, False),
    ]
    columns = ["project_id", "kind", "name", "year", "amount", "lever", "months_sooner", "smallest"]
    return pd.DataFrame(rows, columns=columns)


def last_out() -> pd.DataFrame:
    """P1 relieves, P4 harms on balance: its works take the reserve away."""
    rows = [(s, "P1", 180.0, 200.0, 20.0, 80.0, 1200.0, 300.0, -40.0) for s, _ in SCENARIOS]
    rows += [(s, "P4", -1863.0, 10.0, 1873.0, 2.0, 0.0, -20.0, -4000.0) for s, _ in SCENARIOS]
    columns = [
        "scenario", "project_id", "saved_points", "relief_points", "harm_points", "saved_waiting_mw_years",
        "saved_waiting_dwelling_years", "saved_overload_mvah", "saved_insecure_hours",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def municipalities() -> dict[str, Any]:
    corners = {"M1": (5.0, 52.52), "M2": (5.22, 52.55), "M3": (5.08, 52.34), "M4": (5.38, 52.36)}
    names = {"M1": "Noorderveen", "M2": "Ouddorp", "M3": "Havenwijk", "M4": "Oosterweide"}
    features = []
    for key, (x, y) in corners.items():
        ring = [[x, y], [x + 0.2, y + 0.02], [x + 0.24, y + 0.15], [x + 0.02, y + 0.19], [x, y]]
        features.append(
            {
                "type": "Feature",
                "properties": {"municipality_id": key, "name": names[key], "province_id": "PV"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def make_run(better: bool = True, **settings: Any) -> SimpleNamespace:
    """A run as `read_run` gives it; `better=False` has effects of exactly nothing."""
    projects = [(p[0], p[1], p[2], "NB", p[3], p[4], p[5], "electricity") for p in PROJECTS]
    stations = [(f"S{i}", f"Station {n}", 5.08 + 0.13 * i, 52.4 + 0.07 * (i % 3)) for i, n in enumerate("ABCD")]
    developments = [
        ("D1", "Woonwijk De Terp", "M1", 24.0, 1200), ("D2", "Bedrijvenpark Ouddorp", "M2", 12.0, 0),
        ("D3", "Laadplein A99", "M2", 6.0, 0), ("D4", "Zonneveld Zuid", "M3", 20.0, 0),
        ("D5", "Industrie Oosterweide", "M4", 30.0, 0),
    ]  # fmt: skip
    columns = {
        "projects": ["project_id", "name", "status", "operator_id", "municipality_id", "longitude", "latitude",
                     "carrier"],
        "stations": ["station_id", "name", "longitude", "latitude"],
        "developments": ["development_id", "name", "municipality_id", "p_mw", "dwellings"],
    }  # fmt: skip
    manifest = {
        "schema_version": 5,
        "study": {
            "name": "tests-only", "title_nl": "Testprovincie Veenland", "title_en": "Test province of Veenland",
            "fictional": True, "sources": ["numbers written by hand for tests"],
            "remarks": ["the numbers of waiting tell no dates"],
        },
        "settings": {"order_basis": "before_status", "draws": DRAWS, **settings},
        "seed": 0, "backend": "numba", "threads": 2, "versions": {"gridprio": "0.1.0", "python": "3.11"},
        "inputs": {"projects.csv": "ab" * 32, "study.toml": "cd" * 32}, "wall_time_s": {"cells": 12.3, "plan": 0.4},
        "created": "2026-01-02T03:04:05Z", "messages": [],
        "comparison": {"established": True, "reason": "", "order": "operator"},
    }  # fmt: skip
    return SimpleNamespace(
        manifest=manifest,
        status_effect=status_effect(better),
        placebo=placebo(),
        plan=plan(),
        outcomes=outcomes(),
        connections=connections(),
        distribution=distribution(),
        reach=reach(),
        reach_months=reach_months(),
        why_not=why_not(),
        flips=flips(),
        last_out=last_out(),
        goal_shift=goal_shift(),
        inequality=inequality(),
        externality=externality(),
        municipalities=municipalities(),
        projects=pd.DataFrame(projects, columns=columns["projects"]),
        stations=pd.DataFrame(stations, columns=columns["stations"]),
        developments=pd.DataFrame(developments, columns=columns["developments"]),
        scenarios=pd.DataFrame(SCENARIOS, columns=["scenario_id", "name"]),
    )
