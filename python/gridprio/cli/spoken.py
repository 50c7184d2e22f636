"""The language of the terminal: `--language`, else that of the study or run, else English (docs/study-folder.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridprio.store import Run
    from gridprio.text import Language


class _Terminal:
    """What is known of the language, of one command at a time; also read by the thread that says how far it is."""

    asked: Language | None = None
    named: Language | None = None


def ask(language: str | None) -> None:
    """Begin a command with its `--language`, None where it was not given."""
    _Terminal.asked, _Terminal.named = _known_language(language), None


def name(language: str) -> None:
    """What the study or run says, as soon as that is known."""
    _Terminal.named = _known_language(language)


def spoken() -> Language:
    return _Terminal.asked or _Terminal.named or "en"


def opened_run(run: Run) -> Run:
    """A run, in whose language the terminal speaks from here on."""
    name(run.manifest["settings"]["language"])
    return run


def _known_language(language: str | None) -> Language | None:
    return "nl" if language == "nl" else "en" if language == "en" else None
