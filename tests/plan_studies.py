"""Random small studies for the planner: everything that a plan can contain, on a horizon that is often too short."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import strategies as st

from gridprio.inputs.enumerations import Phase
from gridprio.inputs.resource_tables import Budget, Delivery
from gridprio.inputs.schema import ProjectPhase, Station
from gridprio.inputs.station_tables import Area
from tests.unit.plan.rows import crew, phase, project, study

IDS = "abcdefgh"
CREWS = (("hv", ""), ("hv", "north"), ("civil", ""), ("desk", ""))
RULES = ("head_start", "tiers", "reserved_share")


@st.composite
def studies(draw: st.DrawFn, scarce: bool = True, linked: bool = True, most: int = 6) -> SimpleNamespace:
    """Up to `most` projects with phases; `scarce` adds crews, desks, budgets, material and security groups, `linked`
    requires, excludes, sizes and temporary solutions."""
    ids = IDS[: draw(st.integers(1, most))]
    # in half of the studies crews and budgets are all there is, else what is rarer would hide them
    rich = draw(st.booleans())
    ranks = draw(st.permutations(range(1, len(ids) + 1)))
    projects = []
    for place, project_id in enumerate(ids):
        earlier, others = ids[:place], ids[place + 1 :]
        projects.append(
            project(
                project_id,
                operator_id=draw(st.sampled_from(("op", "op", "other"))),
                operator_rank=ranks[place],
                tier=draw(st.sampled_from((1, 2, 3, 3, 3))),
                safety=draw(st.integers(0, 5)) == 0,
                region=draw(st.sampled_from(("", "north"))),
                cost_meur=draw(st.integers(0, 30)) if scarce else 0,
                requires=tuple(draw(st.sets(st.sampled_from(earlier), max_size=1))) if linked and earlier else (),
                excludes=tuple(draw(st.sets(st.sampled_from(others), max_size=1))) if linked and others else (),
                status_from=draw(st.sampled_from((None, None, "2026-06", "2027-02"))),
                support_permit_months=draw(st.integers(0, 4)),
                security_groups=tuple(draw(st.sampled_from(((), (), ("n",), ("n", "m"))))) if scarce and rich else (),
                size_of=draw(st.sampled_from(("", "", "x"))) if linked and rich else "",
                until=draw(st.sampled_from((None, None, None, "2027-06"))) if linked and rich else None,
                until_projects=tuple(draw(st.sets(st.sampled_from(others), max_size=1)))
                if linked and rich and others
                else (),
                station_id=draw(st.sampled_from(("", "s"))),
            )
        )
    phases = [row for project_id in ids for row in _phases(draw, project_id, scarce, rich)]
    crews = [
        crew(
            name,
            draw(st.sampled_from((1, 1.5, 2, 3))),
            region=region,
            growth_per_year=draw(st.sampled_from((0, 0.5, -0.5))),
            kind="permit_desk" if name == "desk" else "crew",
        )
        for name, region in CREWS
    ]
    money = draw(st.lists(st.integers(0, 25), min_size=3, max_size=3))
    budgets = [Budget(operator_id="op", year=2026 + k, budget_meur=meur) for k, meur in enumerate(money)]
    deliveries = [
        Delivery(material=name, operator_id=operator, year=2026 + k, units=draw(st.sampled_from((0, 1, 2))))
        for name, operator in (("trafo", ""), ("trafo", "other"), ("switchgear", ""))
        for k in range(3)
    ]
    return study(
        projects,
        phases,
        crews if scarce else (),
        budgets if scarce else (),
        deliveries=deliveries if scarce else (),
        stations=[Station(station_id="s", name="s", buses=(0,), areas=("city",))],
        areas=[Area(area_id="city", name="city", no_works_months=draw(st.sampled_from(((), (11, 12, 1, 2)))))],
        end_year=2028,
        rule=draw(st.sampled_from(RULES)),
        bindingness=draw(st.sampled_from((0.0, 0.3, 0.5, 1.0))),
        reserved_share=draw(st.sampled_from((0.3, 0.5, 1.0))),
        status_from=draw(st.sampled_from(("2026-01", "2026-05", "2027-01"))),
    )


def _phases(draw: st.DrawFn, project_id: str, scarce: bool, rich: bool) -> list[ProjectPhase]:
    # without phases a project is never in service, so nothing may wait for it
    names = draw(st.lists(st.sampled_from(list(Phase)), unique=True, min_size=1, max_size=4))
    rows = []
    material = ("", "", "trafo:1", "trafo:0.5 switchgear:1") if scarce and rich else ("",)
    for name in sorted(names, key=list(Phase).index):
        needs = {"permit": ("", "desk:1"), "build": ("", "hv:1", "hv:1.5 civil:1", "civil:0.5")}.get(name, ("",))
        start = f"2026-{draw(st.integers(1, 12)):02d}" if draw(st.integers(0, 14)) == 0 else None
        rows.append(
            phase(
                project_id,
                name,
                draw(st.integers(0, 9)),
                draw(st.sampled_from(needs)) if scarce else "",
                start=start,
                lag_months=draw(st.sampled_from((0, 0, 2))),
                earliest=draw(st.sampled_from((None, None, None, "2026-08"))),
                materials=draw(st.sampled_from(material)) if name in (Phase.PROCUREMENT, Phase.BUILD) else "",
                valid_months=draw(st.sampled_from((None, None, 0, 3, 8))) if rich else None,
                work_months=draw(st.sampled_from(((), (), (4, 5, 6, 7, 8, 9), (10, 11, 12, 1, 2, 3)))),
                cost_share=draw(st.sampled_from((0.0, 0.5))),
                delay_mean_months=draw(st.sampled_from((0, 2, 4))),
                delay_sd_months=draw(st.sampled_from((0, 2))),
            )
        )
    return rows
