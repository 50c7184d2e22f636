"""python -m data.make.simbench_hv_mixed: writes data/grids/simbench-hv-mixed, a study on a SimBench grid.

The grid, its loads, generators and quarter-hourly profiles are read from SimBench (ODbL) by name and not copied; the
tables here only point at its buses and branches. Projects, crews, queue and growth are assumptions.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from data.make.write import csv_text, write_texts

STUDY_FOLDER = "simbench-hv-mixed"
CODE = "1-HV-mixed--2-no_sw"
OPERATOR = "hoogspanningsbeheer"
START_YEAR, END_YEAR = 2026, 2035

STUDY_TOML = f"""\
[study]
name = "simbench-hv-mixed"
title_nl = "SimBench 110 kV-net met verzonnen projecten"
title_en = "SimBench 110 kV grid with invented projects"
fictional = true
sources = [
  "Net, belasting, opwek en profielen: SimBench {CODE} (ODbL), gelezen bij de bron / read from its source",
  "Projecten, wachtrij, ploegen en groei: aannames / assumptions (data/make/simbench_hv_mixed.py)",
]
grid = "simbench:{CODE}"

[settings]
start_year = {START_YEAR}
end_year = {END_YEAR}
order_basis = "before_status"
rule = "head_start"
bindingness = 0.5
hours_per_month = 5
draws = 10
max_draws = 160
seed = 1
"""

SUMMER = "4 5 6 7 8 9"
UPRATED = "679-AL1/86-ST1A 110.0"
"""1,150 A against the 680 A of the conductor that hangs there; the type comes with pandapower"""

# id, name, kind, cost MEUR, rank, need year, status, reason
PROJECTS: tuple[tuple[str, str, str, float, int | None, int | None, bool, str], ...] = (
    ("B01", "Verzwaring 16-58", "uprate", 19, 4, 2026, True, "Invoeding wind ten noorden van station 58"),
    ("B02", "Verzwaring 18-20", "uprate", 9, 1, 2026, False, ""),
    ("B03", "Verzwaring 20-84", "uprate", 8, 2, 2027, False, ""),
    ("B04", "Derde circuit 58-60", "new_line", 20, 6, 2028, True, "Invoeding wind rond station 60"),
    ("B05", "Verzwaring 98-116", "uprate", 24, 5, 2027, False, ""),
    ("B06", "Derde transformator 220/110 station 18", "trafo", 14, 3, 2026, False, ""),
    ("B07", "Derde transformator 380/110 station 16", "trafo", 16, 7, 2027, True, "Afvoer naar het landelijke net"),
    ("B08", "Verzwaring 84-92", "uprate", 8, 8, 2030, False, ""),
    ("B09", "Flexcontract wind station 58", "contract", 3, 9, 2027, False, ""),
    ("B10", "Onderzoek opslag bij wind", "", 0, None, None, True, "Nog zonder netwijziging"),
)

# phase, months, after, crews, cost share, delay mean, delay sd, lever, work months
PHASES: dict[str, tuple[tuple[str, int, str, str, float, float, float, str, str], ...]] = {
    "uprate": (
        ("study", 8, "", "project_lead:1", 0.0, 1, 1, "operator", ""),
        ("permit", 12, "", "permit_desk:1", 0.0, 3, 3, "province", ""),
        ("build", 10, "", "hv_primary:2 civil:1", 1.0, 1, 1, "operator", SUMMER),
    ),
    "new_line": (
        ("study", 12, "", "project_lead:1", 0.0, 2, 2, "operator", ""),
        ("permit", 30, "", "", 0.0, 6, 5, "state", ""),
        ("land", 24, "study", "", 0.0, 4, 4, "province", ""),
        ("build", 20, "permit land", "hv_primary:2 civil:2", 1.0, 2, 2, "operator", ""),
    ),
    "trafo": (
        ("study", 8, "", "project_lead:1", 0.0, 1, 1, "operator", ""),
        ("permit", 8, "", "permit_desk:1", 0.0, 2, 2, "province", ""),
        ("procurement", 26, "study", "", 0.4, 3, 3, "operator", ""),
        ("build", 12, "permit procurement", "hv_primary:1 civil:1", 0.6, 1, 2, "operator", ""),
    ),
    "contract": (
        ("study", 6, "", "project_lead:1", 0.0, 1, 1, "operator", ""),
        ("procurement", 8, "", "", 1.0, 1, 1, "operator", ""),
    ),
}

CIRCUITS = {"B01": (53, 74), "B02": (48, 87), "B03": (24, 90), "B05": (57,), "B08": (18, 91)}
"""pandapower lines that an uprating replaces; those that overload with the grid's own profiles, or come next"""

