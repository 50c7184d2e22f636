"""All files of the study as texts, so that a test can compare them with the folder."""

from __future__ import annotations

import json

import pandas as pd
from data.make.fictional_province import connections, measurements, places, weighing, works
from data.make.fictional_province.grid import build_grid, grid_json, set_snapshot
from data.make.write import csv_text

STUDY_FOLDER = "fictional-province"
START_YEAR, END_YEAR = 2026, 2040

STUDY_TOML = f"""\
[study]
name = "fictional-province"
title_nl = "Fictieve provincie Merelland"
title_en = "Fictional province of Merelland"
fictional = true
sources = [
  "Verzonnen net, plaatsen, plannen en projecten (data/make/fictional_province) / invented by a seeded script",
  "Aandelen van soorten projecten naar TNO/PBL 2025 / shares of kinds of projects after TNO/PBL 2025",
  "Profielen: BDEW-standaardprofielen (demandlib), pvlib en formules / BDEW standard profiles, pvlib, formulas",
]
grid = "grid.json"

[settings]
start_year = {START_YEAR}
end_year = {END_YEAR}
order_basis = "before_status"
rule = "head_start"
bindingness = 0.3
status_from = "2026-01"
hours_per_month = 5
draws = 10
seed = 1
"""


def study_texts(profiles: pd.DataFrame) -> dict[str, str]:
    built = build_grid()
    set_snapshot(built, connections.winter_peak_mw(profiles))
    area_rows = [dict(zip(("area_id", "name", "kind"), area, strict=True)) for area in places.AREAS]
    tables = {
        "stations": places.stations_rows(built.mv_bus) + works.new_station_rows(),
        "loads": connections.loads_rows(profiles),
        "projects": works.project_rows(),
        "project_phases": works.project_phase_rows(),
        "project_changes": works.change_rows(built),
        "crews": works.crew_rows(),
        "budgets": works.budget_rows(START_YEAR, END_YEAR),
        "developments": connections.developments_rows(),
        "scenarios": connections.scenarios_rows(),
        "growth": connections.growth_rows(),
        "drivers": connections.drivers_rows(),
        "areas": area_rows,
        "criteria": weighing.criteria_rows(),
        "scores": weighing.scores_rows(),
        "principles": weighing.principles_rows(),
        "measurements": measurements.measurements_rows(),
        "assumptions": weighing.assumptions_rows(),
    }
    texts = {f"{name}.csv": csv_text(rows) for name, rows in tables.items()}
    texts["study.toml"] = STUDY_TOML
    texts["grid.json"] = grid_json(built)
    texts["municipalities.geojson"] = json.dumps(places.municipalities_geojson(), ensure_ascii=False, indent=1) + "\n"
    return texts
