from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from gridprio.errors import StoreError
from gridprio.report.answer import answer
from gridprio.report.harm import harm_lines
from gridprio.report.movers import moved_connections
from gridprio.report.page import render
from gridprio.report.run_tables import run_tables
from gridprio.report.view import page_view
from tests.synthetic_run import make_run, status_effect


def change(run: object, **columns: object) -> None:
    """Set columns of the total waiting rows through both channels."""
    table = run.status_effect  # type: ignore[attr-defined]
    mine = (table["project_id"] == "total") & (table["channel"] == "both") & table["metric"].str.startswith("waiting")
    for column, value in columns.items():
        table.loc[mine, column] = value


def test_help_and_its_price_are_both_said() -> None:
    found = answer(make_run())
    assert found.headline.nl.startswith("Ja, status verkort het wachten, in 2 van de 3 scenario's.")
    assert "overbelasting van het net" in found.headline.nl
    text = found.text("nl")
    assert text.startswith("[FICTIEF]")
    assert (
        "Van de 5 projecten met status: 2 komen daardoor eerder aan de beurt, 2 merken er niets van en 1 is niet"
        in text
    )
    assert (
        "De prijs van voorrang, later aangesloten: 1 ontwikkeling, 6 MW (Laadplein A99)" in text
        and "Laadplein A99" in text
    )
    assert "Status helpt niet bij Nieuw station Havenwijk. Reden: het vergunningenloket is vol" in text
    assert "aan zet: provincie en gemeente" in text
    assert "into service about 14 months earlier" in found.text("en")


def test_no_effect_is_said_plainly() -> None:
    run = make_run(better=False)
    table = run.status_effect
    table.loc[table["metric"] == "in_service_months", "verdict"] = "none"
    found = answer(run)
    assert found.headline.nl == "Nee, status heeft hier geen meetbaar effect."
    assert found.headline.en == "No, status has no measurable effect here."


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        ("worse", "averechts"),
        ("undecided", "Nog niet te zeggen"),
        ("not_assessable", "niet te beoordelen"),
        ("none", "niet meetbaar hoe lang er wordt gewacht. Wel: meer overbelasting van het net."),
        ("better", "in alle 3 scenario's"),
    ],
)
def test_headline_follows_the_verdicts(verdict: str, text: str) -> None:
    run = make_run()
    change(run, verdict=verdict)
    assert text in answer(run).headline.nl


def test_shift_is_called_a_shift() -> None:
    run = make_run()
    table = run.status_effect
    table.loc[(table["project_id"] == "total") & (table["metric"] == "waiting_mw_years_feed_in"), "verdict"] = "worse"
    assert "korter voor de afname als geheel (in MW) en woningen, langer voor invoeding" in answer(run).headline.nl


@pytest.mark.parametrize(("basis", "text"), [("after_status", "al meegewogen"), ("unknown", "niet bekend")])
def test_an_order_that_may_hold_status_gives_a_what_if_only(basis: str, text: str) -> None:
    found = answer(not_established(make_run(order_basis=basis)))
    assert not found.established
    assert found.headline.nl.startswith("Het effect van status is uit deze volgorde niet vast te stellen.")
    assert text in found.basis.nl and "wat-als" in found.basis.nl


def test_an_order_without_every_rank_gives_a_what_if_only_whatever_its_basis() -> None:
    found = answer(what_if(make_run(order_basis="before_status"), "unranked"))
    assert not found.established
    assert "ontbreekt de rang" in found.basis.nl and "Daarom" not in found.basis.nl
    assert "have no rank" in found.basis.en and "therefore" not in found.text("en")
    assert [heading.en for heading, _ in found.topics] == ["What if (order by need)"]


def test_everything_from_a_reconstructed_order_stands_under_one_heading() -> None:
    lines = answer(what_if(make_run(order_basis="after_status"))).text("nl").splitlines()
    heading = lines.index("Wat als (volgorde naar behoefte):")
    assert all(line.startswith("- ") for line in lines[heading + 1 :])
    assert not any(" eerder " in line or " minder" in line for line in lines[:heading])
    assert any("eerder aan de beurt" in line for line in lines[heading:])


def not_established(run: Any, reason: str = "order_basis") -> Any:
    run.manifest["comparison"] = {"established": False, "reason": reason, "order": "need_year"}
    return run


