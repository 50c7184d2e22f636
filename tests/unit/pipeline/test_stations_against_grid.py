"""A radial grid and the study of stations that its headroom gives: the same queue is served in the same years.

A line feeds a hub, from which a line leads to each of two stations. Lines are 10 m long, so that what flows is what
is asked; `TOLERANCE_MW` is what losses and voltages may still change. Each direction is tried apart: in a grid feed-in
also leans on demand that is served nearby, which capacities do not tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandapower as pp
import pytest

import gridprio
from gridprio.cells import CellSource, HeadroomPoint, SimulatedCells, StateYear, headroom_rows
from gridprio.grid.net.empty import new_net
from gridprio.inputs import read_study
from gridprio.inputs.study import Study
from gridprio.pipeline.session import Session

TOLERANCE_MW = 0.02
TOP_LINE, LINE = "490-AL1/64-ST1A 110.0", "94-AL1/15-ST1A 110.0"
HUB, WEST, EAST = 1, 2, 3
PLACES = {"h": "top", "w": "west", "e": "east"}
PROJECTS = {"pt": ("top", 0), "pw": ("west", 1), "pe": ("east", 2)}
"""The area to which each adds, and the line that it doubles."""
TEXTS = {
    "projects.csv": """project_id,name,operator_id,maturity,operator_rank,listed,status
pt,Hub,op,concrete,3,no,no
pw,West,op,concrete,2,yes,yes
pe,East,op,concrete,1,no,no
""",
    "project_phases.csv": """project_id,phase,duration_months,crews
