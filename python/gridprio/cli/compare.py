"""gridprio compare: two runs, or two rounds of the programme, side by side."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gridprio.cli.messages import table_console
from gridprio.cli.options import JsonOption
from gridprio.cli.spoken import opened_run, spoken

if TYPE_CHECKING:
    import pandas as pd

    from gridprio.pipeline.compare import RunComparison
    from gridprio.text import Language


def compare(
    before: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder of the earlier round.")],
    after: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder of the later round.")],
    json_: JsonOption = False,
) -> None:
    """Say what was delivered, dropped, added and moved from one run to the next, and what changed."""
    from gridprio.pipeline.compare import compare_runs
    from gridprio.store import read_run

    later = opened_run(read_run(after))
    found = compare_runs(read_run(before), later)
    if json_:
        typer.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
        return
    print_comparison(table_console(), found, spoken())


def print_comparison(console: Console, found: RunComparison, language: Language) -> None:
    """Counts, the projects that changed, what is shared, outcomes and notes."""
    from gridprio.text import say, word, word_message

    counts = Counter(found.projects["change"])
    parts = [say("compare.counts", n=n, change=word("compared", change))[language] for change, n in counts.items()]
    console.print(", ".join(parts), highlight=False)
    console.print(_projects(found.projects[found.projects["change"] != "unchanged"], language))
    if len(found.shared):
        headings = ("compare.shared", "compare.before", "compare.after")
        shared = Table(*(say(code)[language] for code in headings), box=None, pad_edge=False)
        for row in found.shared.to_dict("records"):
            shared.add_row(*(Text(row[name]) for name in ("what", "before", "after")))
        console.print(shared)
    if len(found.outcomes):
        console.print(_outcomes(found.outcomes, language))
    for note in found.notes:
        console.print(f"- {word_message(note)[language]}", markup=False, highlight=False, soft_wrap=True)


def _projects(rows: pd.DataFrame, language: Language) -> Table:
    from gridprio.text import number, say, word, word_kind

    codes = (
        say("page.project"), say("compare.change"), say("compare.promised"), say("compare.now"),
        say("compare.months_later"),
    )  # fmt: skip
    table = Table(*(heading[language] for heading in codes), box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.no_wrap = True
    table.columns[4].justify = "right"
    for row in rows.to_dict("records"):
        changed = row["changed"] or say("compare.others")[language]
        held = word_kind("reason", row["binding_after"])[language]
        moved = row["change"] in ("moved", "into_plan", "out_of_plan")
        why = "; ".join(part for part in (changed if moved else "", held) if part)
        table.add_row(
            Text.assemble(row["name"], (f"\n  {why}" if why else "", "dim")),
            word("compared", row["change"])[language],
            row["promised"] or "–",
            say("compare.built", month=row["realised"])[language] if row["realised"] else row["expected"] or "–",
            number(row["months_later"], signed=True)[language],
        )
    return table


def _outcomes(rows: pd.DataFrame, language: Language) -> Table:
    from gridprio.report.run_tables import scenario_text
    from gridprio.text import number, say, significant, word, word_kind

    headings = [
        say(code)[language] for code in ("compare.outcomes", "page.scenario", "compare.before", "compare.after")
    ]
    table = Table(
        *headings, say("compare.difference")[language], say("page.verdict")[language], box=None, pad_edge=False
    )
    for place in (2, 3, 4):
        table.columns[place].justify = "right"
    for row in rows.to_dict("records"):
        decimals = significant(row["difference"] or row["before"])
        values = [number(row[name], decimals, signed=name == "difference")[language] for name in VALUES]
        verdicts = [word("verdict", row[name])[language] for name in ("verdict_before", "verdict_after") if row[name]]
        name = f"{word_kind('metric', row['metric'])[language]} ({word_kind('unit', row['metric'])[language]})"
        scenario = scenario_text(row["scenario"], row["scenario_name"])[language]
        table.add_row(Text(name), Text(scenario), *values, " → ".join(dict.fromkeys(verdicts)))
    return table


VALUES = ("before", "after", "difference")


def _as_json(found: RunComparison) -> dict[str, Any]:
    from gridprio.text import word_message

    tables = {name: getattr(found, name) for name in ("projects", "outcomes", "shared")}
    plain = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
    return {**plain, "notes": [{**note.as_json(), "en": word_message(note)["en"]} for note in found.notes]}
