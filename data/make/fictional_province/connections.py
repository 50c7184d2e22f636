"""Who is connected and who wants to be: loads of 2026, growth per scenario, drivers and the queue of developments."""

from __future__ import annotations

import numpy as np
import pandas as pd
from data.make.fictional_province.places import PLACES, Place

BASE_YEAR = 2026
POWER_FACTOR = 0.98

PROFILE_OF_SECTOR = {
    "households": "households",
    "services": "services",
    "heat_pumps": "heat_pump",
    "ev": "ev",
    "industry": "industry",
    "greenhouse": "greenhouse",
    "data_centre": "data_centre",
}

MIX = {
    # MW of annual peak per sector before scaling to the station (assumption); profiles do not peak together.
    "urban": {"households": 30, "services": 25, "heat_pumps": 5, "ev": 5, "industry": 8},
    "rural": {"households": 22, "services": 8, "heat_pumps": 5, "ev": 4, "industry": 5},
    "industry": {"households": 6, "services": 10, "ev": 2, "industry": 60},
    "greenhouse": {"households": 10, "services": 5, "heat_pumps": 1.5, "ev": 2, "greenhouse": 60},
    "campus": {"households": 20, "services": 20, "heat_pumps": 3, "ev": 3, "data_centre": 50},
    "logistics": {"households": 15, "services": 30, "heat_pumps": 2, "ev": 10, "industry": 15},
}

CONTRACTED_UNUSED_SHARE = {"industry": 0.10, "greenhouse": 0.08, "data_centre": 0.25}
"""Contracted and not yet used, share of the peak, taken up by 2032 (assumption)."""

SCENARIOS = (
    ("KM", "Koersvaste Middenweg", "beleid gaat door zoals voorgenomen / policy as intended"),
    ("EV", "Eigen Vermogen", "veel eigen opwek en elektrificatie / own generation and electrification"),
    ("GB", "Gezamenlijke Balans", "Europese samenwerking, besparing / European cooperation, savings"),
    ("HA", "Horizon Aanvoer", "aanvoer van moleculen, minder elektrificatie / imported molecules, less electric"),
)

GROWTH_2035_2040 = {
    # factor against 2026 in 2035 and 2040 per scenario KM, EV, GB, HA: assumptions of this fictional study
    "households": ((1.03, 1.05), (1.05, 1.08), (1.00, 1.00), (1.01, 1.02)),
    "services": ((1.04, 1.07), (1.07, 1.12), (1.00, 1.00), (1.02, 1.03)),
    "heat_pumps": ((1.9, 2.4), (2.3, 2.9), (1.8, 2.2), (1.4, 1.6)),
    "ev": ((2.1, 2.8), (2.3, 3.1), (1.9, 2.5), (1.6, 2.0)),
    "industry": ((1.10, 1.18), (1.18, 1.32), (1.06, 1.12), (1.03, 1.05)),
    "greenhouse": ((1.06, 1.10), (1.12, 1.20), (1.04, 1.06), (1.00, 1.00)),
    "data_centre": ((1.15, 1.20), (1.25, 1.35), (1.10, 1.15), (1.10, 1.15)),
    "solar": ((1.15, 1.25), (1.35, 1.60), (1.20, 1.30), (1.10, 1.15)),
    "wind": ((1.00, 1.05), (1.10, 1.20), (1.00, 1.05), (1.00, 1.00)),
}

DRIVERS = (
    ("hydrogen", "electrolyser", ((2030, 1.0), (2035, 1.6), (2040, 2.0))),
    ("heat_grids", "heat_pumps", ((2028, 1.0), (2035, 0.80), (2040, 0.70))),
    ("defence", "defence", ((2028, 1.0), (2032, 1.5), (2040, 2.0))),
    ("housing_pace", "dwellings", ((2027, 1.0), (2032, 1.25), (2040, 1.25))),
    ("smr", "smr", ((2036, 1.0), (2040, 2.0))),
)


