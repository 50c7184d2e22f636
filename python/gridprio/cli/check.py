"""gridprio check: every problem of a study at once."""

from __future__ import annotations

import dataclasses
import json

import typer
from rich.console import Console

from gridprio.cli.guard import print_problems
from gridprio.cli.options import JsonOption, StudyArgument


def check(study: StudyArgument, json_: JsonOption = False) -> None:
    """Validate a study only: every problem at once; ends with 2 if there is any."""
    from gridprio.inputs import inspect_study

    found, problems = inspect_study(study)
    if json_:
        typer.echo(json.dumps([dataclasses.asdict(problem) for problem in problems], ensure_ascii=False, indent=2))
    elif problems:
        print_problems(Console(), problems)
    else:
        typer.echo(f"No problems. {found!r}")
    if problems:
        raise typer.Exit(2)
