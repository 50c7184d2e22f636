"""How a command ends: exit codes and errors in words instead of tracebacks."""

from __future__ import annotations

import functools
import inspect
import logging
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.text import Text

from gridprio.cli.options import LanguageOption
from gridprio.cli.spoken import ask, spoken
from gridprio.errors import CalculationError, GridprioError, InputError, Problem, StoreError

if TYPE_CHECKING:
    from gridprio.text import Language

_log = logging.getLogger("gridprio")

SHOWN_PROBLEMS = 200

INTERRUPTED_EXIT = 130
INTERNAL_EXIT = 70


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """`command`, ending with the exit code of its error.

    2 input, 3 backend, 4 store, 5 calculation, 70 internal, 130 Ctrl-C. A command that takes a study or a run gets
    the option `--language`.
    """
    signature = inspect.signature(command, eval_str=True)
    says = bool(signature.parameters.keys() & {"study", "source", "place", "run", "before"})
    own = "language" in signature.parameters

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        console = Console(stderr=True)
        ask(kwargs.get("language"))
        if not own:
            kwargs.pop("language", None)
        try:
            command(*args, **kwargs)
        except InputError as error:
            print_problems(console, error.problems, spoken())
            raise typer.Exit(error.exit_code) from None
        except GridprioError as error:
            _print_error(console, error.args[0] if error.args else str(error), spoken())
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            from gridprio.text import say

            console.print(say("problem_list.stopped")[spoken()], style="bold yellow")
            raise typer.Exit(INTERRUPTED_EXIT) from None
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise  # a closed pipe is ended quietly by click
        except MemoryError as error:
            from gridprio.text import sentence

            _log.debug("out of memory", exc_info=True)
            _print_error(console, sentence("calculation.memory"), spoken())
            raise typer.Exit(CalculationError.exit_code) from error
        except OSError as error:
            _log.debug("the system refused", exc_info=True)
            _print_error(console, _refused_by_system(error), spoken())
            raise typer.Exit(StoreError.exit_code) from error
        except Exception as error:
            _print_internal(console, error, spoken())
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
    shown = 0
    for file, group in by_file.items():
        console.print(Text(f"\n{seen(file)}", style="bold"))
        for problem in group[: SHOWN_PROBLEMS - shown]:
            console.print(_problem_text(problem, language), soft_wrap=True)
        shown += min(len(group), SHOWN_PROBLEMS - shown)
        if shown == SHOWN_PROBLEMS:
            break
    if len(found) > shown:
        console.print(Text(f"\n{say('problem_list.more', n=len(found) - shown)[language]}"), soft_wrap=True)


def seen(text: str) -> str:
    """`text` without what a terminal would act on: control characters and marks that turn its direction."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


def _print_error(console: Console, words: str, language: Language) -> None:
    from gridprio.text import in_language, say

    head = f"{say('problem_list.error')[language]}: "
    console.print(Text.assemble((head, "bold red"), seen(in_language(words, language))), soft_wrap=True)


def _problem_text(problem: Problem, language: Language) -> Text:
    from gridprio.text import in_language, say

    place = [say("problem_list.cell", cell=problem.cell)[language]] if problem.cell else []
    if problem.row is not None and not place:
        place.append(say("problem_list.row", row=problem.row)[language])
    place += [problem.column] if problem.column else []
    text = Text("  ")
    if place:
        text.append(seen(", ".join(place)), style="cyan").append(": ")
    text.append(seen(in_language(problem.what, language)))
    if problem.found:
        text.append(f"; {say('problem_list.found')[language]} ")
        text.append(seen(in_language(problem.found, language)), style="red")
    if problem.expected:
        text.append(f"; {say('problem_list.expected')[language]} ")
        text.append(seen(in_language(problem.expected, language)), style="green")
    if problem.mend:
        text.append("\n      ").append(seen(in_language(problem.mend, language)), style="italic")
    return text


def _refused_by_system(error: OSError) -> str:
    from gridprio.text import sentence, system_words

    why = system_words(error)
    if not error.filename:
        return sentence("problem_list.system", why=why)
    return sentence("problem_line.what", place=str(error.filename), what=why)


def _print_internal(console: Console, error: Exception, language: Language) -> None:
    from gridprio.text import say

    console.print(
        "".join(traceback.format_exception(error)), style="dim", markup=False, highlight=False, soft_wrap=True
    )
    head = f"{say('problem_list.internal')[language]}: "
    console.print(Text.assemble((head, "bold red"), f"{type(error).__name__}: {error}"), soft_wrap=True)
    console.print(say("problem_list.report_fault")[language], markup=False, soft_wrap=True)
