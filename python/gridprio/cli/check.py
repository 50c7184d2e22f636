"""gridprio check: every problem of a study or of a grid alone, and what else should be known of the grid."""

from __future__ import annotations

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
from gridprio.cli.spoken import name, spoken
from gridprio.errors import InputError, Problem

if TYPE_CHECKING:
    from gridprio.grid import Finding
    from gridprio.inputs import Study
    from gridprio.text import Language, Message


SourceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY|GRID",
        help="Study folder or workbook (.xlsx), or a grid: a file, pandapower:NAME, simbench:CODE.",
    ),
]


@dataclass
class Report:
    """What a check found."""

    what: object
    """the study or grid, as a reader sees it"""
    problems: list[Problem]
    warnings: list[Problem] = field(default_factory=list)
    findings: Sequence[Finding] = ()
    base_case: Sequence[Message] = ()
    """what the grid of a study without problems shows before any project"""


def check(source: SourceArgument, json_: JsonOption = False) -> None:
    """Validate a study, or a grid alone: every problem and warning at once; ends with 2 if there is any problem.

    Findings in a workbook are also coloured, with notes, in a copy beside it (its name ends in .checked.xlsx).
    """
    from gridprio.exchange.workbook_findings import workbook_of, write_findings
    from gridprio.grid import is_grid
    from gridprio.text import say

    report = grid_report(source) if is_grid(source) else study_report(source)
    language = spoken()
    if json_:
        listed = _as_json(report.problems, "problem", language) + _as_json(report.warnings, "warning", language)
        listed += [_finding_as_json(finding, language) for finding in report.findings]
        listed += [_base_case_as_json(said, language) for said in report.base_case]
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        print_report(Console(), report, language)
    if not is_grid(source) and (workbook := workbook_of(source)) is not None:
        copy = write_findings(workbook, report.problems, report.warnings, language)
        if copy is not None and not json_:
            typer.echo(f"\n{say('workbook.copy', path=str(copy))[language]}")
    if report.problems:
        raise typer.Exit(2)


def grid_report(source: Path) -> Report:
    from gridprio.grid import inspect_grid
    from gridprio.grid.plausibility import unused_by_study

    grid = inspect_grid(source)
    warnings = [] if grid.net is None else list(unused_by_study(grid.net))
    return Report(grid.grid, list(grid.problems), warnings, grid.findings)


def study_report(path: Path) -> Report:
    from gridprio.inputs import inspect_study

    study, problems = inspect_study(path)
    report = Report(study, problems)
    if study is None:
        return report
    name(study.settings.language)
    named = {(problem.file, problem.row, problem.column) for problem in problems}
    beside, report.findings = _beside_grid(study, problems)
    problems += [problem for problem in beside if (problem.file, problem.row, problem.column) not in named]
    report.warnings = _warnings(study, with_plan=not problems)
    report.base_case = [] if problems else _base_case(study)
    return report


def print_report(console: Console, report: Report, language: Language) -> None:
    """Problems and warnings by file, then what was assumed and what is odd in the grid, one line each."""
    from gridprio.text import say, word_message

    if report.problems:
        print_problems(console, report.problems, language)
    else:
        typer.echo(f"{say('problem_list.none')[language]} {_shown(report.what, language)}")
    if report.warnings:
        print_problems(console, report.warnings, language, "problem_list.warnings")
    for title, assumed, style in (("grid.assumed", True, "yellow"), ("grid.odd", False, "cyan")):
        found = [finding for finding in report.findings if finding.is_assumption is assumed]
        if found:
            console.print(Text(f"\n{say(title)[language]}", style=f"bold {style}"))
        for finding in found:
            console.print(Text.assemble(("  • ", style), word_message(finding.message())[language]), soft_wrap=True)
    if report.base_case:
        console.print()
    for said in report.base_case:
        console.print(Text(word_message(said)[language]), soft_wrap=True)


def _shown(what: object, language: Language) -> str:
    """How large a study or a grid without problems is."""
    from gridprio.inputs.study import Study
    from gridprio.model.grid import NODE_SLACK, Grid
    from gridprio.text import say

    if isinstance(what, Grid):
        slacks = int((what.arrays.node_kind == NODE_SLACK).sum())
        sizes = {"buses": len(what.bus_ids), "branches": what.arrays.n_branch, "outages": what.arrays.n_outage}
        return say("problem_list.grid", name=what.name, slacks=slacks, **sizes)[language]
    assert isinstance(what, Study)
    tables = ", ".join(f"{name} {rows}" for name, rows in what.counts().items())
    years = {"start": str(what.settings.start_year), "end": str(what.settings.end_year)}
    return say("problem_list.study", name=what.head.name, tables=tables, **years)[language]


