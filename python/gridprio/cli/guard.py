"""How a command ends: exit codes and errors in words instead of tracebacks."""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable, Iterable
from typing import ParamSpec

import typer
from rich.console import Console
from rich.text import Text

from gridprio.errors import CalculationError, GridprioError, InputError, Problem, StoreError

P = ParamSpec("P")
_log = logging.getLogger("gridprio")

SHOWN_PROBLEMS = 200
MEMORY_REMEDY = (
    "Ask for fewer draws, orders or hours (settings draws, search_orders, hours), or run on a larger machine."
)

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
            _print_error(console, str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            console.print("Stopped.", style="bold yellow")
            raise typer.Exit(INTERRUPTED_EXIT) from None
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise  # a closed pipe is ended quietly by click
        except MemoryError as error:
            _log.debug("out of memory", exc_info=True)
            _print_error(console, f"not enough memory. {MEMORY_REMEDY}")
            raise typer.Exit(CalculationError.exit_code) from error
        except OSError as error:
            _log.debug("the system refused", exc_info=True)
            _print_error(console, f"{error.filename or 'a file'}: {error.strerror or error}")
            raise typer.Exit(StoreError.exit_code) from error
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
    shown = 0
    for file, group in by_file.items():
        console.print(Text(f"\n{seen(file)}", style="bold"))
        for problem in group[: SHOWN_PROBLEMS - shown]:
            console.print(_problem_text(problem), soft_wrap=True)
        shown += min(len(group), SHOWN_PROBLEMS - shown)
        if shown == SHOWN_PROBLEMS:
            break
    if len(found) > shown:
        console.print(f"\nand {len(found) - shown} more; `gridprio check STUDY --json` lists them.", markup=False)


def seen(text: str) -> str:
    """`text` without what a terminal would act on: control characters and marks that turn its direction."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


def _print_error(console: Console, words: str) -> None:
    console.print(Text.assemble(("Error: ", "bold red"), seen(words)), soft_wrap=True)


def _problem_text(problem: Problem) -> Text:
    place = [f"row {problem.row}"] if problem.row is not None else []
    place += [problem.column] if problem.column else []
    text = Text("  ")
    if place:
        text.append(seen(", ".join(place)), style="cyan").append(": ")
    text.append(seen(problem.what))
    if problem.found:
        text.append("; found ").append(seen(problem.found), style="red")
    if problem.expected:
        text.append("; expected ").append(seen(problem.expected), style="green")
    if problem.mend:
        text.append("\n      ").append(seen(problem.mend), style="italic")
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