pt,build,24,hv:1
pw,build,12,hv:1
pe,build,12,hv:1
""",
    "crews.csv": "crew_type,units\nhv,1\n",
    "scenarios.csv": "scenario_id,name\nmid,Middle\n",
}
QUEUE = """\
development_id,name,station_id,sector,direction,p_mw,profile,power_factor,requested_year,request_date,firm
d1,Park,w,industry,DIRECTION,90,flat,1,2026,2025-03,no
d2,Homes,e,dwellings,DIRECTION,40,flat,1,2027,2025-01,no
d3,Factory,e,industry,DIRECTION,44,flat,1,2026,2025-02,yes
d4,Hub,h,industry,DIRECTION,46,flat,1,2028,2025-04,no
d5,More,w,industry,DIRECTION,71,flat,1,2026,2025-06,no
"""
SETTINGS = """
[settings]
start_year = 2026
end_year = 2031
order_basis = "before_status"
bindingness = 1.0
hours_per_month = 2
security_min_kv = 1000
placebo_lists = 0
search_orders = 0
shapley_blocks = 0
"""


def grid_study(folder: Path, direction: str) -> Study:
    net = new_net()
    for _ in range(4):
        pp.create_bus(net, vn_kv=110.0)
    pp.create_ext_grid(net, 0)
    for start, end, std_type in ((0, HUB, TOP_LINE), (HUB, WEST, LINE), (HUB, EAST, LINE)):
        pp.create_line(net, start, end, 0.01, std_type)
    folder.mkdir(parents=True)
    pp.to_json(net, str(folder / "grid.json"))
    changes = [f"{p},replace_line,line:{line},{LINE if line else TOP_LINE},2" for p, (_, line) in PROJECTS.items()]
    texts = TEXTS | {
        "study.toml": '[study]\nname = "radial"\n' + SETTINGS,
        "developments.csv": QUEUE.replace("DIRECTION", direction),
        "stations.csv": f"station_id,name,buses\nh,Hub,{HUB}\nw,West,{WEST}\ne,East,{EAST}\n",
        "loads.csv": "load_id,station_id,sector,direction,p_mw,profile,power_factor\n"
        "lw,w,homes,demand,20,flat,1\nle,e,homes,demand,10,flat,1\n",
        "profiles.csv": "flat\n" + "1\n" * 8760,
        "project_changes.csv": "project_id,action,element,std_type,parallel\n" + "\n".join(changes) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_study(folder)


def room_mw(cells: SimulatedCells, direction: str, in_service: tuple[int, ...]) -> dict[str, float]:
    """Area -> headroom of its station with these projects, without the queue."""
    grid, cache = cells.grid, cells.cache
    hourly = grid.demand.injections(0, 2026, "mid", ())
    level = np.ones(len(hourly.month))
    nodes = {station: grid.demand.places[station].node for station in PLACES}
    points = [HeadroomPoint(s, node, direction, "any", 0.0, level, 0.0) for s, node in nodes.items()]
    mask = grid.plan_areas[0].branch_in_service(in_service, ())
    found = headroom_rows(cache.areas[0], mask, hourly, points, cache.executor, cache.rules)
    return {PLACES[row.point.station_id]: row.headroom_mw for row in found}


def station_study(folder: Path, direction: str, cells: SimulatedCells) -> Study:
    """The lines to the stations are weaker than the one above them, also where they are doubled."""
    base, doubled_top, doubled_low = (room_mw(cells, direction, state) for state in ((), (0,), (1, 2)))
    doubled = doubled_low | {"top": doubled_top["top"]}
    texts = TEXTS | {
        "study.toml": '[study]\nname = "radial"\nmode = "stations"\n' + SETTINGS,
        "developments.csv": QUEUE.replace("DIRECTION", direction),
        "areas.csv": "area_id,name,parents\ntop,Top,\nwest,West,top\neast,East,top\n",
        "stations.csv": "station_id,name,areas\nh,Hub,top\nw,West,west\ne,East,east\n",
        "station_capacity.csv": "area_id,direction,year,capacity_mw\n"
        + "".join(f"{area},{direction},2026,{mw!r}\n" for area, mw in base.items()),
        "project_capacity.csv": "project_id,area_id,direction,added_mw\n"
        + "".join(f"{p},{area},{direction},{doubled[area] - base[area]!r}\n" for p, (area, _) in PROJECTS.items()),
        "profiles.csv": "flat\n" + "1\n" * 8760,
    }
    made = folder / "stations"
    made.mkdir()
    for name, text in texts.items():
        (made / name).write_text(text, encoding="utf-8")
    return read_study(made)


def served(cells: CellSource, study: Study, in_service: tuple[int, ...]) -> dict[str, float]:
    """In 2028."""
    [area] = cells.areas
    mw = cells.values([StateYear(0, in_service, (), 2)]).allocated_mw[0, 0]
    names = [study.developments[row].development_id for row in area.development_rows]
    return dict(zip(names, mw.tolist(), strict=True))


@pytest.fixture(scope="module", params=["demand", "feed_in"])
def sessions(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Session, Session]]:
    folder, direction = tmp_path_factory.mktemp("radial"), request.param
    with Session(grid_study(folder / "grid", direction), threads=1) as grid:
        assert isinstance(grid.cells, SimulatedCells)
        yield grid, Session(station_study(folder, direction, grid.cells), threads=1)


def test_every_state_serves_the_same(sessions: tuple[Session, Session]) -> None:
    differs = set()
    for bits in range(8):
        in_service = tuple(p for p in range(3) if bits >> p & 1)
        grid, stations = (served(session.cells, session.study, in_service) for session in sessions)
        assert stations == pytest.approx(grid, abs=TOLERANCE_MW), in_service
        differs.add(tuple(round(mw, 1) for _, mw in sorted(grid.items())))
    assert len(differs) >= 4, "the states must not all look alike"


def test_connection_years_and_waiting_are_the_same(sessions: tuple[Session, Session], tmp_path: Path) -> None:
    runs = [gridprio.run_study(s.study, out=tmp_path / s.study.head.mode, threads=1) for s in sessions]
    years = [r.connections.set_index("development_id")[["year_without_status", "year_with_status"]] for r in runs]
    assert years[0].notna().any(axis=None)
    np.testing.assert_array_equal(years[0].to_numpy(), years[1].loc[years[0].index].to_numpy())
    metrics = ["waiting_mw_years_demand", "waiting_mw_years_feed_in"]
    waiting = [r.outcomes.set_index("order_name")[metrics] for r in runs]
    np.testing.assert_allclose(waiting[1].to_numpy(), waiting[0].to_numpy(), atol=7 * 6 * TOLERANCE_MW)