def _beside_grid(study: Study, problems: list[Problem]) -> tuple[list[Problem], Sequence[Finding]]:
    """Problems beside the grid, where the grid itself is named rightly, and findings in it."""
    from gridprio.inputs.door import reading
    from gridprio.inputs.hierarchy import is_stations

    grid, beside, findings = study.head.grid, list[Problem](), list["Finding"]()
    if is_stations(study):
        return beside, findings
    if any(problem.file == grid or (problem.column or "").startswith("[study]") for problem in problems):
        return beside, findings
    with reading(grid, beside):
        if ":" in grid or Path(study.grid_source).is_file():
            of_grid, found = beside_the_grid(study)
            beside += of_grid
            findings += found
    return beside, findings


def _finding_as_json(finding: Finding, language: Language) -> dict[str, Any]:
    from gridprio.text import word_message

    return {
        "kind": "assumption" if finding.is_assumption else "note",
        "code": finding.code,
        "file": finding.table,
        "row": finding.rows[0] if len(finding.rows) == 1 else None,
        "column": None,
        "what": word_message(finding.message())[language],
        "rows": list(finding.rows),
    }


def _base_case_as_json(said: Message, language: Language) -> dict[str, Any]:
    from gridprio.text import word_message

    place = {"file": None, "row": None, "column": None}
    return {"kind": "base_case", "code": said.code, **place, "what": word_message(said)[language]}


def _base_case(study: Study) -> list[Message]:
    from gridprio.pipeline.base_case import base_case_messages, base_case_tables
    from gridprio.pipeline.branch_names import names_of_branches
    from gridprio.pipeline.session import Session
    from gridprio.pipeline.voltages import voltage_messages, voltage_tables

    with Session(study) as session:
        tables = base_case_tables(session) | voltage_tables(session)
        named = names_of_branches(study.stations, session.cells)
    said = base_case_messages(tables.get("base_case"), study.settings.interruption_max_mw, named)
    return [*said, *voltage_messages(tables.get("voltages"), named)]


def _as_json(problems: list[Problem], kind: str, language: Language) -> list[dict[str, Any]]:
    """Words in the language, and the code of what is wrong for programs."""
    from gridprio.text import Sentence, in_language

    return [
        {
            "kind": kind,
            "code": problem.what.message.code if isinstance(problem.what, Sentence) else None,
            "file": problem.file,
            "row": problem.row,
            "column": problem.column,
            "cell": problem.cell or None,
        }
        | {name: in_language(getattr(problem, name), language) for name in ("what", "found", "expected", "mend")}
        for problem in problems
    ]


def _warnings(study: Study, *, with_plan: bool) -> list[Problem]:
    """What can hardly be meant; of plan and grid only where the study has no problems."""
    from gridprio.inputs.plausibility import implausible

    if not with_plan:
        return implausible(study, is_whole=False)
    from gridprio.kernels.select import get_kernels
    from gridprio.pipeline.plausibility import grid_warnings, study_warnings

    return [*study_warnings(study, get_kernels("auto")), *grid_warnings(study)]


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
    from gridprio.grid.measured import measurement_problems
    from gridprio.inputs.checks import profile_name_problems
    from gridprio.inputs.enumerations import ChangeAction
    from gridprio.text import sentence

    grid = inspect_grid(study.grid_source)
    if grid.grid is None:
        return list(grid.problems), grid.findings
    known = set(grid.grid.bus_ids.tolist())
    added = {change.bus for change in study.project_changes if change.action is ChangeAction.ADD_BUS}
    problems = [
        study.problem(
            "stations",
            at,
            "buses",
            sentence("problem.no_bus"),
            found=str(bus),
            expected=sentence("expected.bus"),
            mend=sentence("remedy.mend_bus"),
        )
        for at, station in enumerate(study.stations)
        for bus in station.buses
        if bus not in known | added
    ]
    problems += measurement_problems(study, grid.grid)
    of_grid = own_profiles(grid.net)
    if of_grid is not None:
        problems += profile_name_problems(study, of_grid.columns)
    try:
        study_union(grid.net, study)
    except InputError as error:
        problems += error.problems
    return problems, grid.findings
