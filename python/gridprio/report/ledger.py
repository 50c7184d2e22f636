"""The ledger as people read it: per project what was decided, where it is, why, and whose lever would move it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridprio.inputs.enumerations import Lever
from gridprio.report.held_by import held_by
from gridprio.report.reach import LEAST_MONTHS
from gridprio.report.run_tables import RunTables
from gridprio.store.whole import write_whole
from gridprio.text import LANGUAGES, Text, join, month, number, percent, same, say, word, word_kind

UNMOVED = {"own_work": "reach.own_work", "fixed": "ledger.fixed"}
"""What holds up a project that no relaxed constraints move -> its sentence."""
FLIPS = {
    "permit_months": ("flip.permit_months", "amount"),
    "land_months": ("flip.land_months", "amount"),
    "places": ("flip.places", "amount"),
    "project_first": ("flip.project_first", "name"),
    "crew": ("step.crew", "name"),
    "permit_desk": ("step.permit_desk", "name"),
    "delivery": ("step.delivery", "name"),
    "outage_slot": ("step.outage_slot", "name"),
}
"""Kind of `flip_condition` -> its sentence, and what stands after the colon."""
OTHER_PROJECT = {"requires": "ledger.requires", "excluded": "ledger.excluded"}
"""Cause in which another project has part -> its sentence."""
NO_WAIT = {"horizon": "ledger.beyond", "fixed": "ledger.fixed_date"}
"""Cause that is nobody's queue -> its sentence."""
FILES = {"nl": "ledger_nl.csv", "en": "ledger_en.csv"}
SEPARATORS = {"nl": ";", "en": ","}
"""Of columns, as spreadsheets in that language expect it."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula."""
Row = Mapping[Any, Any]


@dataclass(frozen=True)
class LedgerLine:
    """What the last round says of one project; texts are empty where there is nothing to say."""

    project_id: str
    name: str
    operator_id: str
    standing: Text
    """status, listed or neither"""
    decision: Text
    """what, by whom, when, where it stands and why"""
    where: Text
    """when in service, or what it informs"""
    months: tuple[Text, ...]
    """where its months go in the plan with status: own phases by lever, what runs late, what it waits for"""
    binding: Text
    lever: Text
    flip: Text
    flip_lever: Text
    weighing: tuple[Text, ...]
    """what it saves, scores and principles"""
    earlier: tuple[Text, ...]
    """decisions of the rounds before"""


def ledger_lines(tables: RunTables) -> tuple[LedgerLine, ...]:
    """Every project ever considered, in the order in which it first came up; empty where a run has no ledger."""
    names = dict(zip(tables.ledger["project_id"].astype(str), tables.ledger["name"].astype(str), strict=True))
    newest = tables.ledger["round"].max() if len(tables.ledger) else 0
    return tuple(
        _line(rows.to_dict("records"), names, int(newest))
        for _, rows in tables.ledger.groupby("project_id", sort=False)
    )


def write_ledger(lines: Sequence[LedgerLine], folder: Path) -> None:
    """One table per language beside the page; nothing where there are no lines."""
    for language in LANGUAGES if lines else ():
        headings = [
            say("page.project"), say("ledger.code"), say("ledger.operator"), say("ledger.standing"),
            say("ledger.decision"), say("ledger.where"), say("ledger.months"), say("page.holds_up"),
            say("ledger.lever"), say("page.flip"), say("ledger.flip_lever"), say("ledger.weighing"),
            say("ledger.earlier"),
        ]  # fmt: skip
        text = io.StringIO()
        table = csv.writer(text, delimiter=SEPARATORS[language], lineterminator="\r\n")
        table.writerow([heading[language] for heading in headings])
        for line in lines:
            months, *several = (
                "; ".join(part[language] for part in parts) for parts in (line.months, line.weighing, line.earlier)
            )
            where, why = (
                [part[language] for part in parts]
                for parts in (
                    (line.standing, line.decision, line.where),
                    (line.binding, line.lever, line.flip, line.flip_lever),
                )
            )
            cells = [line.name, line.project_id, line.operator_id, *where, months, *why, *several]
            table.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
        write_whole(folder / FILES[language], "\ufeff" + text.getvalue())


def _line(rounds: Sequence[Row], names: Mapping[str, str], newest: int) -> LedgerLine:
    row = rounds[-1]
    gone = row["round"] < newest
    assessed = row["assessment"] == "assessed"
    reason = word_kind("reason", row["assessment_reason"])
    binding = _binding(row, names) if assessed else say("ledger.not_assessed", reason=reason)
    return LedgerLine(
        project_id=str(row["project_id"]),
        name=str(row["name"]),
        operator_id=str(row["operator_id"]),
        standing=say("ledger.gone", round=row["round"]) if gone else _standing(row),
        decision=_decision(row),
        where=_where(row),
        months=tuple(_months(row, names)),
        binding=binding,
        lever=word_kind("lever", row["lever"]),
        flip=_flip(row, names) if assessed else same(""),
        flip_lever=word("lever", row["flip_lever"]) if assessed else same(""),
        weighing=tuple(_weighing(row)),
        earlier=tuple(say("ledger.round", n=r["round"], decision=_decision(r)) for r in rounds[:-1]),
    )


