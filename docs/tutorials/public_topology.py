# A researcher with a public topology: where would a grid be full of which only the map is known?
#
#     python public_topology.py FOLDER STUDY    # FOLDER: buses.csv, lines.csv, transformers.csv; STUDY: made by this
#
# Run it as it stands, without arguments, for an invented map of eight places.

# %% Three tables, as extracts of OpenStreetMap have them (SciGRID and others). What they lack is assumed below.
import math
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandapower as pp
import pandas as pd

import gridprio
from gridprio.pipeline.headroom import study_headroom

BUSES = """bus_id,voltage_kv,lon,lat,type
A380,380,4.5,52.0,station
B380,380,5.5,52.0,station
A150,150,4.5,52.0,station
B150,150,5.5,52.0,station
C150,150,4.7,52.3,station
D150,150,5.0,52.4,station
J150,150,5.1,52.2,joint
E150,150,5.3,52.3,station
"""
LINES = """line_id,from_bus,to_bus,voltage_kv,circuits,length_km
1,A380,B380,380,2,70
2,A150,C150,150,2,36
3,C150,D150,150,1,23
4,D150,J150,150,1,24
5,J150,E150,150,1,18
6,E150,B150,150,2,37
7,J150,B150,150,1,40
"""
TRANSFORMERS = """trafo_id,hv_bus,lv_bus,vn_hv_kv,vn_lv_kv
a,A380,A150,380,150
b,B380,B150,380,150
"""
given = [Path(part) for part in sys.argv[1:]] if __name__ == "__main__" else []
folder, out = given or [Path(tempfile.mkdtemp()) for _ in range(2)]
if not given:
    for name, text in (("buses", BUSES), ("lines", LINES), ("transformers", TRANSFORMERS)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
buses, lines, trafos = (pd.read_csv(folder / f"{name}.csv") for name in ("buses", "lines", "transformers"))

# %% Assumptions, all of them typical values and none of this grid: look at these first when a result surprises you.
# kV: ohm/km, ohm/km, nF/km, kA per circuit (380 kV: 2,500 A is 1,645 MVA; 150 kV: 1,000 A is 260 MVA)
CIRCUIT = {380: (0.02, 0.26, 13.8, 2.5), 220: (0.05, 0.30, 12.0, 1.5), 150: (0.08, 0.38, 9.5, 1.0),
           110: (0.09, 0.39, 9.3, 0.8), 50: (0.16, 0.36, 9.5, 0.4)}  # fmt: skip
# hv, lv: MVA of one transformer, short-circuit voltage in %, transformers side by side
TRANSFORMER = {(380, 220): (750, 14, 2), (380, 150): (500, 16, 3), (380, 110): (500, 16, 2),
               (220, 110): (370, 14, 2), (150, 50): (100, 14, 2)}  # fmt: skip
PEAK_MW = 20.0  # of each station below 220 kV. Such maps lack cables, so with more the lines that are there overload.
POWER_FACTOR = 0.98
YEAR = 2026

# %% The net: a line for each circuit and a transformer for each unit, so that one of them can fail. Generators at the
# highest voltage share the load equally and follow it; the first of these stations holds the angle.
net = pp.create_empty_network(name="public topology")
index = {}
for row in buses.itertuples():
    geodata = (row.lon, row.lat)
    index[row.bus_id] = pp.create_bus(net, vn_kv=row.voltage_kv, name=row.bus_id, geodata=geodata)
for row in lines.itertuples():
    r, x, c, ka = CIRCUIT[row.voltage_kv]
    for circuit in range(row.circuits):
        pp.create_line_from_parameters(
            net, index[row.from_bus], index[row.to_bus], max(row.length_km, 0.1), r, x, c, ka,
            name=f"{row.line_id}-{circuit + 1}",
        )  # fmt: skip
for row in trafos.itertuples():
    mva, vk, units = TRANSFORMER[row.vn_hv_kv, row.vn_lv_kv]
    for unit in range(units):
        pp.create_transformer_from_parameters(
            net, index[row.hv_bus], index[row.lv_bus], mva, row.vn_hv_kv, row.vn_lv_kv, 0.3, vk, 0.05 * mva, 0.05,
            name=f"{row.trafo_id}-{unit + 1}",
        )  # fmt: skip
of_station = buses[buses["type"] == "station"]
top = of_station[of_station["voltage_kv"] == buses["voltage_kv"].max()]
drawing = of_station[of_station["voltage_kv"] < 220]
share_mw = PEAK_MW * len(drawing) / len(top)
for number, bus_id in enumerate(top["bus_id"]):
    if number == 0:
        pp.create_ext_grid(net, index[bus_id], vm_pu=1.03, name=bus_id)
    else:
        pp.create_gen(net, index[bus_id], share_mw, vm_pu=1.03, name=bus_id)
net.gen["profile"] = "load"

# %% The year: a day and a season, invented.
hour = np.arange(8760)
day = 0.75 + 0.25 * np.sin((hour % 24 - 12) / 24 * 2 * math.pi)
season = 0.85 + 0.15 * np.cos(hour / 8760 * 2 * math.pi)
load = day * season / (day * season).max()

# %% The study folder: every station below 220 kV draws, nobody waits, and there is one project to try: a second
# circuit beside the longest line that has only one.
out.mkdir(parents=True, exist_ok=True)
pp.to_json(net, str(out / "grid.json"))
assumed = "typical values per voltage level, see public_topology.py"
(out / "study.toml").write_text(
    f"""[study]
name = "public-topology"
title_nl = "Openbare topologie met aangenomen parameters"
title_en = "Public topology with assumed parameters"
fictional = true
sources = ["Topology: the three tables", "Impedances, ratings, loads, feed-in: {assumed}"]
grid = "grid.json"

[settings]
start_year = {YEAR}
end_year = {YEAR}
order_basis = "unknown"
hours_per_month = 2
""",
    encoding="utf-8",
)
stations = [
    {"station_id": row.bus_id, "name": row.bus_id, "buses": index[row.bus_id], "longitude": row.lon,
     "latitude": row.lat, "assumed": True}
    for row in drawing.itertuples()
]  # fmt: skip
loads = [
    {"load_id": row.bus_id, "station_id": row.bus_id, "sector": "all", "direction": "demand", "p_mw": PEAK_MW,
     "profile": "load", "power_factor": POWER_FACTOR}
    for row in drawing.itertuples()
]  # fmt: skip
single = lines[(lines["circuits"] == 1) & (lines["voltage_kv"] < 220)]
longest = single.loc[single["length_km"].idxmax()]
second_circuit = {
    "project_id": "P1", "action": "add_line", "std_type": "490-AL1/64-ST1A 110.0",
    "from_bus": index[longest["from_bus"]], "to_bus": index[longest["to_bus"]],
    "length_km": round(longest["length_km"], 1),
}  # fmt: skip
named = f"Second circuit {longest['from_bus']} - {longest['to_bus']}"
for table, rows in (
    ("projects", [{"project_id": "P1", "name": named, "operator_id": "operator", "maturity": "concrete"}]),
    ("project_phases", [{"project_id": "P1", "phase": "build", "duration_months": 12}]),
    ("project_changes", [second_circuit]),
    ("stations", stations),
    ("loads", loads),
    ("scenarios", [{"scenario_id": "assumed", "name": "Assumed"}]),
    ("growth", [{"scenario_id": "assumed", "sector": "all", "year": YEAR, "factor": 1.0}]),
    ("profiles", {"load": load.round(4)}),
):
    pd.DataFrame(rows).to_csv(out / f"{table}.csv", index=False)

# %% What fits at each station, and what holds it back.
study = gridprio.read_study(out)
headroom = study_headroom(study)
print(headroom.groupby("direction")["headroom_mw"].describe().round(1).to_string())
for direction, rows in headroom.groupby("direction"):
    print(direction, rows["limiting_branch"].value_counts().head(3).to_dict())
columns = ["station_id", "direction", "headroom_mw", "limiting_branch", "limiting_outage", "lifted_by_project"]
print(headroom[columns].head(8).to_string(index=False))
