# A ring that is run open: what closing it after an outage is worth, today and as a project.
#
#     python open_ring.py FOLDER      # the study is written there; without an argument to a folder of its own

# %% Two feeders of 20 kV from one substation, and a line between their ends with an open switch. After an outage of a
# feeder an operator can close it; a mechanic has to drive there, unless it is controlled from afar.
import sys
import tempfile
from pathlib import Path

import pandapower as pp
import pandas as pd

import gridprio
from gridprio.pipeline.headroom import study_headroom

DEMAND_MW = {1: 2.5, 2: 3.0, 3: 2.0, 4: 3.0}  # peak by bus
net = pp.create_empty_network(sn_mva=100, name="open ring")
for bus in range(5):
    pp.create_bus(net, 20.0, name=f"bus {bus}")
pp.create_ext_grid(net, 0, vm_pu=1.02)
for from_bus, to_bus in ((0, 1), (1, 2), (0, 3), (3, 4), (2, 4)):
    pp.create_line_from_parameters(net, from_bus, to_bus, 3.0, 0.06, 0.11, 300.0, 0.4)
pp.create_switch(net, 4, 4, "l", closed=False)  # switch 0, at line 4

# %% The study. An interruption of 4.5 MW is accepted; behind line 0 there are 5.5 MW, and 2 MW more are asked for.
folder = Path(sys.argv[1]) if __name__ == "__main__" and len(sys.argv) > 1 else Path(tempfile.mkdtemp())
folder.mkdir(parents=True, exist_ok=True)
pp.to_json(net, str(folder / "grid.json"))
(folder / "study.toml").write_text(
    """[study]
name = "open-ring"
title_nl = "Een ring die open wordt bedreven"
title_en = "A ring that is run open"
fictional = true
grid = "grid.json"

[settings]
start_year = 2026
end_year = 2030
order_basis = "unknown"
hours_per_month = 2
security_min_kv = 10.0
interruption_max_mw = 4.5
draws = 1
""",
    encoding="utf-8",
)
stations = [{"station_id": f"S{bus}", "name": f"Station {bus}", "buses": bus} for bus in DEMAND_MW]
loads = [
    {"load_id": f"L{bus}", "station_id": f"S{bus}", "sector": "all", "direction": "demand", "p_mw": mw,
     "profile": "flat", "power_factor": 1.0}
    for bus, mw in DEMAND_MW.items()
]  # fmt: skip
wish = {
    "development_id": "D", "name": "Dwellings", "station_id": "S2", "sector": "housing", "direction": "demand",
    "p_mw": 2.0, "dwellings": 800, "profile": "flat", "requested_year": 2026, "request_date": "2025-01",
}  # fmt: skip

# %% Remote control of the switch is a project: from the month in which it is in service, the switch is closed after an
# outage of any line of the feeders. What could be done already would stand in table outage_actions, with the same
# columns and an action_id.
after_outage = [
    {"project_id": "R", "action": "after_outage", "outage": f"line:{line}", "closes": "switch:0"} for line in range(4)
]
for table, rows in (
    ("stations", stations),
    ("loads", loads),
    ("developments", [wish]),
    ("projects", [{"project_id": "R", "name": "Remote control", "operator_id": "op", "maturity": "concrete"}]),
    ("project_phases", [{"project_id": "R", "phase": "build", "duration_months": 12}]),
    ("project_changes", after_outage),
    ("scenarios", [{"scenario_id": "assumed", "name": "Assumed"}]),
    ("growth", [{"scenario_id": "assumed", "sector": "all", "year": 2026, "factor": 1.0}]),
    ("profiles", {"flat": [1.0] * 8760}),
):
    pd.DataFrame(rows).to_csv(folder / f"{table}.csv", index=False)

# %% Nothing fits at any station today, since an outage interrupts too much already; the project lifts that.
study = gridprio.read_study(folder)
headroom = study_headroom(study)
columns = ["station_id", "headroom_mw", "limiting_branch", "limiting_outage", "lifted_by_project"]
print(headroom[headroom["direction"] == "demand"][columns].drop_duplicates().to_string(index=False))

# %% Over the horizon: what project R takes away, per year that it is there the 2 MW that wait and every insecure hour.
gridprio.run_study(study, folder / "run")
contribution = pd.read_parquet(folder / "run" / "contribution.parquet").query("game == 'fixed_dates'")
worth = contribution.drop_duplicates("metric").set_index("metric")["shapley"]
print(worth[["waiting_mw_years_demand", "overload_mvah", "insecure_hours"]].to_string())
