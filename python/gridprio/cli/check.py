"""gridprio check: every problem of a study at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from gridprio.cli.guard import print_problems
from gridprio.cli.options import JsonOption, LanguageOption, StudyArgument
from gridprio.errors import InputError, Problem

if TYPE_CHECKING:
    from gridprio.inputs import Study
    from gridprio.text import Language


def check(study: StudyArgument, language: LanguageOption = None, json_: JsonOption = False) -> None:
    """Validate a study only: every problem and warning at once; ends with 2 if there is any problem."""
    from gridprio.inputs import inspect_study

    found, problems = inspect_study(study)
    if found is not None:
        named = {(problem.file, problem.row, problem.column) for problem in problems}
        beside = _beside_grid(found, problems)
        problems += [problem for problem in beside if (problem.file, problem.row, problem.column) not in named]
    warnings = [] if found is None else _warnings(found, with_plan=not problems)
    spoken: Language = "nl" if language == "nl" else "en"
    if json_:
        listed = _as_json(problems, "problem", spoken) + _as_json(warnings, "warning", spoken)
        typer.echo(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        console = Console()
        if problems:
            print_problems(console, problems, spoken)
        else:
            from gridprio.text import say

            typer.echo(f"{say('problem_list.none')[spoken]} {found!r}")
        if warnings:
            print_problems(console, warnings, spoken, "problem_list.warnings")
    if problems:
        raise typer.Exit(2)


def _beside_grid(study: Study, problems: list[Problem]) -> list[Problem]:
    """Problems beside the grid, where the grid itself is named rightly."""
    from gridprio.inputs.limits import reading

    grid, beside = study.head.grid, list[Problem]()
    if any(problem.file == grid or (problem.column or "").startswith("[study]") for problem in problems):
        return beside
    with reading(grid, beside):
        if ":" in grid or Path(study.grid_source).is_file():
            beside += grid_problems(study)
    return beside


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
        }
        | {name: in_language(getattr(problem, name), language) for name in ("what", "found", "expected", "mend")}
        for problem in problems
    ]


def _warnings(study: Study, *, with_plan: bool) -> list[Problem]:
    """What can hardly be meant; of plan and grid only where the study has no problems."""
    from gridprio.inputs.plausibility import implausible

    if not with_plan:
        return implausible(study)
    from gridprio.kernels.select import get_kernels
    from gridprio.pipeline.plausibility import grid_warnings, study_warnings

    return [*study_warnings(study, get_kernels("auto")), *grid_warnings(study)]


def grid_problems(study: Study) -> list[Problem]:
    """What only shows beside the grid: whether it can be read, buses of stations, changes of projects."""
    from gridprio.cells.sealed import SealedCells, is_sealed

    if is_sealed(study):
        try:
            SealedCells(study)
        except InputError as error:
            return list(error.problems)
        return []
    from gridprio.grid import own_profiles, read_grid, read_net, study_union
    from gridprio.inputs.checks import profile_name_problems
    from gridprio.inputs.enumerations import ChangeAction

    try:
        net, _ = read_net(study.grid_source)
        known = set(read_grid(net).bus_ids.tolist())
    except InputError as error:
        return list(error.problems)
    added = {change.bus for change in study.project_changes if change.action is ChangeAction.ADD_BUS}
    problems = [
        study.problem("stations", at, "buses", "not a bus of the grid", found=str(bus))
        for at, station in enumerate(study.stations)
        for bus in station.buses
        if bus not in known | added
    ]
    of_grid = own_profiles(net)
    if of_grid is not None:
        problems += profile_name_problems(study, of_grid.columns)
    try:
        study_union(net, study)
    except InputError as error:
        problems += error.problems
    return problems
