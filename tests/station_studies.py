"""A small invented study of stations as text: two regional areas under one transmission area, one project each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

TEXTS = {
    "study.toml": """[study]
name = "stations"
mode = "stations"
fictional = true

[settings]
start_year = 2026
end_year = 2033
order_basis = "before_status"
draws = 2
max_draws = 2
placebo_lists = 0
search_orders = 0
shapley_blocks = 0
""",
    "areas.csv": """area_id,name,kind,parents,operator_id
top,Transmission,transmission,,high
west,West,regional,top,low
east,East,regional,top,low
""",
    "station_capacity.csv": """area_id,direction,year,capacity_mw,contracted_mw,queue_mw,published_year,source
top,demand,2026,100,80,,2031,capacity map (invented)
west,demand,2026,50,40,20,2029,capacity map (invented)
east,demand,2026,60,40,10,2029,capacity map (invented)
west,feed_in,2026,30,20,,,capacity map (invented)
""",
    "stations.csv": """station_id,name,areas,operator_id,municipality_id,province_id
w,West,west,low,m1,p
e,East,east,low,m2,p
""",
    "projects.csv": """project_id,name,operator_id,province_id,maturity,operator_rank,listed,status,cost_meur
pw,Station West,low,p,concrete,2,yes,yes,10
pe,Station East,low,p,concrete,1,no,no,10
pt,Transformer,high,p,concrete,1,no,no,30
""",
    "project_phases.csv": """project_id,phase,duration_months,crews
pw,build,12,hv:1
pe,build,12,hv:1
pt,build,36,hv_high:1
""",
    "project_capacity.csv": """project_id,area_id,direction,added_mw
pw,west,demand,20
pe,east,demand,10
pt,top,demand,30
""",
    "crews.csv": """crew_type,units
hv,1
hv_high,1
""",
    "developments.csv": """\
development_id,name,station_id,sector,direction,p_mw,requested_year,request_date,acm_category,firm,dwellings,municipality_id
d1,Park,w,industry,demand,15,2026,2025-02,,no,0,m1
d2,Homes,w,dwellings,demand,5,2026,2025-05,3,no,500,m1
d3,Factory,e,industry,demand,12,2027,2025-03,,yes,0,m2
d4,Sun,w,solar,feed_in,15,2026,2025-01,,no,0,m1
""",
    "scenarios.csv": """scenario_id,name
mid,Middle
""",
}
UNKNOWN = {"project_capacity.csv": [("pw,west,demand,20", "pw,west,demand,\npt,west,demand,")]}
"""Changes after which two projects are needed for West, and nobody published what they add."""
Changes = Mapping[str, "str | list[tuple[str, str]] | None"]


def write_station_study(folder: Path, changes: Changes | None = None) -> Path:
    """Write the study; `changes` by file name: a text, (old, new) pairs, or None to leave the file out."""
    folder.mkdir(exist_ok=True)
    texts: dict[str, str | None] = dict(TEXTS)
    for name, change in (changes or {}).items():
        if isinstance(change, list):
            text = texts[name]
            assert text is not None
            for old, new in change:
                assert old in text, f"{old!r} is not in {name}"
                text = text.replace(old, new)
            texts[name] = text
        else:
            texts[name] = change
    for name, written in texts.items():
        if written is not None:
            (folder / name).write_text(written, encoding="utf-8")
    return folder