def what_if(run: Any, reason: str = "order_basis") -> Any:
    """As a study writes it: nothing established from the operator's order, the reconstructed order beside it."""
    prefixed = run.status_effect.assign(channel="need_year_" + run.status_effect["channel"])
    empty = run.status_effect.assign(mean=float("nan"), low95=float("nan"), high95=float("nan"))
    run.status_effect = pd.concat([empty.assign(verdict="not_assessable"), prefixed], ignore_index=True)
    by_list = run.status_effect["metric"] == "in_service_months_by_list"
    run.status_effect.loc[by_list & (run.status_effect["channel"] == "need_year_both"), "without_status"] = 9.0
    return not_established(run, reason)


def test_the_reconstructed_order_is_shown_where_the_run_holds_it() -> None:
    found = answer(what_if(make_run(order_basis="after_status")))
    assert found.topics[0][0].nl == "Wat als (volgorde naar behoefte)"
    assert "jaar waarin een project nodig is: ja, status verkort" in found.sentences[0].nl
    assert {r.channel for r in found.rows} == {"both", "order", "permit", "land", "support"}
    assert found.projects[0].without_status.nl == "okt 2026"


def test_without_a_what_if_nothing_is_claimed() -> None:
    run = not_established(make_run(order_basis="unknown"))
    run.status_effect = run.status_effect.assign(verdict="not_assessable")
    found = answer(run)
    assert found.headline.nl == "Het effect van status is uit deze volgorde niet vast te stellen."
    assert [heading.nl for heading, _ in found.topics] == ["Wat als (volgorde naar behoefte)"]
    assert "hier niet te beoordelen" in found.sentences[0].nl


def test_pooled_rows_are_told_apart_and_do_not_count_as_a_scenario() -> None:
    run = make_run()
    pooled = run.status_effect[run.status_effect["scenario"] == "midden"].assign(scenario="pooled")
    run.status_effect = pd.concat([run.status_effect, pooled], ignore_index=True)
    found = answer(run)
    assert "2 van de 3 scenario's" in found.headline.nl
    assert [r.scenario for r in found.rows if r.metric == "overload_mvah" and r.channel == "both"][-1] == "pooled"


def test_no_spurious_precision() -> None:
    rows = {(r.scenario, r.metric): r for r in answer(make_run()).rows if r.channel == "both"}
    assert rows["midden", "waiting_mw_years_demand"].value.nl == "−80 (−110 tot −60)"
    assert rows["midden", "waiting_dwelling_years"].value.en == "−1,300 (−1,700 to −800)"


def test_the_line_under_the_headline_splits_the_effect_by_lever() -> None:
    run = make_run()
    assert "geheel via de volgorde" in answer(run).below[0].nl
    table = run.status_effect
    mine = table["channel"].isin(["support", "permit"]) & (table["metric"] == "waiting_mw_years_demand")
    table.loc[mine, ["mean", "low95", "high95", "verdict"]] = [-20.0, -25.0, -15.0, "better"]
    assert (
        "in Koersvaste Middenweg: order −80 (−110 to −60), permit months −20 (−25 to −15), land months 0.0 and "
        "order and support −80 (−110 to −60) (MW-years)."
    ) in answer(run).below[0].en


def test_a_study_without_status_says_so() -> None:
    run = make_run()
    run.status_effect = run.status_effect[run.status_effect["project_id"] == "total"]
    run.projects["status"] = False
    found = answer(run)
    assert found.headline.nl == "Er is geen project met status, dus er is niets te vergelijken."
    assert not found.comparable and found.sentences == ()


@pytest.mark.parametrize(
    ("reason", "comparable"), [("no_change:2030", False), ("other_carrier", False), ("crew", True)]
)
def test_status_projects_that_change_nothing_are_not_called_no_effect(reason: str, comparable: bool) -> None:
    run = make_run(better=False)
    own = run.status_effect["project_id"] != "total"
    run.status_effect.loc[own, ["verdict", "reason"]] = ["not_assessable", reason]
    found = answer(run)
    assert found.comparable == comparable
    assert found.headline.en.startswith("None of the projects with status changes the grid or the demand") != comparable
    assert any("Niet te beoordelen bij" in s.nl for s in found.sentences)


def movers(run: Any) -> list[str]:
    return [s.nl for heading, said in answer(run).topics if heading.nl == "Voor wie" for s in said]


