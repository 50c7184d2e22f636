"""When projects come into service without status and with all of it: what the counts of the answer rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gridprio.report.effects import BY_LIST, IN_SERVICE, TOTAL, shown_channel
from gridprio.report.run_tables import RunTables
from gridprio.text import Text, same, say

MOVES = {
    "better": "project_moves.better",
    "worse": "project_moves.worse",
    "none": "project_moves.none",
    "undecided": "project_moves.undecided",
    "not_assessable": "project_moves.not_assessable",
}
MOST_NAMES = 3


@dataclass(frozen=True)
class DateMove:
    """One project, no status against all of it, in the first scenario; months from January of the first year."""

    project_id: str
    name: str
    has_status: bool
    verdict: str
    mean_months: float
    without_month: float
    with_month: float


def date_moves(tables: RunTables) -> list[DateMove]:
    """Every project, in the order of the study."""
    rows = tables.status_effect
    rows = rows[(rows["channel"] == shown_channel(tables)) & (rows["scenario"].astype(str) == tables.first_scenario)]
    own = rows[rows["metric"] == IN_SERVICE].set_index("project_id")["verdict"].to_dict()
    has_status = dict(
        zip(tables.projects["project_id"].astype(str), tables.projects["status"].astype(bool), strict=True)
    )
    return [
        DateMove(
            project_id=str(row["project_id"]),
            name=tables.name("projects", row["project_id"]),
            has_status=has_status.get(str(row["project_id"]), False),
            verdict="not_assessable" if own.get(row["project_id"]) == "not_assessable" else str(row["verdict"]),
            mean_months=float(row["mean"]),
            without_month=float(row["without_status"]),
            with_month=float(row["with_status"]),
        )
        for row in rows[(rows["metric"] == BY_LIST) & (rows["project_id"] != TOTAL)].to_dict("records")
    ]


def nothing_is_built(tables: RunTables, moves: Sequence[DateMove]) -> bool:
    """Whether no project comes into service within the horizon in any draw, without status or with it."""
    n_month = 12 * (tables.settings.end_year + 1 - tables.settings.start_year)
    return bool(moves) and all(min(m.without_month, m.with_month) >= n_month for m in moves)


def moves_sentences(moves: Sequence[DateMove]) -> list[Text]:
    """What happens to how many of the projects with status, and which others the list moves."""
    holders = [m for m in moves if m.has_status]
    if not holders:
        return [say("answer.no_holders")]
    return [_counted(holders), *_others([m for m in moves if not m.has_status])]


def _counted(moves: Sequence[DateMove]) -> Text:
    seen = Counter(m.verdict for m in moves)
    if len(moves) == 1:
        return say("answer.the_only_project", what=say(MOVES[moves[0].verdict], n=1))
    parts = [
        say("answer.so_many", n=seen[verdict], what=say(code, n=seen[verdict]))
        for verdict, code in MOVES.items()
        if seen[verdict]
    ]
    return say("answer.of_projects", n=len(moves), parts=parts)


def _others(moves: Sequence[DateMove]) -> list[Text]:
    """Projects without status that come later, then those that come earlier, the largest change first."""
    found = []
    for verdict, code in (("worse", "answer.others_later"), ("better", "answer.others_earlier")):
        mine = sorted((m for m in moves if m.verdict == verdict), key=lambda m: -abs(m.mean_months))
        if mine:
            names = [say("answer.by_months", name=m.name, months=round(abs(m.mean_months))) for m in mine[:MOST_NAMES]]
            if len(mine) > MOST_NAMES:
                names.append(say("answer.other_projects", n=len(mine) - MOST_NAMES))
            found.append(say(code, n=len(mine), names=names if names else [same("")]))
    return found