def station_loads(place: Place, profiles: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of `loads`: the mix scaled so that the coincident peak of 2026 is `firm_use` of the firm capacity."""
    mix = {sector: float(mw) for sector, mw in MIX[place.kind].items()}
    coincident = sum(mw * profiles[PROFILE_OF_SECTOR[sector]].to_numpy() for sector, mw in mix.items()).max()
    scale = place.firm_use * (place.n_trafo - 1) * place.mva * POWER_FACTOR / coincident
    rows: list[dict[str, object]] = []
    for sector, mw in mix.items():
        p_mw = round(mw * scale, 1)
        unused = round(p_mw * CONTRACTED_UNUSED_SHARE.get(sector, 0.0), 1)
        rows.append(load_row(place, sector, "demand", p_mw, PROFILE_OF_SECTOR[sector], unused))
    for sector, p_mw in (("solar", place.solar_mw), ("wind", place.wind_mw)):
        if p_mw:
            rows.append(load_row(place, sector, "feed_in", p_mw, sector, 0.0))
    return rows


def load_row(
    place: Place, sector: str, direction: str, p_mw: float, profile: str, unused_mw: float
) -> dict[str, object]:
    return {
        "load_id": f"{place.station_id}-{sector}",
        "station_id": place.station_id,
        "sector": sector,
        "direction": direction,
        "p_mw": p_mw,
        "contracted_unused_mw": unused_mw,
        "uptake_end_year": 2032 if unused_mw else "",
        "profile": profile,
        "power_factor": POWER_FACTOR if direction == "demand" else 0.99,
        "exempt_feed_in": direction == "feed_in",
    }


def loads_rows(profiles: pd.DataFrame) -> list[dict[str, object]]:
    return [row for place in PLACES for row in station_loads(place, profiles)]


def scenarios_rows() -> list[dict[str, object]]:
    return [
        {"scenario_id": scenario_id, "name": name, "note": f"aanname / assumption: {note}"}
        for scenario_id, name, note in SCENARIOS
    ]


def growth_rows() -> list[dict[str, object]]:
    rows = []
    for at, (scenario_id, _, _) in enumerate(SCENARIOS):
        for sector, factors in GROWTH_2035_2040.items():
            for year, factor in ((BASE_YEAR, 1.0), (2035, factors[at][0]), (2040, factors[at][1])):
                rows.append({"scenario_id": scenario_id, "sector": sector, "year": year, "factor": factor})
    return rows


def drivers_rows() -> list[dict[str, object]]:
    return [
        {"driver_id": driver_id, "sector": sector, "year": year, "factor": factor}
        for driver_id, sector, steps in DRIVERS
        for year, factor in steps
    ]


# kind: sector, direction, profile, unit, mw_per_unit, ramp years, lead months, ACM category, firm
# Megawatts per unit are assumptions of this study: dwellings all-electric after coincidence, business parks per
# hectare (no citable figure exists), charging per fast charger after coincidence.
KINDS: dict[str, tuple[str, str, str, str, float, int, int, int | None, bool]] = {
    "dwellings": ("dwellings", "demand", "heat_pump", "woningen", 0.0018, 5, 12, 3, False),
    "care": ("care", "demand", "services", "ha", 0.20, 2, 12, 3, False),
    "business_park": ("business_park", "demand", "business_park", "ha", 0.35, 6, 18, None, False),
    "charging": ("ev_charging", "demand", "charging_hub", "snelladers", 0.15, 4, 12, None, False),
    "industry": ("industry", "demand", "industry", "MW", 1.0, 3, 24, None, True),
    "data_centre": ("data_centre", "demand", "data_centre", "MW", 1.0, 4, 24, None, True),
    "electrolyser": ("electrolyser", "demand", "electrolyser", "MW", 1.0, 2, 30, None, True),
    "e_boiler": ("industry", "demand", "e_boiler", "MW", 1.0, 0, 18, None, True),
    "defence": ("defence", "demand", "services", "MW", 1.0, 3, 18, 2, False),
    "storage_in": ("storage", "demand", "storage_charging", "MW", 1.0, 0, 18, 1, True),
    "storage_out": ("storage", "feed_in", "storage_discharging", "MW", 1.0, 0, 18, None, True),
    "solar": ("solar", "feed_in", "solar", "ha", 0.9, 1, 18, None, False),
    "wind": ("wind", "feed_in", "wind", "turbines", 5.6, 1, 24, None, False),
    "smr": ("smr", "feed_in", "data_centre", "MW", 1.0, 0, 24, None, True),
}

# station, kind, name, size, requested year, request date
DEVELOPMENTS: tuple[tuple[str, str, str, float, int, str], ...] = (
    ("N01", "industry", "Elektrificatie papierfabriek", 30, 2029, "2024-03-11"),
    ("N01", "e_boiler", "E-boiler havenbedrijf", 25, 2028, "2024-09-02"),
    ("N01", "business_park", "Havenkwartier Oost", 40, 2027, "2023-05-20"),
    ("N01", "storage_out", "Batterij Haven, teruglevering", 30, 2028, "2024-02-14"),
    ("N02", "dwellings", "Woonwijk De Oeverlanden", 2200, 2028, "2023-10-04"),
    ("N02", "care", "Streekziekenhuis Ottermonde", 18, 2029, "2024-06-18"),
    ("N02", "charging", "Laadplein Centrum", 40, 2027, "2023-08-30"),
    ("N03", "solar", "Zonneveld Zuiderveld", 70, 2027, "2022-11-15"),
    ("N03", "dwellings", "Dorpsuitbreiding Zuiderveld", 600, 2028, "2024-01-22"),
    ("N04", "dwellings", "Woonwijk Kraanwolde Oost", 1800, 2027, "2022-12-01"),
    ("N04", "business_park", "Bedrijvenpark De Wissel", 30, 2028, "2023-02-17"),
    ("N04", "charging", "Busremise Kraanwolde", 50, 2029, "2024-04-09"),
    ("N05", "wind", "Windpark Dijkzicht", 9, 2029, "2022-06-30"),
    ("N05", "solar", "Zonneveld Dijkweide", 40, 2028, "2023-03-08"),
    ("N06", "dwellings", "Woonwijk Zijlpoort", 1500, 2029, "2024-02-28"),
    ("N06", "business_park", "Bedrijvenpark Sperwer", 25, 2027, "2023-09-12"),
    ("N06", "defence", "Kazerne Sperwerzijl", 12, 2030, "2025-01-15"),
    ("N07", "industry", "Kascluster uitbreiding", 28, 2028, "2023-07-07"),
    ("N07", "storage_in", "Batterij Kassen, afname", 25, 2027, "2024-08-19"),
    ("N07", "solar", "Zonnedaken Kassen", 35, 2028, "2023-11-21"),
    ("N08", "dwellings", "Woonwijk Westrand", 1300, 2027, "2023-01-30"),
    ("N08", "charging", "Laadhub A-Ring", 60, 2028, "2023-06-14"),
    ("N09", "wind", "Windpark Energiepark II", 14, 2029, "2022-04-12"),
    ("N09", "solar", "Zonneveld Energiepark", 90, 2028, "2022-09-05"),
    ("N09", "electrolyser", "Elektrolyser Energiepark", 25, 2030, "2024-05-23"),
    ("N10", "solar", "Zonneveld Meerkant", 60, 2027, "2022-10-18"),
    ("N10", "storage_out", "Batterij Meerkant, teruglevering", 20, 2029, "2024-07-01"),
    ("M01", "dwellings", "Woonwijk Noorderkroon", 1600, 2028, "2023-04-03"),
    ("M01", "business_park", "Bedrijvenpark Noord", 22, 2029, "2024-03-27"),
    ("M02", "wind", "Windpark Polder", 8, 2028, "2022-08-24"),
    ("M02", "solar", "Zonneveld Polder", 45, 2027, "2023-05-11"),
    ("M03", "data_centre", "Datacentrum Campus II", 55, 2029, "2023-12-13"),
    ("M03", "dwellings", "Campuswoningen", 900, 2028, "2024-06-05"),
    ("M04", "dwellings", "Stationsgebied Distelrade", 2600, 2028, "2022-11-29"),
    ("M04", "care", "Zorgpark Distelrade", 15, 2029, "2023-10-26"),
    ("M04", "charging", "Laadplein West", 45, 2027, "2023-03-16"),
    ("M05", "industry", "Elektrische smeltoven", 45, 2030, "2023-09-28"),
    ("M05", "industry", "Waterbehandeling en pompen", 15, 2028, "2022-12-20"),
    ("M05", "e_boiler", "E-boiler zuivel", 30, 2029, "2024-01-09"),
    ("M05", "storage_in", "Batterij Industrie, afname", 30, 2028, "2024-10-10"),
    ("M06", "solar", "Zonneveld Heiderand", 75, 2027, "2022-05-17"),
    ("M06", "solar", "Zonneveld Zandpad", 50, 2029, "2024-02-06"),
    ("M06", "storage_out", "Batterij Heiderand, teruglevering", 25, 2028, "2024-09-17"),
    ("M07", "dwellings", "Woonwijk Holtveld", 1400, 2027, "2023-02-02"),
    ("M07", "business_park", "Bedrijvenpark Holtveld", 20, 2028, "2023-08-08"),
    ("M08", "solar", "Zonneveld Veenkade", 85, 2028, "2022-07-19"),
    ("M08", "wind", "Windpark Veen", 6, 2030, "2023-11-02"),
    ("M08", "electrolyser", "Elektrolyser Veen", 30, 2031, "2024-11-12"),
    ("M09", "dwellings", "Woonwijk Geesterpark", 1700, 2029, "2024-03-05"),
    ("M09", "business_park", "Kantorenpark Geest", 18, 2027, "2023-06-27"),
    ("M10", "charging", "Truckladen Logistiek park", 120, 2028, "2023-01-12"),
    ("M10", "business_park", "Logistiek park fase 3", 55, 2027, "2022-10-06"),
    ("M10", "data_centre", "Datacentrum Logistiek", 40, 2030, "2024-08-29"),
    ("M10", "solar", "Zonnedaken Logistiek", 40, 2027, "2023-07-25"),
    ("S01", "dwellings", "Woonwijk Elzenhof", 1500, 2028, "2023-05-04"),
    ("S01", "defence", "Marinesteunpunt Elzenmonde", 10, 2029, "2025-02-11"),
    ("S01", "business_park", "Bedrijvenpark Monde", 24, 2028, "2024-04-22"),
    ("S02", "industry", "Elektrische kraker", 70, 2031, "2023-06-08"),
    ("S02", "industry", "Chloorlijn elektrificatie", 25, 2028, "2022-09-22"),
    ("S02", "smr", "Kleine kernreactor Elzenmonde", 150, 2037, "2025-03-18"),
    ("S03", "solar", "Zonneveld Weidezicht", 80, 2028, "2022-06-09"),
    ("S03", "solar", "Zonneveld Uiterwaard", 55, 2030, "2024-05-30"),
    ("S04", "dwellings", "Binnenstad Dassenhem", 3000, 2027, "2022-11-08"),
    ("S04", "care", "Universitair zorgcentrum", 20, 2028, "2023-09-19"),
    ("S04", "charging", "Stadslogistiek laden", 55, 2028, "2024-01-31"),
    ("S04", "business_park", "Kenniskwartier", 28, 2029, "2024-06-24"),
    ("S05", "dwellings", "Woonwijk Zuidrand", 1100, 2028, "2023-12-07"),
    ("S05", "charging", "Laadhub Zuid", 30, 2029, "2024-02-20"),
    ("S06", "dwellings", "Woonwijk Wielepoort", 1300, 2027, "2023-03-23"),
    ("S06", "business_park", "Bedrijvenpark Wiel", 20, 2027, "2022-12-15"),
    ("S07", "solar", "Zonneveld Akkerland", 95, 2027, "2022-05-31"),
    ("S07", "wind", "Windpark Akker", 7, 2029, "2023-10-17"),
    ("S07", "storage_out", "Batterij Akker, teruglevering", 30, 2028, "2024-07-16"),
    ("S08", "dwellings", "Woonwijk Fazantenhof", 1900, 2029, "2024-01-16"),
    ("S08", "business_park", "Bedrijvenpark Oost", 26, 2028, "2023-04-25"),
    ("S08", "storage_in", "Batterij Oost, afname", 20, 2028, "2024-09-26"),
    ("S09", "electrolyser", "Elektrolyser Waterstofkade", 90, 2030, "2023-02-09"),
    ("S09", "industry", "Groene ammoniak", 25, 2031, "2024-03-14"),
    ("S09", "wind", "Windpark Kade", 8, 2029, "2022-08-11"),
    ("S10", "wind", "Windpark Bosrand", 6, 2028, "2023-06-01"),
    ("S10", "solar", "Zonneveld Bosrand", 45, 2029, "2023-11-09"),
    ("S10", "dwellings", "Dorpsuitbreiding Bos", 500, 2028, "2024-05-14"),
)


def developments_rows() -> list[dict[str, object]]:
    municipality = {place.station_id: place.municipality_id for place in PLACES}
    rows = []
    for number, (station_id, kind, name, size, year, date) in enumerate(DEVELOPMENTS, start=1):
        sector, direction, profile, unit, mw_per_unit, ramp, lead, category, firm = KINDS[kind]
        rows.append(
            {
                "development_id": f"D{number:02d}",
                "name": name,
                "station_id": station_id,
                "municipality_id": municipality[station_id],
                "sector": sector,
                "direction": direction,
                "size": size,
                "mw_per_unit": mw_per_unit,
                "dwellings": int(size) if kind == "dwellings" else 0,
                "profile": profile,
                "power_factor": 0.99 if direction == "feed_in" else 0.97 if sector == "industry" else POWER_FACTOR,
                "requested_year": year,
                "ramp_years": ramp,
                "connection_lead_months": lead,
                "connection_class": "small" if kind == "dwellings" else "large",
                "acm_category": category or "",
                "request_date": date,
                "firm": firm,
                "exempt_feed_in": direction == "feed_in",
                "note": f"kengetal (aanname) per {unit}",
            }
        )
    return rows


def winter_peak_mw(profiles: pd.DataFrame) -> dict[str, float]:
    """Coincident peak demand per station in 2026, for the snapshot in grid.json."""
    peak = {}
    for place in PLACES:
        rows = [row for row in station_loads(place, profiles) if row["direction"] == "demand"]
        series = sum(float(str(row["p_mw"])) * profiles[str(row["profile"])].to_numpy() for row in rows)
        peak[place.station_id] = float(np.max(series))
    return peak