def test_who_moves_is_said_with_the_scenarios_and_not_of_the_first_alone() -> None:
    run = make_run()
    served = ", bediend 70,0% → 66,0% van wat is gevraagd"
    assert movers(run)[2].endswith(f"1 ontwikkeling, 6 MW (Laadplein A99){served}, in alle 3 scenario's.")
    table = run.connections
    here = (table["scenario"] == "midden") & (table["development_id"] == "D3")
    table.loc[here, ["year_with_status", "low95", "high95"]] = [2032.0, 0.0, 0.0]
    said = movers(run)
    assert (
        said[2] == "De prijs van voorrang, later aangesloten: 0 tot 1 ontwikkelingen, samen 0 tot 6 MW, naar scenario."
    )
    by_scenario = page_view(run_tables(run)).movers
    assert by_scenario is not None
    row = next(cells for cells in by_scenario.rows if cells[0].nl == "Laadplein A99")
    assert [cell.nl for cell in row[1:]] == ["6,0", "–", "+6", "+6"]
    run.connections = table.sample(frac=1, random_state=1)
    assert sorted(movers(run)) == sorted(said)


def test_connections_that_enter_or_leave_the_horizon_count_as_moved() -> None:
    run = make_run()
    run.connections.loc[run.connections["development_id"] == "D1", "year_with_status"] = float("nan")
    moved = moved_connections(run_tables(run), "midden").set_index("development_id")["change_years"]
    assert moved["D1"] == float("inf") and moved["D5"] == -float("inf")
    assert moved["D3"] == pytest.approx(0.5)
    assert "D4" not in moved


def test_missing_columns_are_named() -> None:
    run = make_run()
    run.status_effect = status_effect().drop(columns=["lever", "margin"])
    with pytest.raises(StoreError, match="lever"):
        answer(run)


def test_undecided_says_how_many_more_draws_it_would_take() -> None:
    rows = {(r.scenario, r.metric): r for r in answer(make_run()).rows if r.channel == "both"}
    assert rows["aanvoer", "waiting_mw_years_demand"].more_draws.nl == "nog ongeveer 6 trekkingen nodig"
    assert rows["midden", "waiting_mw_years_demand"].more_draws.nl == ""
    assert "nog niet te zeggen in Horizon Aanvoer (nog ongeveer 6 trekkingen nodig)" in answer(make_run()).text()


def test_answer_in_a_notebook_is_escaped() -> None:
    run = make_run()
    run.projects.loc[0, "name"] = "<b>Noord</b>"
    assert "&lt;b&gt;Noord" in answer(run)._repr_html_()


def test_projects_that_move_without_an_effect_in_total_are_not_called_no_effect() -> None:
    run = make_run(better=False)
    table = run.status_effect
    table.loc[(table["metric"] == "in_service_months_by_list") & (table["project_id"] == "P1"), "verdict"] = "better"
    assert "per saldo niet meetbaar" in answer(run).headline.nl


def test_opposite_scenarios_are_told_apart_from_opposite_groups() -> None:
    run = make_run()
    table = run.status_effect
    table.loc[(table["scenario"] == "aanvoer") & (table["metric"] == "waiting_mw_years_demand"), "verdict"] = "worse"
    assert "hangt van het scenario af" in answer(run).headline.nl


def test_listed_projects_are_shown_but_not_counted_as_status() -> None:
    run = make_run()
    run.projects.loc[run.projects["project_id"] == "P5", "status"] = False
    found = answer(run)
    assert "Van de 4 projecten met status" in found.text()
    assert [p.project_id for p in found.projects if not p.has_status] == ["P5"]


def test_one_project_and_exact_effects_read_as_plain_sentences() -> None:
    run = make_run()
    table = run.status_effect
    run.status_effect = table[table["project_id"].isin(["total", "P1"])]
    mine = run.status_effect["metric"] == "waiting_mw_years_demand"
    run.status_effect.loc[mine, ["mean", "low95", "high95", "verdict"]] = [-10.0, -10.0, -10.0, "better"]
    text = answer(run).text()
    assert "Het enige project met status komt daardoor eerder aan de beurt." in text
    assert "Wachten op afname: 10 MW-jaar minder in alle 3 scenario's." in text


def test_the_level_without_status_stands_beside_the_effect() -> None:
    run = make_run()
    change(run, without_status=8120.0)
    run.status_effect.loc[run.status_effect["metric"] == "congestion_cost_meur", "without_status"] = float("nan")
    rows = {(r.scenario, r.metric): r.without_status.nl for r in answer(run).rows if r.channel == "both"}
    assert rows["midden", "waiting_dwelling_years"] == "8.100"
    assert rows["midden", "overload_mvah"] == "640"
    assert rows["midden", "congestion_cost_meur"] == "–"


