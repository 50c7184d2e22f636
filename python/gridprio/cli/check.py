"""gridprio check: every problem of a study or a grid at once, and what else should be known of the grid."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from gridprio.cli.guard import print_problems
from gridprio.cli.options import JsonOption
from gridprio.errors import InputError, Problem

if TYPE_CHECKING:
    from gridprio.grid import Finding
    from gridprio.inputs import Study
    from gridprio.text import Language

SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY|GRID",
        help="Study folder or workbook (.xlsx); or a grid: a file, pandapower:NAME, simbench:CODE.",
    ),
]


@dataclass
class Report:
    """What a check found."""

    what: object
    """the study or grid, for the reader"""
    problems: list[Problem]
    findings: Sequence[Finding] = field(default_factory=tuple)
    language: Language = "en"


def check(source: SourceArgument, json_: JsonOption = False) -> None:
    """Validate a study, or a grid alone: every problem at once, and what was assumed; ends with 2 on a problem."""
    from gridprio.grid import is_grid

    report = grid_report(source) if is_grid(source) else study_report(source)
    if json_:
        typer.echo(json.dumps(_as_json(report), ensure_ascii=False, indent=2))
    else:
        print_report(Console(), report)
    if report.problems:
        raise typer.Exit(2)


def grid_report(source: Path) -> Report:
    from gridprio.grid import inspect_grid

    inspection = inspect_grid(source)
    return Report(inspection.grid, list(inspection.problems), inspection.findings)


def study_report(path: Path) -> Report:
    from gridprio.inputs import inspect_study

    study, problems = inspect_study(path)
    report = Report(study, problems)
    if study is None:
        return report
    report.language = study.settings.language
    if ":" in study.head.grid or Path(study.grid_source).is_file():
        named = {(problem.file, problem.row, problem.column) for problem in problems}
        beside, report.findings = beside_the_grid(study)
        problems += [problem for problem in beside if (problem.file, problem.row, problem.column) not in named]
    return report


def beside_the_grid(study: Study) -> tuple[list[Problem], Sequence[Finding]]:
    """What only shows beside the grid: the grid itself, buses of stations, changes of projects."""
    from gridprio.cells.sealed import SealedCells, is_sealed

    if is_sealed(study):
        try:
            SealedCells(study)
        except InputError as error:
            return list(error.problems), ()
        return [], ()
    from gridprio.grid import inspect_grid, own_profiles, study_union
    from gridprio.inputs.checks import profile_name_problems
    from gridprio.inputs.words import ChangeAction

    grid = inspect_grid(study.grid_source)
    if grid.grid is None:
        return list(grid.problems), grid.findings
    known = set(grid.grid.bus_ids.tolist())
    added = {change.bus for change in study.project_changes if change.action is ChangeAction.ADD_BUS}
    problems = [
        study.problem("stations", at, "buses", "not a bus of the grid", found=str(bus))
        for at, station in enumerate(study.stations)
        for bus in station.buses
        if bus not in known | added
    ]
    of_grid = own_profiles(grid.net)
    if of_grid is not None:
        problems += profile_name_problems(study, of_grid.columns)
    try:
        study_union(grid.net, study)
    except InputError as error:
        problems += error.problems
    return problems, grid.findings


def print_report(console: Console, report: Report) -> None:
    """Problems by file, then what was assumed, then what is odd; each finding is one line, its rows counted."""
    if report.problems:
        print_problems(console, report.problems)
    else:
        console.print(Text(f"No problems. {report.what!r}"), soft_wrap=True)
    from gridprio.text import say

    titles = (say("grid.assumed")[report.language], True, "yellow"), (say("grid.odd")[report.language], False, "cyan")
    for title, assumed, style in titles:
        sentences = [
            _sentence(finding, report.language) for finding in report.findings if finding.is_assumption is assumed
        ]
        if sentences:
            console.print(Text(f"\n{title}", style=f"bold {style}"))
        for sentence in sentences:
            console.print(Text.assemble(("  • ", style), sentence), soft_wrap=True)


def _sentence(finding: Finding, language: Language) -> str:
    from gridprio.text import word_message

    return word_message(finding.message())[language]


def _as_json(report: Report) -> list[dict[str, Any]]:
    """One entry per problem and finding, told apart by `severity`: problem, assumption or note."""
    problems = [{"severity": "problem", **dataclasses.asdict(problem)} for problem in report.problems]
    return problems + [_finding_as_json(finding, report.language) for finding in report.findings]


def _finding_as_json(finding: Finding, language: Language) -> dict[str, Any]:
    return {
        "severity": "assumption" if finding.is_assumption else "note",
        "file": finding.table,
        "row": finding.rows[0] if len(finding.rows) == 1 else None,
        "column": None,
        "what": _sentence(finding, language),
        "code": finding.code,
        "rows": list(finding.rows),
    }
