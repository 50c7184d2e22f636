"""A first screen per kind of reader: a headline, at most five sentences and one figure.

Each answers the questions that this reader comes with. Contributions are never on one: they answer another question,
and a number per project invites to be added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from gridprio.report.answer import Answer
from gridprio.report.bars import BarChart
from gridprio.report.base_case import base_case_section
from gridprio.report.basis import basis_text
from gridprio.report.bound import bound_by_others, bound_sentences
from gridprio.report.changes import lever_sentence, metric_sentences, why_not_sentences
from gridprio.report.congestion import overloaded_sentence
from gridprio.report.curves import curves_section
from gridprio.report.dates import date_moves, moves_sentences
from gridprio.report.effects import of_main_channel
from gridprio.report.given import given_section
from gridprio.report.levers import best_step
from gridprio.report.measured import measured_sentence
from gridprio.report.movers import moved_connections, price_sentences
from gridprio.report.placebo import placebo_sentence
from gridprio.report.run_tables import RunTables, scenario_rows
from gridprio.report.screen_charts import channel_chart, plan_chart, project_chart, waiting_chart
from gridprio.report.section import amounts, stored_messages
from gridprio.report.who import goal_sentences
from gridprio.text import Text, same, say, word

MOST_SENTENCES = 5
MOST_CAUSES = 3
DEMAND = "waiting_mw_years_demand"


@dataclass(frozen=True)
class Screen:
    """What one kind of reader sees first; the page opens it by either anchor, in its language."""

    anchor: str
    anchor_en: str
    reader: Text
    headline: Text
    sentences: tuple[Text, ...]
    tells_points: bool
    """whether they count in points, which are then explained"""
    chart: BarChart | None


def first_screens(tables: RunTables, answer: Answer) -> tuple[Screen, ...]:
    """Of the province, the operator, the municipality and the researcher; the first is shown unless asked otherwise."""
    comparable = answer.comparable and answer.established
    own = comparable and bool(tables.plan_sides[1:])
    screens = (
        ("gedeputeerde", "province", answer.headline, _province(tables, answer),
         waiting_chart(tables, of_main_channel(answer.rows)) or plan_chart(tables)),
        ("netbeheerder", "operator", _moved_projects(tables) if own else answer.headline, _operator(tables),
         project_chart(tables) or plan_chart(tables)),
        ("gemeente", "municipality", _moved_plans(tables) if own else answer.headline, _municipality(tables),
         plan_chart(tables)),
        ("onderzoeker", "researcher", _measured(answer) if own else answer.headline, _researcher(tables, answer),
         channel_chart(tables, answer.rows)),
    )  # fmt: skip
    return tuple(
        _screen((anchor, english), headline, _first(sentences), chart)
        for anchor, english, headline, sentences, chart in screens
    )


def _screen(anchors: tuple[str, str], headline: Text, sentences: tuple[Text, ...], chart: BarChart | None) -> Screen:
    tells_points = any(" points" in said.en for said in (headline, *sentences))
    return Screen(*anchors, word("reader", anchors[0]), headline, sentences, tells_points, chart)


def _first(sentences: Iterator[Text]) -> tuple[Text, ...]:
    return tuple(islice((s for s in dict.fromkeys(sentences) if s), MOST_SENTENCES))


def _province(tables: RunTables, answer: Answer) -> Iterator[Text]:
    """Our goals earlier, at whose expense, how certain, which lever is mine."""
    if answer.comparable:
        yield moves_sentences(date_moves(tables))[0]
        yield from goal_sentences(tables)[:1]
        yield from price_sentences(tables)[-1:]
        yield _certainty(tables)
    yield best_step(tables, "province")
    yield from why_not_sentences(answer.projects)
    yield from bound_sentences(bound_by_others(tables))
    yield from _fits(tables)


def _operator(tables: RunTables) -> Iterator[Text]:
    """My order against that with status, what is displaced, what binds, whether the grid is as I know it."""
    yield from stored_messages(tables, "search.room")
    yield from moves_sentences(date_moves(tables))[1:2]
    yield _causes(tables)
    grid = base_case_section(tables)
    yield from grid.sentences[:1] if grid else ()
    yield measured_sentence(tables)
    yield best_step(tables, "operator")
    yield overloaded_sentence(tables) if len(tables.congestion) else same("")
    yield from bound_sentences(bound_by_others(tables))
    yield _blocked(tables)
    yield _lifted(tables)
    yield from _fits(tables)


def _municipality(tables: RunTables) -> Iterator[Text]:
    """When my plans are connected, what blocks them, whose project lifts that, what else fits."""
    if len(tables.plan_sides) > 1:
        yield from price_sentences(tables)
    else:
        yield _connected(tables)
    yield _blocked(tables)
    yield _lifted(tables)
    yield from _fits(tables)[:1]
    yield best_step(tables, "municipality")


def _researcher(tables: RunTables, answer: Answer) -> Iterator[Text]:
    """The counterfactual, what each channel does, the placebo, dilution and bindingness, provenance."""
    if answer.comparable:
        yield basis_text(tables)
    yield lever_sentence(answer.rows)
    yield placebo_sentence(tables, answer.rows)
    curves = curves_section(tables)
    yield curves.sentences[0] if curves and curves.sentences else say("first.no_curves")
    manifest = tables.manifest
    yield say(
        "first.provenance",
        version=manifest["versions"]["gridprio"],
        backend=manifest["backend"],
        seed=manifest["seed"],
        draws=say("first.draws", n=tables.draws) if tables.draws else same(""),
        inputs=len(dict(manifest.get("inputs", {}))),
    )


def _measured(answer: Answer) -> Text:
    """The effect on waiting for demand by scenario, else the answer."""
    found = metric_sentences([r for r in answer.rows if r.metric == DEMAND])
    return found[0] if found else answer.headline


def _moved_projects(tables: RunTables) -> Text:
    verdicts = Counter(m.verdict for m in date_moves(tables))
    return say("first.moved_projects", earlier=verdicts["better"], later=verdicts["worse"], n=verdicts.total())


def _moved_plans(tables: RunTables) -> Text:
    """How many developments move, from the fewest to the most over scenarios."""
    moved = [moved_connections(tables, s)["change_years"] for s in tables.all_scenarios]
    rows = [scenario_rows(tables.connections, s) for s in tables.all_scenarios]
    return say(
        "first.moved_plans",
        n=len(rows[0]),
        earlier=amounts([int((m < 0).sum()) for m in moved]),
        later=amounts([int((m > 0).sum()) for m in moved]),
        never=amounts([int(r["year_with_status"].isna().sum()) for r in rows]),
        end=tables.settings.end_year,
    )


def _connected(tables: RunTables) -> Text:
    """How many developments are connected within the horizon, where nobody has status."""
    rows = [scenario_rows(tables.connections, s) for s in tables.all_scenarios]
    if not rows or rows[0].empty:
        return same("")
    connected = amounts([int(r["year_without_status"].notna().sum()) for r in rows])
    return say("first.connected", n=len(rows[0]), connected=connected, end=tables.settings.end_year)


def _certainty(tables: RunTables) -> Text:
    """What the intervals cover and what they do not."""
    if tables.draws <= 1:
        return say("first.certainty_without_chance")
    return say("first.certainty", draws=tables.draws, confidence=tables.settings.confidence)


def _causes(tables: RunTables) -> Text:
    """On what most months of waiting go over all projects, in the plan without status and in the one with it."""
    months = tables.reach_months
    waits = months[~months["cause_kind"].isin(("phase", "delay", "horizon")) & (months["months"] > 0)]
    if not waits["order_name"].str.endswith("without_status").any():
        return same("")
    side = waits["order_name"].str.extract("(with(?:out)?)_status$", expand=False)
    named = waits.assign(side=side, cause=waits["cause"].mask(waits["whose_project"] != "", "requires"))
    by_side = named.pivot_table("months", "cause", "side", "sum", fill_value=0.0, sort=False)
    most = by_side.loc[by_side.max(axis=1).sort_values(ascending=False, kind="stable").index].head(MOST_CAUSES)
    n = waits["project_id"].nunique()
    if "with" not in most:
        parts = [say("first.cause", what=str(cause), n=float(waited)) for cause, waited in most["without"].items()]
        return say("first.causes", parts=parts, n=n)
    sides = zip(most.index, most["without"], most["with"], strict=True)
    parts = [
        say("first.cause_of_both", what=str(cause), n=float(before), given=float(after))
        for cause, before, after in sides
    ]
    return say("first.causes_of_both", parts=parts, n=n)


def _fits(tables: RunTables) -> tuple[Text, ...]:
    """What fits of what is asked, by year and direction."""
    given = given_section(tables)
    return given.sentences if given else ()


def _blocked(tables: RunTables) -> Text:
    """How many developments the grid limits with status, and which element does so most often."""
    rows = scenario_rows(tables.connections, tables.first_scenario)
    limited = rows[rows["limiting_element"].astype(str) != ""]
    if limited.empty:
        return same("")
    most = limited["limiting_element"].astype(str).value_counts().sort_index().sort_values(kind="stable")
    element = tables.element(most.index[-1])
    return say("first.blocked", n=len(limited), of=len(rows), element=element, times=int(most.iloc[-1]))


def _lifted(tables: RunTables) -> Text:
    """Whose project most often lifts a limit."""
    rows = scenario_rows(tables.connections, tables.first_scenario)
    projects = [p for text in rows["lifted_by_project"].astype(str) for p in text.split()]
    if not projects:
        return same("")
    most = max(sorted(set(projects)), key=projects.count)
    owner = tables.projects.loc[tables.projects["project_id"].astype(str) == most]
    operator = str(owner["operator_id"].iloc[0]) if len(owner) and "operator_id" in owner else ""
    who = say("first.of_operator", operator=operator) if operator else same("")
    return say("first.lifted", project=tables.name("projects", most), who=who, n=projects.count(most))