def set_dates(run: Any, **columns: object) -> None:
    """Set columns of the rows on dates by the whole list."""
    table = run.status_effect
    mine = table["metric"] == "in_service_months_by_list"
    for column, value in columns.items():
        table.loc[mine, column] = value


def test_counts_come_from_the_compared_dates_and_own_status_has_its_own_sentence() -> None:
    """All have status: nothing moves, although every status matters to its own project while others keep theirs."""
    run = make_run()
    set_dates(run, verdict="none", mean=0.0)
    change(run, verdict="none")
    run.status_effect.loc[run.status_effect["project_id"] == "total", "verdict"] = "none"
    found = answer(run)
    assert found.headline.nl == "Nee, status heeft hier geen meetbaar effect."
    text = found.text("nl")
    assert "Van de 5 projecten met status: 4 merken er niets van en 1 is niet te beoordelen." in text
    assert "De eigen status, terwijl de andere projecten hun status houden, brengt 2 van de 4 projecten" in text


def test_projects_without_status_that_come_later_are_named() -> None:
    assert "Zonder status komt daardoor 1 project later: Verzwaring station Ouddorp (6 maanden)." in answer(
        make_run()
    ).text("nl")


def test_a_study_in_which_nothing_can_be_built_says_so() -> None:
    run = make_run()
    set_dates(run, without_status=180.0, with_status=180.0, verdict="none", mean=0.0)
    assert answer(run).headline.en.startswith("With status or without: no project comes into service")


@pytest.mark.slow
def test_the_place_among_random_lists_is_a_line_of_its_own_under_a_short_headline() -> None:
    found = answer(make_run())
    assert "willekeurige" not in found.headline.nl and len(found.headline.nl) < 180
    assert (
        "Tussen 2 willekeurige lijsten van even veel projecten staat deze lijst op plaats 1 tot 2 naar scenario voor"
        in found.below[1].nl
    )
    assert "(p 0,67) en plaats 2 voor woningen (p 0,67)" in found.below[1].nl
    assert found.text("nl").splitlines()[1:4] == [found.headline.nl, *(line.nl for line in found.below)]
    assert found.below[1].nl in render(run_tables(make_run()))
    run = make_run()
    run.placebo = run.placebo[:0]
    assert "willekeurige" not in answer(run).text("nl")


def test_a_project_that_harms_is_named_with_its_points() -> None:
    text = answer(make_run()).text("nl")
    assert "Per saldo nadelig: Transformator Oosterweide (1.863 punten in Koersvaste Middenweg). Zonder dit" in text
    run = make_run()
    run.last_out = run.last_out[run.last_out["saved_points"] > 0]
    assert "nadelig" not in answer(run).text("nl")


def test_the_goal_shift_stands_before_the_price_of_priority() -> None:
    goals, earlier, price = movers(make_run())
    assert goals == (
        "Wachten op afname, Koersvaste Middenweg: −100 (−130 tot −70) MW-jaar voor de 3 ontwikkelingen die een "
        "statusproject nodig hebben, +40 (+30 tot +50) MW-jaar voor alle andere; 2,5 bespaard per eenheid die elders "
        "bijkomt."
    )
    assert earlier.startswith("Eerder aangesloten") and price.startswith("De prijs van voorrang")
    run = make_run()
    run.goal_shift[["saved", "added"]] = 0.0
    assert len(movers(run)) == 2


def test_relief_and_harm_of_every_project_stand_on_the_page() -> None:
    worst, best = harm_lines(run_tables(make_run()))
    assert (worst.name, worst.relief.en, worst.harm.en, worst.saved.en) == (
        "Transformator Oosterweide", "10", "1,873", "−1,863",
    )  # fmt: skip
    assert [t.en for t in worst.raises] == ["hours without reserve for a fault: 4,000 hours"] and worst.harms
    assert next(t.nl for t in best.lowers) == "wachten: 80 MW-jaar" and not best.harms
    page = render(run_tables(make_run()))
    assert 'id="harm"' in page and "−1.863" in page


def test_served_share_stands_beside_an_earlier_date() -> None:
    assert "bediend 31,3% → 53,1% van wat is gevraagd" in answer(make_run()).text("nl")
