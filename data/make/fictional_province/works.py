"""Rows of the tables about works: projects, phases, changes, crews, budgets and the stations they add."""

from __future__ import annotations

from data.make.fictional_province.grid import BuiltGrid, ehv_type, station_type
from data.make.fictional_province.phases import phase_rows
from data.make.fictional_province.places import PLACES, PROVINCE_ID, lon_lat
from data.make.fictional_province.portfolio import (
    BUDGET_MEUR,
    CREWS,
    KIKKERVELD_BUS,
    NEW_BUS,
    NEW_STATIONS,
    STREEKNET,
    WORKS,
)
from data.make.fictional_province.weighing import LAND

REGION = {"N": "noord", "M": "midden", "S": "zuid"}


def project_rows() -> list[dict[str, object]]:
    place = {p.station_id: p for p in PLACES}
    rows = []
    for work in WORKS:
        here = place[work.at]
        longitude, latitude = lon_lat(here.u + 0.012, here.v - 0.008)
        permit, land = work.support
        land_ha, planning_status = LAND.get(work.project_id, (0.0, ""))
        rows.append(
            {
                "project_id": work.project_id,
                "name": work.name,
                "operator_id": work.operator,
                "region": REGION[work.at[0]],
                "province_id": PROVINCE_ID,
                "municipality_id": here.municipality_id,
                "station_id": work.at,
                "carrier": work.carrier,
                "maturity": work.maturity,
                "stage": work.stage,
                "tier": 0 if work.start else 2 if work.status else 3,
                "operator_rank": work.rank or "",
                "need_year": work.need or "",
                "listed": work.listed,
                "status": work.status,
                "status_from": work.status_from,
                "support_permit_months": permit,
                "support_land_months": land,
                "cost_meur": work.cost_meur,
                "requires": work.requires,
                "excludes": work.excludes,
                "decide_by_year": work.decide_by or "",
                "informs": work.informs,
                "land_ha": land_ha,
                "planning_status": planning_status,
                "longitude": longitude,
                "latitude": latitude,
                "decision": "prioriteit" if work.status else "opgenomen",
                "decided_by": "Provinciale Staten van Merelland (fictief)",
                "decided_on": "2025-11-20",
                "document": "pMIEK Merelland 2026 (fictief)",
                "reason": work.reason,
                "note": "fictief; kosten en duur zijn aannames",
            }
        )
    return rows


def project_phase_rows() -> list[dict[str, object]]:
    return [
        row for work in WORKS if work.kind for row in phase_rows(work.project_id, work.kind, work.stage, work.start)
    ]


