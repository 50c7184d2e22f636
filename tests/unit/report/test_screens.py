"""The first screen of each reader: few sentences, one figure, numbers of the tables, and never a contribution."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from gridprio.report import screen_charts
from gridprio.report.connections import year_text
from gridprio.report.run_tables import run_tables
from gridprio.report.screens import MOST_SENTENCES, Screen, _causes
from gridprio.report.view import page_view
from gridprio.text import same, word
from tests.synthetic_run import make_run
from tests.synthetic_sections import make_full_run, with_steps


def screens(run: Any) -> dict[str, Screen]:
    return {s.anchor: s for s in page_view(run_tables(run)).screens}


@pytest.fixture(scope="module")
def run() -> Any:
    return make_full_run()


def test_each_reader_has_a_headline_few_sentences_and_a_figure(run: Any) -> None:
    found = screens(run)
    assert list(found) == ["gedeputeerde", "netbeheerder", "gemeente", "onderzoeker"]
    for screen in found.values():
        assert screen.headline and screen.chart is not None
        assert 3 <= len(screen.sentences) <= MOST_SENTENCES
        assert len(set(screen.sentences)) == len(screen.sentences)
    assert len({s.headline for s in found.values()}) == 4


def test_contributions_change_no_first_screen() -> None:
    run = make_full_run()
    before = screens(run)
    run.contribution = run.contribution.iloc[:0]
    run.interaction = run.interaction.iloc[:0]
    assert screens(run) == before


def test_bars_of_waiting_hold_what_the_table_holds(run: Any) -> None:
    chart = screens(run)["gedeputeerde"].chart
    assert chart is not None
    rows = run.status_effect.query("channel == 'both' and project_id == 'total' and metric.str.startswith('waiting')")
    assert len(chart.groups) == rows["metric"].nunique()
    for group, (_, own) in zip(chart.groups, rows.groupby("metric", sort=False), strict=True):
        scale = 1.08 * own[["mean", "low95", "high95", "margin"]].abs().to_numpy().max()
        first, bar = own.iloc[0], group.lines[0].bar
        assert bar is not None
        for place, column in ((bar.mean, "mean"), (bar.low, "low95"), (bar.high, "high95")):
            assert place == pytest.approx(50 + 50 * first[column] / scale, abs=0.051)


def test_scenarios_that_read_alike_are_one_line() -> None:
    run = make_run()
    total = run.status_effect["project_id"] == "total"
    for column in ("mean", "low95", "high95", "verdict"):
        first = run.status_effect[total].groupby(["channel", "metric"])[column].transform("first")
        run.status_effect.loc[total, column] = first
    chart = screens(run)["gedeputeerde"].chart
    assert chart is not None
    assert [[line.label.en for line in group.lines] for group in chart.groups] == [["in all 3 scenarios"]] * 3


def test_projects_and_plans_move_as_the_tables_say() -> None:
    run = make_run()
    found = screens(run)
    chart = found["netbeheerder"].chart
    assert chart is not None
    rows = run.status_effect.query(
        "metric == 'in_service_months_by_list' and channel == 'both' and scenario == 'midden' and mean != 0"
    ).sort_values("mean")
    names = run.projects.set_index("project_id")["name"]
    assert [line.label.nl.removeprefix("★ ") for line in chart.groups[0].lines] == [
        names[p] for p in rows["project_id"]
    ]
    plans = found["gemeente"].chart
    assert plans is not None
    lines = {line.label.nl: line for line in plans.groups[0].lines}
    table = run.connections[run.connections["scenario"] == "midden"].set_index("development_id")
    for row in run.developments.to_dict("records"):
        line, years = lines[row["name"]], table.loc[row["development_id"]]
        if years["year_without_status"] < years["year_with_status"]:
            assert line.verdict == "worse"
            assert line.value == year_text(years["year_without_status"]) + same(" → ") + year_text(
                years["year_with_status"]
            )


def test_a_figure_speaks_of_others_only_where_it_leaves_some_out(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run()
    notes = [screens(run)[reader].chart.note for reader in ("netbeheerder", "gemeente")]  # type: ignore[union-attr]
    assert not any(notes)
    monkeypatch.setattr(screen_charts, "MOST_LINES", 2)
    plans = screens(run)["gemeente"].chart
    assert plans is not None and plans.note.en.startswith(f"2 of {len(run.developments)}; the others")


def test_without_status_every_reader_gets_the_same_headline_and_still_an_answer() -> None:
    run = make_full_run()
    run.status_effect = run.status_effect[run.status_effect["project_id"] == "total"]
    run.projects["status"] = False
    found = screens(run)
    assert len({s.headline for s in found.values()}) == 1
    assert all(s.sentences for s in found.values())


def test_where_nobody_has_status_no_screen_compares_and_each_says_something() -> None:
    run = make_full_run()
    run.projects["status"] = False
    numbers = ["mean", "low95", "high95", "without_status", "with_status"]
    run.status_effect = run.status_effect.assign(
        **dict.fromkeys(numbers, float("nan")), verdict="not_assessable", draws=0
    )
    view = page_view(run_tables(run))
    found = {s.anchor: s for s in view.screens}
    chart = found["gemeente"].chart
    assert chart is not None and not chart.direction
    assert all(line.bar is None for group in chart.groups for line in group.lines)
    connected = run.connections.groupby("scenario")["year_without_status"].count()
    low, high = connected.min(), connected.max()
    shown = str(low) if low == high else f"{low} to {high}"
    assert f" {shown} are connected before" in found["gemeente"].sentences[0].en
    assert len(found["netbeheerder"].sentences) >= 3
    said = " ".join(sentence.en for screen in found.values() for sentence in screen.sentences)
    assert "earlier" not in said and "draw" not in said and view.groups == ()


def test_every_mark_of_a_figure_has_its_word_and_no_other() -> None:
    run = make_full_run()
    total = run.status_effect["project_id"] == "total"
    run.status_effect.loc[total & (run.status_effect["metric"] == "waiting_dwelling_years"), "verdict"] = "undecided"
    for screen in screens(run).values():
        assert screen.chart is not None
        marks = {line.verdict for group in screen.chart.groups for line in group.lines}
        assert {verdict for verdict, _ in screen.chart.legend} == marks - {""}
    chart = screens(run)["gedeputeerde"].chart
    assert chart is not None and dict(chart.legend)["undecided"] == word("verdict_of_waiting", "undecided")


def test_a_screen_that_counts_in_points_says_what_they_are_and_the_method_which_weights() -> None:
    run = with_steps()
    assert {s.anchor for s in page_view(run_tables(run)).screens if s.tells_points} == {"gedeputeerde"}
    settings = run_tables(run).settings.model_copy(update={"weight_waiting_mw_years_demand": 7.0})
    run.manifest = run.manifest | {"settings": settings.model_dump(mode="json")}
    assert "7 × Waiting for demand (MW-years)" in page_view(run_tables(run)).points.en


def test_how_certain_says_what_the_intervals_cover_and_what_they_do_not() -> None:
    run = with_steps()
    said = " ".join(s.en for s in screens(run)["gedeputeerde"].sentences)
    for part in (
        "delays (3 draws)",
        "errors in the inputs or the model",
        "growth of demand",
        "(20.5 points fewer, with",
    ):
        assert part in said
    run.status_effect = run.status_effect.assign(draws=1)
    said = " ".join(s.en for s in screens(run)["gedeputeerde"].sentences)
    assert "there are no intervals" in said and "(20.5 points fewer)" in said


def test_what_binds_is_told_without_and_with_status() -> None:
    run = make_full_run()
    without = run.reach_months
    run.reach_months = pd.concat([without, without.assign(order_name="with_status", months=without["months"] / 2)])
    said = _causes(run_tables(run)).en
    assert said == (
        "What binds, in months over 1 project, without → with status: it waits for another project 40 → 20 and too few "
        "crews (high-voltage primary) 20 → 10."
    )
