# A hub before grid reinforcement: sun, wind and an electrolyser on one right, and a battery at the station.
#
# Run it as it stands, or block by block in a notebook or an editor that knows `# %%`. All numbers are invented.

# %% The grid: one transformer of 40 MVA feeds a station; a second one is what everybody waits for.
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandapower as pp
import pandas as pd

import gridprio
from gridprio.demand.contracts import group_profiles
from gridprio.demand.storage import Battery

folder = Path(tempfile.mkdtemp()) / "hub"
folder.mkdir()
net = pp.create_empty_network(name="hub")
high, low = pp.create_bus(net, vn_kv=110), pp.create_bus(net, vn_kv=20)
pp.create_ext_grid(net, high)
pp.create_transformer(net, high, low, "40 MVA 110/20 kV")
pp.to_json(net, str(folder / "grid.json"))

# %% A year: an evening peak, sun with its seasons, and wind that comes and goes.
hour, rng = np.arange(8760), np.random.default_rng(3)
evening = 0.6 + 0.4 * np.exp(-((((hour % 24) - 18.5) / 2) ** 2))
season = 0.6 - 0.4 * np.cos((hour / 24 - 10) / 365 * 2 * np.pi)
sun = np.clip(np.sin(((hour % 24) - 6) / 12 * np.pi), 0, None) * season
gusts = np.convolve(rng.normal(size=8760 + 35), np.ones(36) / 6, mode="valid")
wind = 1 / (1 + np.exp(-1.5 * gusts + 0.8))
year = pd.DataFrame({"evening": evening / evening.max(), "sun": sun, "wind": wind, "level": 1.0}).round(4)

# %% Requests: both parks, an electrolyser and a business park. Each has to fit as a whole.
requests = pd.DataFrame(
    [
        ("sun", "Solar park", "feed_in", 40, "sun", "2023-01"),
        ("wind", "Wind park", "feed_in", 40, "wind", "2023-06"),
        ("electrolyser", "Electrolyser", "demand", 8, "level", "2024-01"),
        ("business", "Business park", "demand", 6, "level", "2024-06"),
    ],
    columns=["development_id", "name", "direction", "p_mw", "profile", "request_date"],
).assign(station_id="S", sector="new", requested_year=2026, firm=True)

# %% Projects: reinforcement takes five years. The contract and the flexible hours of the electrolyser hold until then;
# the battery is there to stay.
projects = [
    {"project_id": "reinforcement", "name": "Second transformer", "cost_meur": 8, "operator_rank": 1},
    {
        "project_id": "hub",
        "name": "Group contract",
        "cost_meur": 0.2,
        "operator_rank": 2,
        "until_projects": "reinforcement",
    },
    {"project_id": "battery", "name": "Battery at the station", "cost_meur": 9, "operator_rank": 3},
]
months = {"reinforcement": 60, "hub": 9, "battery": 20}
changes = [
    {"project_id": "reinforcement", "action": "add_trafo", "from_bus": high, "to_bus": low,
     "std_type": "40 MVA 110/20 kV"},
    {"project_id": "hub", "action": "group_contract", "members": "sun wind electrolyser", "p_mw": 52},
    {"project_id": "hub", "action": "flexible_contract", "development_id": "electrolyser",
     "hours_of_day": "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14"},
    {"project_id": "battery", "action": "storage", "station_id": "S", "p_mw": 6, "e_mwh": 24},
]  # fmt: skip
(folder / "study.toml").write_text(
    """[study]
name = "hub"
title_nl = "Een energiehub (fictief)"
title_en = "An energy hub (fictional)"
fictional = true
grid = "grid.json"

[settings]
start_year = 2026
end_year = 2032
hours = "all"
security_min_kv = 1000.0
order_basis = "before_status"
search_orders = 0
""",
    encoding="utf-8",
)
for table, rows in (
    ("stations", [{"station_id": "S", "name": "Station", "buses": low}]),
    ("loads", [{"load_id": "L", "station_id": "S", "sector": "now", "direction": "demand", "p_mw": 34,
                "profile": "evening"}]),
    ("developments", requests),
    ("projects", [{"operator_id": "operator", "maturity": "concrete", **row} for row in projects]),
    ("project_phases", [{"project_id": p, "phase": "build", "duration_months": n} for p, n in months.items()]),
    ("project_changes", changes),
    ("scenarios", [{"scenario_id": "one", "name": "One"}]),
    ("profiles", year),
):  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / f"{table}.csv", index=False)
study = gridprio.read_study(folder)

# %% Who is connected when, with reinforcement alone and with all three.
kept = [project.project_id for project in study.projects[:1]]
reinforced = replace(
    study,
    projects=study.projects[:1],
    project_phases=tuple(row for row in study.project_phases if row.project_id in kept),
    project_changes=tuple(row for row in study.project_changes if row.project_id in kept),
)
shown = ["development_id", "earliest_year", "year_without_status", "limiting_element", "lifted_by_project"]
for name, of in (("reinforcement alone", reinforced), ("hub and battery before it", study)):
    run = gridprio.run_study(of, folder.parent / name.replace(" ", "-"))
    outcome = run.outcomes.set_index("order_name").loc["without_status"]
    demand, feed_in = outcome["waiting_mw_years_demand"], outcome["waiting_mw_years_feed_in"]
    print(f"{name}: {demand:.1f} MW-years of demand and {feed_in:.1f} of feed-in wait")
    print(run.connections[shown].to_string(index=False))

# %% What the contract costs the parks: energy beyond the right, without and with a battery of their own behind it
# (an action `storage` with `members` in place of `station_id`).
members = requests.iloc[:3]
shapes, p_mw = year[members["profile"]].to_numpy().T, members["p_mw"].to_numpy(float)
sign = np.where(members["direction"] == "demand", -1, 1).astype(np.int8)
wished_mw = -(sign * p_mw) @ shapes  # demand less feed-in
left_mw = np.maximum(-wished_mw, 0)  # of the parks, after what the electrolyser takes
for right_mw in (60.0, 52.0, 44.0):
    drawn_mw = Battery(p_mw=10, e_mwh=40, efficiency=0.85).drawn_mw(wished_mw, step_h=1.0, right_mw=right_mw)
    profiles = [group_profiles(right_mw, sign, p_mw, p_mw, shapes, drawn) for drawn in (None, drawn_mw)]
    share, with_battery = ((p_mw[:2] @ profile[:2]).sum() / left_mw.sum() for profile in profiles)
    print(f"on {right_mw:.0f} MW {share:.1%} of what the parks have left is fed in, {with_battery:.1%} with a battery")