CREWS = (
    ("hv_primary", "crew", 4.0, 0.2, 0.2, "operator"),
    ("civil", "crew", 3.0, 0.1, 0.1, "operator"),
    ("project_lead", "crew", 2.0, 0.0, 0.0, "operator"),
    ("permit_desk", "permit_desk", 2.0, 0.0, 0.0, "province"),
)
BUDGET_MEUR = 18.0

CONTRACT_BUS = 58

SCENARIOS = (
    ("basis", "SimBench zoals het is", "opwek en belasting van SimBench, geen groei"),
    ("groei", "Meer wind en elektrificatie", "aanname: opwek +25 %, belasting +40 % in 2035"),
)
GROWTH_2035 = {
    "load": (1.0, 1.4),
    "Wind": (1.0, 1.25),
    **dict.fromkeys(("mv_comm", "mv_rural", "mv_semiurb", "mv_urban"), (1.0, 1.25)),
}
"""by the `type` of SimBench's elements, which is their sector"""

# bus, name, sector, direction, MW, profile, requested year, lead months, request date, ACM category, firm
DEVELOPMENTS: tuple[tuple[int, str, str, str, float, str, int, int, str, int | None, bool], ...] = (
    (58, "Windpark 58", "wind", "feed_in", 10, "WP10", 2027, 18, "2023-04-11", None, False),
    (60, "Windpark 60", "wind", "feed_in", 6, "WP7", 2028, 18, "2023-09-05", None, False),
    (92, "Windpark 92", "wind", "feed_in", 8, "WP4", 2027, 18, "2022-11-23", None, False),
    (84, "Zonneveld 84", "solar", "feed_in", 10, "mv_urban", 2027, 12, "2023-02-14", None, False),
    (130, "Zonneveld 130", "solar", "feed_in", 15, "mv_urban", 2029, 12, "2024-01-30", None, False),
    (116, "Windpark 116", "wind", "feed_in", 6, "WP10", 2028, 18, "2023-06-20", None, False),
    (102, "Zonneveld 102", "solar", "feed_in", 8, "mv_urban", 2027, 12, "2022-08-09", None, False),
    (52, "Windpark 52", "wind", "feed_in", 20, "WP4", 2027, 18, "2023-10-10", None, False),
    (62, "Zonneveld 62", "solar", "feed_in", 30, "mv_urban", 2028, 12, "2024-03-19", None, False),
    (94, "Windpark 94", "wind", "feed_in", 8, "WP7", 2029, 24, "2023-12-12", None, False),
    (118, "Datacentrum 118", "data_centre", "demand", 80, "mv_comm_pload", 2028, 24, "2023-07-04", None, True),
    (20, "Woningbouw 20", "dwellings", "demand", 12, "mv_urban_pload", 2027, 12, "2023-05-16", 3, False),
    (132, "Bedrijvenpark 132", "business_park", "demand", 30, "mv_comm_pload", 2028, 12, "2024-02-27", None, False),
    (44, "Elektrificatie 44", "industry", "demand", 60, "mv_comm_pload", 2029, 24, "2023-11-07", None, True),
    (122, "Woningbouw 122", "dwellings", "demand", 10, "mv_urban_pload", 2029, 12, "2024-06-11", 3, False),
)


def simbench_net() -> Any:
    import simbench

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return simbench.get_simbench_net(CODE)


def named_buses() -> list[int]:
    """Buses that the queue and the contract name, in ascending order; the others need no station."""
    return sorted({CONTRACT_BUS, *(row[0] for row in DEVELOPMENTS)})


def station_id(bus: int) -> str:
    return f"B{bus:03d}"


def stations_rows(net: Any) -> list[dict[str, object]]:
    rows = []
    for bus in named_buses():
        longitude, latitude = json.loads(net.bus.geo[bus])["coordinates"][:2]
        rows.append(
            {
                "station_id": station_id(bus),
                "name": str(net.bus.name[bus]),
                "buses": bus,
                "operator_id": OPERATOR,
                "longitude": longitude,
                "latitude": latitude,
            }
        )
    return rows