def change_rows(built: BuiltGrid) -> list[dict[str, object]]:
    """Grid and demand changes; columns that an action does not use are left out."""
    rows: list[dict[str, object]] = []

    def add(project_id: str, action: str, **columns: object) -> None:
        rows.append({"project_id": project_id, "action": action, **columns})

    def add_trafo(project_id: str, station_id: str) -> None:
        here = next(p for p in PLACES if p.station_id == station_id)
        hv, mv = built.hv_bus[station_id], built.mv_bus[station_id]
        add(project_id, "add_trafo", from_bus=hv, to_bus=mv, std_type=station_type(here))

    def add_ehv_trafo(project_id: str, infeed_id: str, mva: int) -> None:
        hv, lv = built.ehv_bus[infeed_id], built.hv_bus[infeed_id]
        add(project_id, "add_trafo", from_bus=hv, to_bus=lv, std_type=ehv_type(mva))

    def uprate(project_id: str, a: str, b: str, std_type: str) -> None:
        for line in built.lines[a, b]:
            add(project_id, "replace_line", element=f"line:{line}", std_type=std_type)
        # One circuit at a time; that of the second is taken as equal to that of the first.
        add(project_id, "out_for_works", element=built.element(a, b))

    def new_line(project_id: str, a: str, b: str, std_type: str, length_km: float) -> None:
        add(
            project_id,
            "add_line",
            from_bus=built.hv_bus[a],
            to_bus=built.hv_bus[b],
            std_type=std_type,
            length_km=length_km,
        )

    def new_station(project_id: str, station_id: str, feeder: str, length_km: float, shares: dict[str, float]) -> None:
        hv, mv = NEW_BUS[project_id]
        add(project_id, "add_bus", bus=hv, vn_kv=150)
        add(project_id, "add_bus", bus=mv, vn_kv=20, station_id=station_id)
        add(
            project_id,
            "add_line",
            from_bus=built.hv_bus[feeder],
            to_bus=hv,
            std_type="Cable 150 kV 200 MVA",
            length_km=length_km,
            parallel=2,
        )
        add(project_id, "add_trafo", from_bus=hv, to_bus=mv, std_type="80 MVA 150/20 kV", parallel=2)
        for source, share in shares.items():
            add(project_id, "transfer_load", station_id=source, to_station_id=station_id, share=share)

    add_ehv_trafo("L01", "ZWK", 500)
    add_ehv_trafo("L02", "RVO", 450)
    add_ehv_trafo("L03", "EGB", 450)
    new_line("L04", "ZWK", "N04", "OHL 150 kV 400 MVA", 12.0)
    uprate("L05", "S06", "S07", "OHL 150 kV 400 MVA")
    new_line("L06", "RVO", "M03", "Cable 150 kV 300 MVA", 9.0)
    uprate("L07", "S01", "S02", "OHL 150 kV 250 MVA")
    uprate("L08", "M03", "M02", "OHL 150 kV 250 MVA")
    new_line("L09", "ZWK", "N09", "OHL 150 kV 250 MVA", 34.0)
    add("L10", "add_bus", bus=KIKKERVELD_BUS, vn_kv=380)
    add(
        "L10",
        "add_line",
        from_bus=built.ehv_bus["EGB"],
        to_bus=KIKKERVELD_BUS,
        std_type="OHL 380 kV 2000 MVA",
        length_km=33.0,
        parallel=2,
    )
    add("L10", "add_trafo", from_bus=KIKKERVELD_BUS, to_bus=built.hv_bus["S02"], std_type=ehv_type(500), parallel=2)
    for project_id, station_id in (
        ("K01", "N04"), ("K02", "M10"), ("K03", "S06"), ("K04", "N02"), ("K05", "M07"), ("K06", "M05"), ("K07", "S03"),
        ("K08", "M03"), ("K09", "M04"), ("K10", "N08"), ("K11", "S04"), ("K13", "M06"), ("K14", "N10"), ("K17", "S07"),
    ):  # fmt: skip
        add_trafo(project_id, station_id)
    for trafo in built.trafos["N10"]:
        add("K12", "replace_trafo", element=f"trafo:{trafo}", std_type="100 MVA 150/20 kV")
    new_station("K15", "M11", "M05", 5.0, {"M05": 0.25})
    new_station("K16", "N11", "N04", 6.0, {"N04": 0.30})
    add("K18", "change_demand", station_id="M10", p_mw=-10, profile="business_park")
    add("H01", "change_demand", station_id="N02", p_mw=-8, profile="heat_pump")
    add("H02", "change_demand", station_id="S04", p_mw=-10, profile="heat_pump")
    add("H03", "change_demand", station_id="N07", p_mw=5, profile="industry")
    add("W01", "change_demand", station_id="N09", p_mw=25, profile="electrolyser")
    return rows


def new_station_rows() -> list[dict[str, object]]:
    rows = []
    for station_id, name, project_id, municipality_id, u, v in NEW_STATIONS:
        longitude, latitude = lon_lat(u, v)
        rows.append(
            {
                "station_id": station_id,
                "name": f"{name} (nieuw)",
                "buses": NEW_BUS[project_id][1],
                "operator_id": STREEKNET,
                "municipality_id": municipality_id,
                "province_id": PROVINCE_ID,
                "areas": "",
                "longitude": longitude,
                "latitude": latitude,
            }
        )
    return rows


def crew_rows() -> list[dict[str, object]]:
    columns = ("crew_type", "region", "kind", "units", "growth_per_year", "share_taken", "lever")
    return [dict(zip(columns, crew, strict=True)) for crew in CREWS]


def budget_rows(first_year: int, last_year: int) -> list[dict[str, object]]:
    return [
        {"operator_id": operator, "year": year, "budget_meur": round(first + growth * (year - first_year), 1)}
        for operator, (first, growth) in BUDGET_MEUR.items()
        for year in range(first_year, last_year + 1)
    ]