def _standing(row: Row) -> Text:
    if row["status"]:
        return say("ledger.has_status", since=row["status_from"])
    return say("ledger.listed") if row["listed"] else say("ledger.not_listed")


def _decision(row: Row) -> Text:
    parts = [str(row[name]) for name in ("decision", "decided_by", "decided_on", "document") if row[name]]
    said = same("; ".join(parts)) if parts else say("ledger.no_decision")
    return say("ledger.because", decision=said, reason=str(row["reason"])) if row["reason"] else said


def _where(row: Row) -> Text:
    if row["delivered_on"]:
        return say("ledger.delivered", since=row["delivered_on"])
    if row["assessment"] != "assessed":
        what = str(row["informs"]) or say("ledger.informs_unsaid")
        if math.isnan(row["decide_by_year"]):
            return say("ledger.informs", what=what)
        return say("ledger.informs_by", what=what, year=row["decide_by_year"])
    end = 12 * (row["end_year"] - row["start_year"] + 1)
    earliest = row["plan_month"] - row["movable_months_both"]
    without, with_status, soonest = (
        month(int(row["start_year"]), math.inf if months >= end else months)
        for months in (row["plan_month"], row["month_with_both"], earliest)
    )
    if earliest >= end:
        return say("ledger.never", when=without)
    if without == with_status:
        return say("ledger.same", when=without, soonest=soonest)
    return say("ledger.moved", without=without, with_status=with_status, soonest=soonest)


def _months(row: Row, names: Mapping[str, str]) -> Iterator[Text]:
    """Those that round to none are not named."""
    for lever in Lever:
        if (n := row[f"own_months_{lever.value}"]) > LEAST_MONTHS:
            yield say("reach.own_phases", n=n, lever=lever.value)
    if row["late_months"] > LEAST_MONTHS:
        yield say("reach.delay", n=row["late_months"])
    for part in str(row["waits_for"]).split("; ") if row["waits_for"] else ():
        holder, months, cause = part.split(":", 2)
        if float(months) > LEAST_MONTHS:
            yield _waiting(float(months), holder, cause, names)


def _waiting(n: float, lever: str, cause: str, names: Mapping[str, str]) -> Text:
    kind, _, other = cause.partition(":")
    if other in names:
        return say(OTHER_PROJECT[kind], n=n, project=names[other], project_id=other)
    if cause in NO_WAIT:
        return say(NO_WAIT[cause], n=n)
    return say("ledger.waiting", n=n, what=cause, lever=lever) if lever else say("ledger.no_lever", n=n, what=cause)


def _binding(row: Row, names: Mapping[str, str]) -> Text:
    code = str(row["binding_constraint"])
    if code in UNMOVED:
        return say(UNMOVED[code])
    return held_by(code, str(row["whose_project"]), str(row["whose_operator"]), row["binding_months"], names)


def _flip(row: Row, names: Mapping[str, str]) -> Text:
    kind, _, detail = str(row["flip_condition"]).partition(":")
    if not kind:
        return say("reach.no_flip")
    if kind == "budget_year":
        operator, _, year = detail.rpartition("@")
        change = say("ledger.budget_year", name=operator, year=year)
    else:
        code, column = FLIPS[kind]
        change = say(code, **{column: int(detail) if column == "amount" else names.get(detail, detail)})
    return say("reach.flip", change=change, n=row["flip_months"])


def _weighing(row: Row) -> list[Text]:
    found = []
    if not math.isnan(row["saved_points_lowest"]):
        low, high = row["saved_points_lowest"], row["saved_points_highest"]
        share = percent(row["among_first_share"])
        if high < 0:
            found.append(say("ledger.harms", low=-high, high=-low))
        else:
            same_points = round(low) == round(high)
            points = number(high) if same_points else say("answer.range", low=number(low), high=number(high))
            found.append(say("ledger.saves", points=points, share=share))
    if not math.isnan(row["societal_score"]):
        shares = {name: percent(row[f"share_{name}"]) for name in ("first", "with_status")}
        found.append(say("ledger.scores", score=row["societal_score"], **shares))
    stances: dict[str, list[Text]] = {}
    for part in str(row["principles"]).split("; ") if row["principles"] else ():
        principle, _, stance = part.rpartition(":")
        stances.setdefault(stance, []).append(same(principle))
    return found + [say("ledger.principle", stance=word("stance", s), principles=join(p)) for s, p in stances.items()]
