"""Tables and the messages of a run on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from gridprio.store import Run
    from gridprio.text import Language


FILE_WIDTH = 500
"""Characters of a line where the output is no terminal: enough for a row of a table to stay on one."""


def table_console() -> Console:
    """For tables: as wide as the terminal, else as wide as they are."""
    return Console(width=None if Console().is_terminal else FILE_WIDTH)


def print_messages(console: Console, done: Run, language: Language) -> None:
    """One line per message."""
    from gridprio.text import word_stored

    for stored in done.manifest["messages"]:
        sentence = word_stored(stored)[language]
        console.print(f"- {sentence}", markup=False, highlight=False, soft_wrap=True)
