"""How a command ends: exit codes and errors in words instead of tracebacks."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.text import Text

from gridprio.cli.options import LanguageOption
from gridprio.errors import GridprioError, InputError, Problem

if TYPE_CHECKING:
    from gridprio.text import Language

INTERRUPTED_EXIT = 130
INTERNAL_EXIT = 70


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """`command`, ending with the exit code of its error: 2 input, 3 backend, 4 store, 70 internal, 130 Ctrl-C.

    A command that takes a study gets the option `--language`, in which its input problems are said.
    """
    signature = inspect.signature(command, eval_str=True)
    says = "study" in signature.parameters
    own = "language" in signature.parameters

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        console = Console(stderr=True)
        language: Language = "nl" if kwargs.get("language") == "nl" else "en"
        if not own:
            kwargs.pop("language", None)
        try:
            command(*args, **kwargs)
        except InputError as error:
            print_problems(console, error.problems, language)
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

    if says and not own:
        option = inspect.Parameter("language", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=LanguageOption)
        parameters = [*signature.parameters.values(), option]
        wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return wrapper


def print_problems(
    console: Console, problems: Iterable[Problem], language: Language, code: str = "problem_list.problems"
) -> None:
    """All problems, by file in the order found; each with what was found, what was expected and how to mend it.

    `code`: of the heading, which says what they are.
    """
    from gridprio.text import say

    found = list(problems)
    style = "bold yellow" if code.endswith("warnings") else "bold red"
    console.print(Text(say(code, n=len(found))[language], style=style))
    by_file: dict[str, list[Problem]] = {}
    for problem in found:
        by_file.setdefault(problem.file, []).append(problem)
    for file, group in by_file.items():
        console.print(Text(f"\n{file}", style="bold"))
        for problem in group:
            console.print(_problem_text(problem, language), soft_wrap=True)


def _problem_text(problem: Problem, language: Language) -> Text:
    from gridprio.text import in_language, say

    place = [say("problem_list.row", row=problem.row)[language]] if problem.row is not None else []
    place += [problem.column] if problem.column else []
    text = Text("  ")
    if place:
        text.append(", ".join(place), style="cyan").append(": ")
    text.append(in_language(problem.what, language))
    if problem.found:
        text.append(f"; {say('problem_list.found')[language]} ")
        text.append(in_language(problem.found, language), style="red")
    if problem.expected:
        text.append(f"; {say('problem_list.expected')[language]} ")
        text.append(in_language(problem.expected, language), style="green")
    if problem.mend:
        text.append("\n      ").append(in_language(problem.mend, language), style="italic")
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
