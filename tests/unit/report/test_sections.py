"""Every number that a section shows is that of its stored row, in both languages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gridprio.report.answer import answer
from gridprio.report.charts import page_figures
from gridprio.report.congestion import congestion_section
from gridprio.report.measured import measured_section, measured_sentence
from gridprio.report.page import render
from gridprio.report.run_tables import run_tables
from gridprio.report.section import Listing, Section
from gridprio.report.view import PageView, page_view
from gridprio.text import Text, say
from tests.synthetic_run import make_run
from tests.synthetic_sections import bound, make_full_run, make_search

NUMBER = {"en": r"[−+]?\d[\d,]*(?:\.\d+)?", "nl": r"[−+]?\d[\d.]*(?:,\d+)?"}


def numbers(text: str, language: str) -> list[tuple[float, int]]:
    """Numbers as a reader reads them, each with its decimals."""
    found = []
    for shown in re.findall(NUMBER[language], text):
        plain = shown.replace("−", "-")
        plain = plain.replace(",", "") if language == "en" else plain.replace(".", "").replace(",", ".")
        found.append((float(plain.rstrip(".")), len(plain.partition(".")[2])))
    return found


def says(text: Text, *values: float) -> None:
    """The numbers in `text` are these values in this order, rounded to the decimals that are shown."""
    for language in ("nl", "en"):
        shown = numbers(text[language], language)  # type: ignore[index]
        assert len(shown) == len(values), (text, values)
        for (number, decimals), value in zip(shown, values, strict=True):
            assert abs(number - value) <= 0.5 * 10.0**-decimals + 1e-9, (text, values)


@pytest.fixture(scope="module")
def run() -> Any:
    return make_full_run()


@pytest.fixture(scope="module")
def view(run: Any) -> PageView:
    return page_view(run_tables(run))


def listing(section: Section | None, title: str) -> Listing:
    assert section is not None
    return next(found for found in section.listings if found.title.en.startswith(title))


def test_base_case_by_name_and_place(view: PageView) -> None:
    section = view.base_case
    assert section is not None
    worst, lost, solved, cuts = section.sentences
    assert "gridprio bottlenecks" in cuts.en and "gridprio bottlenecks" in cuts.nl
    says(worst, 2026, 118, 110, 3, 3, 4, 150)
    says(lost, 1, 23.5, 100)
    assert solved.en.startswith("For 1 outage the load flow has no solution")
    intact_last = listing(section, "Most loaded").rows
    says(intact_last[0][2], 117.6)
    says(intact_last[0][5], 353.2)
    says(intact_last[0][6], 139.7)
    says(intact_last[0][3], 110)
    says(intact_last[1][2], 88.4)
    assert [row[-1].en for row in intact_last] == ["in all 3 scenarios"] * 2
    (interrupted,) = listing(section, "Outages that interrupt").rows
    says(interrupted[2], 23.5)
    assert interrupted[3].en == "Station B and Station C"
    after_outage, intact = listing(section, "Buses outside").rows
    assert after_outage[1].en == "with line 3 out" and intact[1].en == "intact grid"
    assert (after_outage[2].en, after_outage[3].en) == ("bus 17", "Station B")
    says(after_outage[4], 0.874)
    says(intact[5], 0.925)
    (unsolved,) = listing(section, "Cases without").rows
    says(unsolved[2], 4)
    assert unsolved[-1].en == "Eigen Vermogen" and unsolved[1].en == "with line 3 and line 4 out"


def test_congestion_under_both_plans_adds_up_to_its_rows(run: Any, view: PageView) -> None:
    section = view.congestion
    assert section is not None
    overloaded, intact, worst, lost, unsolved = section.sentences
    says(overloaded, 2026, 2040, 0, 1, 0, 3804, 0, 2, 0, 768)
    assert intact.en.startswith("Of these above their limit without an outage too")
    says(intact, 0, 1, 0, 59, 0, 1, 0, 61)
    says(worst, 8, 103.2, 100, 2029)  # 122% of a rating is nearer to a limit of 119%
    assert "without status, Eigen Vermogen" in worst.en
    says(lost, 1, 123.4, 100)
    assert unsolved.en.startswith("For 1 outage the load flow has no solution")
    line, transformer = listing(section, "Overloaded").rows
    assert [cell.en for cell in transformer[:3]] == ["transformer 3", "Noord 150", "demand"]
    for cell, ends in zip(transformer[3:7], ((0, 328), (0, 89), (0, 3804), (0, 707)), strict=True):
        says(cell, *ends)
    assert [cell.en for cell in transformer[7:]] == ["2027", "122%", "119%", "with transformer 4 out"]
    says(line[3], 0, 43)
    assert [cell.en for cell in line[7:]] == ["2029", "103%", "100%", "intact grid"]
    (interrupted,) = listing(section, "Outages that interrupt").rows
    assert interrupted[0].en == "with line 3 and line 4 out"
    says(interrupted[2], 111.2, 123.4)
    for cell, high in zip(interrupted[3:7], (701, 697, 53, 47), strict=True):
        says(cell, 0, high)
    assert (interrupted[7].en, interrupted[8].en) == ("2", "Station B and Station C")
    (row,) = listing(section, "Cases without").rows
    assert [cell.en for cell in row] == ["with line 5 out", "Noord 150", "0", "0 to 19"]


def test_measured_bottlenecks_are_counted_from_the_rows_of_the_first_scenario(run: Any, view: PageView) -> None:
    section = view.measured
    assert section is not None
    found, beside, basis = section.sentences
    says(found, 2, 3, 1, 2, 10)
    assert found.en.startswith(
        "The model finds 2 of your 3 measured bottlenecks. In 1 of 2 its worst loading is within"
    )
    says(beside, 1, 1)
    assert "of 2026" in basis.en and "2024 and 2025" in basis.en and "representative hours" in basis.en
    (screen,) = [screen for screen in view.screens if screen.anchor == "netbeheerder"]
    assert found in screen.sentences
    rows = run.measured[run.measured["scenario"] == "midden"].to_dict("records")
    for cells, row in zip(listing(section, "Measured").rows, rows, strict=True):
        shown = ["limit_percent", "measured_percent", "modelled_percent", "difference_percent", "measured_hours",
                 "modelled_hours"]  # fmt: skip
        for cell, column in zip(cells[1:7], shown, strict=True):
            said = cell.en.rstrip("%").replace("\u2212", "-")
            assert np.isnan(row[column]) if said == "–" else float(said) == row[column]
    assert listing(section, "Measured").rows[0][0].nl == "transformator 3"


def test_without_measurements_the_operator_is_told_which_table_to_fill() -> None:
    run = make_full_run()
    del run.measured
    tables = run_tables(run)
    assert measured_section(tables) is None and "table measurements" in measured_sentence(tables).en
    run.base_case = run.base_case.iloc[:0]
    assert not measured_sentence(run_tables(run))


@pytest.mark.parametrize(("order", "said"), [(1, "resembles"), (-1, "does not show")])
def test_a_rank_correlation_is_said_from_eight_elements_on(run: Any, order: int, said: str) -> None:
    loadings = np.arange(50.0, 58.0)
    rows = run.measured.iloc[[0] * 8].assign(measured_percent=loadings, modelled_percent=loadings[::order] + 30.0)
    few, whole = (measured_section(replace(run_tables(run), measured=rows.head(n))) for n in (7, 8))
    assert few is not None and whole is not None and len(few.sentences) == len(whole.sentences) - 1
    assert said in whole.sentences[2].en
    says(whole.sentences[2], order, 8)


def test_bars_of_overload_are_the_hours_of_the_first_scenario(run: Any) -> None:
    figure = page_figures(run_tables(run))["congestion"]
    bars = json.loads(figure.json["en"])["data"]
    rows = run.congestion[run.congestion["scenario"] == "midden"]
    for bar, order in zip(bars, ("without_status", "with_status"), strict=True):
        for place, branch in enumerate(("line:8", "trafo:3")):  # the longest first
            own = rows[(rows["order_name"] == order) & (rows["branch"] == branch)]
            assert bar["x"][place] == own["hours"].sum() == figure.rows.loc[place, f"hours_{order}"]
            assert figure.rows.loc[place, f"overload_mvah_{order}"] == own["overload_mvah"].sum()
    assert "1,009 hours overloaded, 61 MVAh" in bars[1]["customdata"][0]


def test_congestion_is_said_to_be_none_and_not_said_without_a_grid() -> None:
    run = make_full_run()
    run.congestion = run.congestion.iloc[:0]
    run.lost_load = run.lost_load.iloc[:0]
    section = congestion_section(run_tables(run))
    assert section is not None and not section.listings
    assert [s.en[:25] for s in section.sentences] == ["Under none of the plans i", "No outage that was tried "]
    assert "congestion" not in page_figures(run_tables(run))
    run = make_full_run()
    run.branch_loading["intact_hours"] = 0.0
    assert congestion_section(run_tables(run)).sentences[1].en.startswith("Without an outage none")
    del run.branch_loading["intact_hours"]  # as in runs of before
    assert congestion_section(run_tables(run)).sentences[1].en.startswith("Furthest above its limit")
    del run.branch_loading
    assert congestion_section(run_tables(run)) is None


@pytest.mark.parametrize(("table", "column"), [("dilution", "n_status"), ("bindingness", "bindingness")])
def test_curves_are_the_rows_with_the_sign_turned(run: Any, view: PageView, table: str, column: str) -> None:
    rows = getattr(run, table)
    heading = {"dilution": "Projects with status", "bindingness": "Bindingness"}[table]
    for metric, what in (("in_service_months", "sooner in service"), ("waiting_mw_years_demand", "less waiting")):
        shown = next(x for x in view.curves.listings if x.title.en.startswith(heading) and what in x.title.en)  # type: ignore[union-attr]
        mine = rows[(rows["scenario"] == "midden") & (rows["metric"] == metric)]
        assert len(shown.rows) == 3
        for line, (at, own) in zip(shown.rows, mine.groupby(column), strict=True):
            says(line[0], float(at))
            for cell, kind in zip(line[1:], ("real", "random", "selection"), strict=True):
                row = own[own["kind"] == kind].iloc[0]
                says(cell, -row["mean"], -row["high95"], -row["low95"])


def test_the_knee_and_the_choice_of_projects_are_said_in_words(run: Any, view: PageView) -> None:
    assert view.curves is not None
    knee, selection, _ = view.curves.sentences
    says(knee, 10.1, 5, 6.2, 10)
    rows = run.bindingness.query("bindingness == 0.3 and scenario == 'midden' and metric == 'in_service_months'")
    by_kind = rows.set_index("kind")
    expected = [-float(by_kind.loc[k, c]) for k in ("real", "random", "selection") for c in ("mean", "high95", "low95")]
    says(selection, 0.3, *expected)
    assert "larger than chance explains" in selection.en


def test_games_stand_apart_and_pairs_say_who_needs_whom(run: Any, view: PageView) -> None:
    titles = {
        "fixed_dates": "Each project on its date",
        "replanned": "Planned anew",
        "statuses": "What each status",
    }
    for game, title in titles.items():
        mine = run.contribution[(run.contribution["game"] == game) & (run.contribution["area"] == "total")]
        mine = mine.sort_values("shapley", ascending=False)
        shown = listing(view.contributions, title)
        for line, row in zip(shown.rows, mine.to_dict("records"), strict=True):
            for cell, name in zip(line[1:4], ("shapley", "pint", "toot"), strict=True):
                says(cell, row[name])
            says(line[4], *(() if row["exact"] else (row["low95"], row["high95"])))
    pairs = listing(view.contributions, "Who needs whom: Each project on its date").rows
    assert [line[3].en.split(":")[0] for line in pairs] == ["strengthen each other", "do part of each other's work"]
    says(pairs[0][2], 85)
    says(pairs[1][2], -61)


def test_what_turns_a_verdict_comes_first(view: PageView) -> None:
    first, second = listing(view.knowledge, "One thing changed").rows
    assert (first[0].nl, first[4].nl, first[-1].nl) == ("waterstof: aan", "ja", "Koersvaste Middenweg")
    says(first[2], -84)
    says(first[3], 36, 21, 52)
    assert (second[4].nl, second[-1].nl) == ("nee", "Eigen Vermogen")
    says(second[3], -34, -47, -21)


def test_the_verdict_that_turns_with_the_scenario_is_said_by_name() -> None:
    run = make_full_run()
    table = run.status_effect
    table.loc[(table["scenario"] == "aanvoer") & (table["metric"] == "waiting_mw_years_demand"), "verdict"] = "worse"
    orders = page_view(run_tables(run)).orders
    assert orders is not None and orders.sentences[0].en == (
        "Waiting for demand: the verdict depends on the scenario "
        "(better in Koersvaste Middenweg and Eigen Vermogen and worse in Horizon Aanvoer)."
    )


def test_orders_have_the_bound_of_their_kind_and_regret_by_scenario(view: PageView) -> None:
    rows = {line[0].en: line[1:] for line in listing(view.orders, "Points").rows}
    says(rows["operator's order"][0], 3300)
    says(rows["operator's order"][1], 100, 3)
    says(rows["operator's order"][2], 3180)
    says(rows["order with status"][2], 222)
    assert rows["without scarcity"][2].en == "–"
    regret = {line[0].en: line[1:] for line in listing(view.orders, "Regret").rows}
    for order, amounts in (("with status", (12, 95, 33, 95)), ("without status", (41, 7, 68, 68))):
        for cell, amount in zip(regret[order], amounts, strict=True):
            says(cell, amount)


def test_a_bound_over_some_area_years_alone_is_not_told() -> None:
    run = make_full_run()
    best = {"points": 3200.0, "orders": 40, "bound": {"code": "search.no_bound", "params": {}}}
    run.manifest["messages"].append({"code": "search.best", "params": best})
    rows = {line[0].en: line[1:] for line in listing(page_view(run_tables(run)).orders, "Points").rows}
    says(rows["operator's order"][2], 3180)
    assert rows["order with status"][2].en == "not known"


def test_the_grid_as_given_its_moves_and_its_land(view: PageView) -> None:
    section = view.given
    assert section is not None
    says(section.sentences[0], 2030, 30.9, 49, 63, 32.9, 49, 67)
    says(section.sentences[1], 2035, 30.9, 89, 35, 32.9, 89, 37)
    stations = listing(section, "Where it does not fit").rows
    assert [(line[0].en, line[1].en) for line in stations] == [("Station A", "2035"), ("Station A", "2030")]
    says(stations[0][3], 70.4)
    says(stations[0][4], 12.3, 14.3)
    assert stations[0][5].en == "transformer 3 with transformer 2 out"
    size, time, place = listing(section, "What a development").rows
    says(size[3], 14.5, 9.5)
    assert size[4].en == "Verzwaring station Noorderveen and Transformator Oosterweide"
    says(time[3], 36, 2033)
    assert place[3].en == "connect to Station C"
    land = listing(section, "Land").rows
    says(land[0][2], 1.75)
    says(land[0][4], 2029)
    assert land[1][3].en == land[1][4].en == "–"


def test_published_colours_stand_beside_the_computed_class_with_the_share_that_agrees(view: PageView) -> None:
    demand, feed_in = view.published
    says(demand, 1, 1, 100, 1)
    says(feed_in, 0, 1, 0)
    assert view.given is not None and {demand, feed_in} <= set(view.given.sentences)
    assert "1 is amber" in demand.en
    shown = listing(view.given, "Computed class")
    at = [column.heading.en for column in shown.columns].index("Published")
    assert [row[at].en for row in shown.rows] == ["yellow", "transparent", "amber"]
    run = make_full_run()
    run.headroom = run.headroom.assign(published_class="")
    without = page_view(run_tables(run))
    assert without.published == () and len(listing(without.given, "Computed class").columns) == len(shown.columns) - 1


def test_classes_of_stations_are_the_worst_over_sectors(run: Any, view: PageView) -> None:
    shown = listing(view.given, "Computed class by station")
    assert "not the official colours" in shown.note.en
    assert [[cell.en for cell in row] for row in shown.rows] == [
        ["Station A", "demand", "yellow", "yellow", "7.1", "transformer 3 with transformer 4 out", "5.3",
         "bus 12 with transformer 4 out"],
        ["Station A", "feed-in", "red", "transparent", "0.0", "line 8", "2.2", "no solution with line 8 out"],
        ["Station B", "demand", "transparent", "amber", "no limit", "–", "–", "–"],
    ]  # fmt: skip
    said = [s.en for s in view.given.sentences if s.en.startswith("Computed class")]  # type: ignore[union-attr]
    assert said[0].startswith("Computed class for demand in 2026, without new works (Koersvaste Middenweg): ")
    assert said[0].endswith("1 station transparent and 1 station yellow.") and said[1].endswith("1 station red.")
    drawn = json.loads(page_figures(run_tables(run))["map"].json["en"])["data"]
    assert [trace["name"] for trace in drawn if "computed class" in trace.get("name", "")] == [
        "station, computed class transparent", "station, computed class red",
    ]  # fmt: skip


def test_effects_that_read_alike_in_all_scenarios_are_said_once() -> None:
    run = make_run()
    alike = (run.status_effect["project_id"] == "total") & (run.status_effect["metric"] == "overload_mvah")
    run.status_effect.loc[alike, ["mean", "low95", "high95", "verdict", "further_draws"]] = [310, 140, 480, "worse", 0]
    run.status_effect.loc[alike, ["without_status", "probability_better"]] = [640.0, 0.0]
    groups = {g.label.en: g.lines for g in page_view(run_tables(run)).effects}
    (line,) = groups["Grid overload"]
    assert line.where.nl == "in alle 3 scenario's"
    says(line.row.value, 310, 140, 480)
    assert len(groups["Waiting for demand"]) == 3


def test_without_status_the_headline_says_where_another_operator_has_to_build_first() -> None:
    run = make_run()
    run.status_effect = run.status_effect[run.status_effect["project_id"] == "total"]
    run.projects["status"] = False
    run.manifest["messages"] = [bound("Koersvaste Middenweg", 16, 9), bound("Eigen Vermogen", 21, 21)]
    found = answer(run)
    says(found.headline, 9, 21)
    assert found.headline.en.startswith("No project has status. Another operator has to build first at 9 to 21")
    says(found.sentences[0], 9, 16, 21, 21)
    assert found.text("nl").splitlines()[-1].startswith("- Van de stations met een wachtrij")
    view = page_view(run_tables(run))
    assert view.plan_sides[0].en == "without status" and len(view.plan_sides) == 1
    assert view.messages == () and [line.side.en for line in view.inequality] == ["Without status"]
    run.manifest["messages"] = [bound("Koersvaste Middenweg", 16, 0), bound("Eigen Vermogen", 21, 0)]
    assert answer(run).headline == say("answer.nobody_has_status")


def test_scenarios_with_the_same_stations_are_named_together(run: Any) -> None:
    said = [s.en for heading, found in answer(run).topics if heading.en == "Who has to build first" for s in found]
    assert "2 of 15 in Koersvaste Middenweg and Horizon Aanvoer and 3 of 15 in Eigen Vermogen" in said[0]


def test_readings_of_a_station_study_are_named_in_the_language_of_the_reader() -> None:
    run = make_run()
    name = "Gepubliceerd: alle genoemde projecten nodig"
    run.scenarios = pd.DataFrame([("p:all_needed", name)], columns=["scenario_id", "name"])
    found = run_tables(run).scenario("p:all_needed")
    assert (found.nl, found.en) == (name, "Gepubliceerd: all listed projects needed")


def test_the_folder_of_a_search_has_a_page_of_its_own() -> None:
    run = make_search()
    tables = run_tables(run)
    found, view = answer(run), page_view(tables)
    says(found.headline, 3200, 100, 3)
    says(found.sentences[0], 20, 1)
    says(found.sentences[1], 3, 3)
    assert found.sentences[2].en == "Furthest forward: Verzwaring station Ouddorp (2 places)."
    changed = listing(view.found, "What it changes").rows
    says(changed[0][1], 640)
    says(changed[0][2], 588)
    says(changed[0][3], -52)
    places = listing(view.found, "Place and date").rows
    says(places[0][1], 1)
    says(places[0][2], 2)
    page = render(tables)
    assert "heeft status" not in page and 'id="plan"' in page and 'id="basis"' not in page


@pytest.mark.slow
def test_the_page_shows_the_figures_of_filled_tables_and_none_of_empty_ones(run: Any) -> None:
    full, plain = render(run_tables(run)), render(run_tables(make_run()))
    for name in ("dilution", "bindingness", "lorenz", "congestion"):
        assert f'id="{name}"' in full and f'id="{name}"' not in plain
    for name in ("base-case", "congestion", "curves", "contributions", "orders", "knowledge", "given"):
        assert f'id="{name}-title"' in full and f'id="{name}-title"' not in plain