def projects_rows() -> list[dict[str, object]]:
    rows = []
    for project_id, name, kind, cost_meur, rank, need_year, status, reason in PROJECTS:
        rows.append(
            {
                "project_id": project_id,
                "name": name,
                "operator_id": OPERATOR,
                "maturity": "concrete" if kind else "research",
                "stage": "design" if kind else "initiation",
                "operator_rank": rank or "",
                "need_year": need_year or "",
                "listed": True,
                "status": status,
                "cost_meur": cost_meur,
                "decide_by_year": "" if kind else 2028,
                "reason": reason,
                "note": "verzonnen; kosten, duur en rang zijn aannames",
            }
        )
    return rows


def phases_rows() -> list[dict[str, object]]:
    columns = (
        "phase", "duration_months", "after", "crews", "cost_share", "delay_mean_months", "delay_sd_months", "lever",
        "work_months",
    )  # fmt: skip
    return [
        {"project_id": project_id, **dict(zip(columns, step, strict=True))}
        for project_id, _, kind, *_ in PROJECTS
        if kind
        for step in PHASES[kind]
    ]


def changes_rows(net: Any) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for project_id, lines in CIRCUITS.items():
        rows += [
            {"project_id": project_id, "action": "replace_line", "element": f"line:{line}", "std_type": UPRATED}
            for line in lines
        ]
        rows.append({"project_id": project_id, "action": "out_for_works", "element": f"line:{lines[0]}"})
    like = net.line.loc[60]
    rows.append(
        {
            "project_id": "B04",
            "action": "add_line",
            "from_bus": int(like.from_bus),
            "to_bus": int(like.to_bus),
            "std_type": str(like.std_type),
            "length_km": round(float(like.length_km), 2),
        }
    )
    for project_id, trafo in (("B06", 2), ("B07", 0)):
        beside = net.trafo.loc[trafo]
        rows.append(
            {
                "project_id": project_id,
                "action": "add_trafo",
                "from_bus": int(beside.hv_bus),
                "to_bus": int(beside.lv_bus),
                "std_type": str(beside.std_type),
            }
        )
    rows.append(
        {
            "project_id": "B09",
            "action": "change_feed_in",
            "station_id": station_id(CONTRACT_BUS),
            "p_mw": -20,
            "profile": "WP10",
        }
    )
    return rows


def developments_rows() -> list[dict[str, object]]:
    columns = (
        "name", "sector", "direction", "p_mw", "profile", "requested_year", "connection_lead_months", "request_date",
        "acm_category", "firm",
    )  # fmt: skip
    rows: list[dict[str, object]] = []
    for number, (bus, *values) in enumerate(DEVELOPMENTS, start=1):
        row = dict(zip(columns, values, strict=True))
        row["acm_category"] = row["acm_category"] or ""
        feed_in = row["direction"] == "feed_in"
        rows.append(
            {"development_id": f"D{number:02d}", "station_id": station_id(bus), **row, "exempt_feed_in": feed_in}
        )
    return rows


def growth_rows() -> list[dict[str, object]]:
    return [
        {"scenario_id": scenario_id, "sector": sector, "year": year, "factor": factor}
        for at, (scenario_id, _, _) in enumerate(SCENARIOS)
        for sector, factors in GROWTH_2035.items()
        for year, factor in ((START_YEAR, 1.0), (END_YEAR, factors[at]))
    ]


def study_texts(net: Any) -> dict[str, str]:
    crew_columns = ("crew_type", "kind", "units", "growth_per_year", "share_taken", "lever")
    years = range(START_YEAR, END_YEAR + 1)
    tables: dict[str, list[dict[str, object]]] = {
        "stations": stations_rows(net),
        "projects": projects_rows(),
        "project_phases": phases_rows(),
        "project_changes": changes_rows(net),
        "crews": [dict(zip(crew_columns, crew, strict=True)) for crew in CREWS],
        "budgets": [{"operator_id": OPERATOR, "year": year, "budget_meur": BUDGET_MEUR} for year in years],
        "developments": developments_rows(),
        "scenarios": [dict(zip(("scenario_id", "name", "note"), row, strict=True)) for row in SCENARIOS],
        "growth": growth_rows(),
    }
    return {**{f"{name}.csv": csv_text(rows) for name, rows in tables.items()}, "study.toml": STUDY_TOML}


def main() -> None:
    folder = Path(__file__).parents[1] / "grids" / STUDY_FOLDER
    write_texts(folder, study_texts(simbench_net()))
    print(f"written: {folder}")


if __name__ == "__main__":
    main()
