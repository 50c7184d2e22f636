"""The answer of a run in a few plain sentences and a table, for the command line and the page alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from gridprio.report.basis import basis_text
from gridprio.report.bound import bound_by_others, bound_headline, bound_sentences
from gridprio.report.changes import (
    lever_sentence,
    metric_sentences,
    own_status_sentences,
    why_not_sentences,
)
from gridprio.report.dates import DateMove, date_moves, moves_sentences, nothing_is_built
from gridprio.report.effects import EffectRow, ProjectRow, effect_rows, project_rows
from gridprio.report.finding import finding
from gridprio.report.found import found_headline, found_messages, gap_sentences, moved_sentences
from gridprio.report.harm import harm_sentences
from gridprio.report.movers import price_sentences
from gridprio.report.placebo import placebo_sentence
from gridprio.report.run_tables import RunTables, run_tables
from gridprio.report.who import goal_sentences
from gridprio.text import Language, Text, lower, same, say

Topic = tuple[Text, tuple[Text, ...]]
"""Heading and sentences."""


@dataclass(frozen=True)
class Answer:
    """What a run says; `rows` are the effects in total, `projects` those per project with status."""

    question: Text
    headline: Text
    below: tuple[Text, ...]
    """lines of their own under the headline: through which lever, and the place among random lists"""
    topics: tuple[Topic, ...]
    """what changes, for waiting and the grid, for whom, and why not more"""
    basis: Text
    """what the basis of the operator's order means for the answer; empty where nothing is compared"""
    established: bool
    """whether the effect of status can be established from this order at all; else all below is a what-if"""
    comparable: bool
    """whether any project with status could change anything"""
    fictional: bool
    rows: tuple[EffectRow, ...]
    projects: tuple[ProjectRow, ...]

    @property
    def sentences(self) -> tuple[Text, ...]:
        return tuple(s for _, found in self.topics for s in found)

    @property
    def what_if(self) -> bool:
        """Whether what is shown comes from a reconstructed order."""
        return self.comparable and not self.established

    def text(self, language: Language = "nl") -> str:
        """The answer as plain lines for a terminal."""
        lines = [f"[{say('answer.fictional')[language].upper()}]"] if self.fictional else []
        sentences = [f"- {s[language]}" for s in self.sentences]
        head, basis = self.headline[language], [self.basis[language]] if self.basis else []
        if not self.what_if:
            return "\n".join([*lines, head, *(line[language] for line in self.below), *sentences, *basis])
        heading = say("answer.what_if")[language] + ":"
        return "\n".join([*lines, head, *basis, heading, *sentences])

    def __repr__(self) -> str:
        return self.text("nl")

    def _repr_html_(self) -> str:
        notice = f"<p><strong>{say('answer.fictional').nl}</strong></p>" if self.fictional else ""
        head, basis = f"<p><strong>{escape(self.headline.nl)}</strong></p>", f"<p>{escape(self.basis.nl)}</p>"
        items = "<ul>" + "".join(f"<li>{escape(s.nl)}</li>" for s in self.sentences) + "</ul>"
        if not self.what_if:
            return notice + head + "".join(f"<p>{escape(line.nl)}</p>" for line in self.below) + items + basis
        return f"{notice}{head}{basis}<p><strong>{escape(say('answer.what_if').nl)}</strong></p>{items}"


def answer(run: Any) -> Answer:
    """The answer of a run: an object with the tables of docs/run-folder.md as attributes, and `manifest`."""
    return answer_of_tables(run if isinstance(run, RunTables) else run_tables(run))


def answer_of_tables(tables: RunTables) -> Answer:
    return _of_search(tables) if tables.is_search else _of_status(tables)


def _of_search(tables: RunTables) -> Answer:
    topics = (
        (say("found.topic_best"), (*gap_sentences(tables), *found_messages(tables))),
        (say("found.topic_moved"), tuple(moved_sentences(tables))),
    )
    return Answer(
        question=say("found.question"),
        headline=found_headline(tables),
        below=(),
        topics=topics,
        comparable=False,
        basis=same(""),
        established=tables.comparison.established,
        fictional=bool(tables.manifest.get("study", {}).get("fictional", False)),
        rows=(),
        projects=(),
    )


def _of_status(tables: RunTables) -> Answer:
    rows, projects, moves = effect_rows(tables), project_rows(tables), date_moves(tables)
    nothing = _nothing_to_compare(tables)
    below: tuple[Text, ...] = ()
    if nothing:
        found = nothing
    elif nothing_is_built(tables, moves):
        found = say("answer.nothing_is_built")
    else:
        found = finding(rows, moves)
        below = tuple(line for line in (lever_sentence(rows), placebo_sentence(tables, rows)) if line)
    if nothing:
        topics = [(say("answer_topic.why_not"), tuple(why_not_sentences(projects))), _first(tables)]
    else:
        topics = list(_topics(tables, rows, projects, moves))
        if not tables.comparison.established:
            what_if = say("answer.in_what_if", found=lower(found))
            said = (what_if, *below, *(s for _, sentences in topics for s in sentences))
            topics, below = [(say("answer.what_if"), said)], ()
    return Answer(
        question=say("answer.question"),
        headline=found if tables.comparison.established or nothing else say("answer.not_established"),
        below=below,
        topics=tuple(topic for topic in topics if topic[1]),
        comparable=not nothing,
        basis=same("") if nothing else basis_text(tables),
        established=tables.comparison.established,
        fictional=bool(tables.manifest.get("study", {}).get("fictional", False)),
        rows=tuple(rows),
        projects=tuple(projects),
    )


def _topics(
    tables: RunTables, rows: list[EffectRow], projects: list[ProjectRow], moves: list[DateMove]
) -> Iterator[Topic]:
    yield say("answer_topic.plan"), (*moves_sentences(moves), *own_status_sentences(projects))
    yield say("answer_topic.waiting"), (*metric_sentences(rows), *harm_sentences(tables))
    yield say("answer_topic.whom"), (*goal_sentences(tables), *price_sentences(tables))
    yield say("answer_topic.why_not"), tuple(why_not_sentences(projects))
    yield _first(tables)


def _first(tables: RunTables) -> Topic:
    return say("answer_topic.first"), tuple(bound_sentences(bound_by_others(tables)))


def _nothing_to_compare(tables: RunTables) -> Text | None:
    """The headline where nothing is built, no project has status, or none that has it could change anything."""
    if any(message.get("code") == "plan.nothing_built" for message in tables.manifest.get("messages", ())):
        return say("answer.nothing_built")
    holders = set(tables.projects.loc[tables.projects["status"].astype(bool), "project_id"].astype(str))
    if not holders:
        bound = bound_by_others(tables)
        return bound_headline(bound) if any(one.by_others for one in bound) else say("answer.nobody_has_status")
    effects = tables.status_effect
    mine = effects[effects["project_id"].astype(str).isin(holders)]
    still = mine["reason"].astype(str).str.replace(":.*", "", regex=True).isin(("no_change", "other_carrier"))
    if mine.empty or not (still & (mine["verdict"] == "not_assessable")).all():
        return None
    return say("answer.nothing_changes")
