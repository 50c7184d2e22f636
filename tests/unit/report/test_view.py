"""The page as data against a stored snapshot; write it anew with GRIDPRIO_WRITE_SNAPSHOTS=1 and read the difference."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest

from gridprio.report.held_by import held_by
from gridprio.report.page import render
from gridprio.report.run_tables import run_tables
from gridprio.report.shortfall import shortfall_sentence
from gridprio.report.view import page_view
from gridprio.text import say
from tests.synthetic_run import SCENARIOS, make_run
from tests.synthetic_sections import make_full_run

SNAPSHOT = Path(__file__).parent / "page_view.json"


def test_page_as_data() -> None:
    found = json.dumps(asdict(page_view(run_tables(make_full_run()))), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("GRIDPRIO_WRITE_SNAPSHOTS"):
        SNAPSHOT.write_text(found, encoding="utf-8")
    assert found == SNAPSHOT.read_text(encoding="utf-8")


def test_not_assessable_stands_apart_and_small_group_effects_no_number() -> None:
    view = page_view(run_tables(make_run()))
    assert [p.name for p in view.not_assessable] == ["Warmtenet Lage Polder"]
    assert all(p.bar is not None and p.row.project_id != "P5" for p in view.projects)
    same_town = next(line for g in view.groups for line in g.lines if line.name.nl == "Havenwijk")
    assert (same_town.effect.nl, same_town.verdict_word.nl) == ("≈ 0", "geen meetbaar effect")


def test_groups_have_words_and_names_and_every_verdict_is_worded() -> None:
    run = make_run()
    row = run.distribution.iloc[:1]
    kinds = {"sector": "ev_charging", "connection_class": "large", "area": "a1", "operator": "streeknet"}
    groups = [row.assign(group_kind=kind, group_id=key, low95=-1e6, high95=1e6) for kind, key in kinds.items()]
    run.distribution = pd.concat([run.distribution, *groups], ignore_index=True)
    run.areas = pd.DataFrame({"area_id": ["a1"], "name": ["Energiehub"]})
    shown = {g.kind: g.lines[0] for g in page_view(run_tables(run)).groups}
    assert [shown[kind].name.nl for kind in kinds] == [
        "laden van voertuigen",
        "grootverbruik",
        "Energiehub",
        "streeknet",
    ]
    assert {shown[kind].verdict_word.nl for kind in kinds} == {"nog niet te zeggen"}


def test_bars_are_drawn_to_scale_with_the_margin() -> None:
    view = page_view(run_tables(make_run()))
    group = next(g for g in view.effects if g.label.en == "Grid overload")
    bar = group.lines[0].bar
    assert bar is not None
    assert bar.margin_low < 50 < bar.margin_high < bar.low < bar.mean < bar.high <= 100
    assert 50 - bar.margin_low == pytest.approx(bar.margin_high - 50)


def test_support_is_shown_apart_when_it_does_something() -> None:
    run = make_run()
    assert page_view(run_tables(run)).other_channels == ()
    table = run.status_effect
    table.loc[(table["channel"] == "support") & (table["metric"] == "overload_mvah"), "verdict"] = "worse"
    shown = {g.channel.en for g in page_view(run_tables(run)).other_channels}
    assert shown == {"order", "permit months", "land months", "support"}


def test_what_status_can_move_is_said_by_lever_with_whom_it_hangs_on() -> None:
    found = page_view(run_tables(make_run())).reach
    first, second = found.lines
    assert first.most.en == (
        "Without status it is in service after 118 months; "
        "status can take off at most 31: 24 by order and 7 by permits; "
        "40 months hang on Verzwaring station Ouddorp of TSO."
    )
    assert [cause.nl for cause in first.causes] == [
        "28 eigen fasen (provincie)", "24 eigen fasen (netbeheerder)", "6 uitloop",
        "40 wachten op Verzwaring station Ouddorp", "20 wachten: te weinig uitvoerders (hoogspanning primair)",
    ]  # fmt: skip
    assert first.binding.en == (
        "Verzwaring station Ouddorp of TSO has to be in service first; 40 months sooner without this obstacle"
    )
    assert first.flip.en == "Verzwaring station Ouddorp first in the order: 22 months sooner"
    assert second.most.en == "Without status it is in service after 60 months; status can take nothing off."
    assert second.binding.en == "its own study and works alone" and not second.lever
    assert found.mean.en.startswith(
        "On average over 2 projects with status: without status it is in service after 89 months; "
    )
    assert found.planned.nl.startswith(
        "In de plannen komen zij gemiddeld 7,0 maanden eerder; elk apart: 7 door de volg"
    )


def test_constraints_that_bind_only_together_are_said_together() -> None:
    found = held_by("phase:land + requires:P6", "P6", "TSO", 1.0, {"P6": "station Ouddorp"})
    assert found.en == (
        "the months for land and station Ouddorp of TSO has to be in service first; none of these helps alone, "
        "1 month sooner without all of them"
    )


def test_who_has_shortfall_is_named_and_what_of_it_is_a_bound() -> None:
    run = make_run()
    rows = run.distribution.head(2).assign(
        group_kind="development", metric="shortfall_mw_years", group_id=["D1", "D2"], without_status=[1.0, 0.0],
        with_status=[0.5, 3.0],
    )  # fmt: skip
    run.distribution = pd.concat([run.distribution, rows])
    run.developments = run.developments.assign(firm=run.developments["development_id"] == "D2")
    names = run.developments.set_index("development_id")["name"]
    assert shortfall_sentence(run_tables(run)).en == (
        f"Shortfall for those already connected, {SCENARIOS[0][1]}: 1.0 MW-years without status and 3.5 with all "
        f"statuses, and of this most at {names['D2']} (3.0) and {names['D1']} (0.5). Of this 3.0 at 1 request that is "
        "all or nothing: the whole power counts while it does not fit. This is an upper bound, because part of it "
        "could go on."
    )
    assert not shortfall_sentence(run_tables(make_run()))


def test_optional_tables_may_be_absent() -> None:
    run = make_run()
    for table in (
        "distribution", "connections", "stations", "developments", "municipalities", "plan", "reach", "reach_months",
        "why_not", "flips",
    ):  # fmt: skip
        delattr(run, table)
    view = page_view(run_tables(run))
    assert view.connections == () and view.groups == () and view.reach.lines == ()
    assert view.projects[0].row.without_status.nl == "mei 2030"


def test_several_lifting_projects_are_all_named() -> None:
    view = page_view(run_tables(make_run()))
    line = next(c for c in view.connections if c.name == "Industrie Oosterweide")
    assert line.lifted_by == "Transformator Oosterweide, Kabel Havenwijk-Zuid"


def test_a_run_without_chance_says_so() -> None:
    run = make_run()
    run.status_effect["draws"] = 1
    assert any("geen toeval" in note.nl for note in page_view(run_tables(run)).method)
    assert any("3 keer getrokken" in note.nl for note in page_view(run_tables(make_run())).method)


def test_the_own_lead_time_stands_beside_the_year_of_the_request() -> None:
    run = make_run()
    run.connections["earliest_year"] = run.connections["requested_year"].where(
        run.connections["development_id"] != "D1", 2029.5
    )
    requested = {c.name: c.requested.en for c in page_view(run_tables(run)).connections}
    assert requested["Woonwijk De Terp"] == "2028, possible from Jul 2029"
    assert requested["Laadplein A99"] == "2028"


@pytest.mark.slow
def test_prices_stand_by_whose_lever_they_are() -> None:
    run = make_run()
    step = {"order_name": "operator", "basis": "same_order", "unit": "", "metric": "points", "year": 0, "amount": 6.0}
    rows = [
        ("province", "permit_time", "", -3.0, False, {}),
        ("operator", "crew", "team", 2.0, True, {}),
        ("operator", "budget", "NB", -9.5, False, {"year": 2030}),
        ("operator", "crew", "team", 8.0, True, {"metric": "overload_mvah"}),
    ]
    names = ("lever", "kind", "name", "change", "anomaly")
    run.shadow_prices = pd.DataFrame([step | dict(zip(names, row, strict=False)) | row[5] for row in rows])
    tables = run_tables(run)
    levers = page_view(tables).levers
    assert [lever.lever.nl for lever in levers] == ["provincie", "netbeheerder"]
    assert levers[0].steps[0].step.en == "permits 6 months faster"
    assert [s.change.en for s in levers[1].steps] == ["−9.5", "+2.0"] and levers[1].steps[1].note == say("step.anomaly")
    page = render(tables)
    assert "1 miljoen euro meer in 2030: NB" in page and "1 million euros more in 2030: NB" in page
    assert 'id="levers"' not in render(run_tables(make_run()))
