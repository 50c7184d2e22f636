"""How a command ends: exit codes and errors in words instead of tracebacks."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterable
from typing import ParamSpec

import typer
from rich.console import Console
from rich.text import Text

from gridprio.errors import GridprioError, InputError, Problem

P = ParamSpec("P")

INTERRUPTED_EXIT = 130
INTERNAL_EXIT = 70


def guarded(command: Callable[P, None]) -> Callable[P, None]:
    """`command`, ending with the exit code of its error.

    2 input, 3 backend, 4 store, 5 calculation, 70 internal, 130 Ctrl-C.
    """

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        console = Console(stderr=True)
        try:
            command(*args, **kwargs)
        except InputError as error:
            print_problems(console, error.problems)
            raise typer.Exit(error.exit_code) from None
        except GridprioError as error:
            console.print(Text.assemble(("Error: ", "bold red"), str(error)), soft_wrap=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            console.print("Stopped.", style="bold yellow")
            raise typer.Exit(INTERRUPTED_EXIT) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            _print_internal(console, error)
            raise typer.Exit(INTERNAL_EXIT) from None

    return wrapper


def print_problems(console: Console, problems: Iterable[Problem]) -> None:
    """All problems, by file in the order found; each with what was found, what was expected and how to mend it."""
    found = list(problems)
    count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    console.print(Text(f"{count} in the input", style="bold red"))
    by_file: dict[str, list[Problem]] = {}
    for problem in found:
        by_file.setdefault(problem.file, []).append(problem)
    for file, group in by_file.items():
        console.print(Text(f"\n{file}", style="bold"))
        for problem in group:
            console.print(_problem_text(problem), soft_wrap=True)


def _problem_text(problem: Problem) -> Text:
    place = [f"row {problem.row}"] if problem.row is not None else []
    place += [problem.column] if problem.column else []
    text = Text("  ")
    if place:
        text.append(", ".join(place), style="cyan").append(": ")
    text.append(problem.what)
    if problem.found:
        text.append("; found ").append(problem.found, style="red")
    if problem.expected:
        text.append("; expected ").append(problem.expected, style="green")
    if problem.mend:
        text.append("\n      ").append(problem.mend, style="italic")
    return text


def _print_internal(console: Console, error: Exception) -> None:
    console.print(
        "".join(traceback.format_exception(error)), style="dim", markup=False, highlight=False, soft_wrap=True
    )
    console.print(Text.assemble(("Internal error: ", "bold red"), f"{type(error).__name__}: {error}"), soft_wrap=True)
    console.print(
        "This is a fault of gridprio, not of your input. Report it with the lines above, the command and the output of "
        "`gridprio info`; add the study where you may share it.",
        markup=False,
        soft_wrap=True,
    )
