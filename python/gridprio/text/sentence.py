"""A sentence of an error: plain English text for those who print it, and its code for those who say it in Dutch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gridprio.errors import Problem, StoreError
from gridprio.text.language import Language, Text
from gridprio.text.message import Message, message_of_json
from gridprio.text.wording import word_in, word_message


class Sentence(str):
    """The English wording of a message, which it keeps; wherever a `str` is asked for, this is one."""

    message: Message


def sentence(code: str, **params: Any) -> Sentence:
    """The sentence of a code of the catalogue; a parameter may itself be a sentence."""
    said = Message(code, {name: _parameter(value) for name, value in params.items()})
    worded = Sentence(word_in(said, "en"))
    worded.message = said
    return worded


def _parameter(value: Any) -> Any:
    if isinstance(value, Sentence):
        return value.message
    return [_parameter(part) for part in value] if isinstance(value, list | tuple) else value


def one_sentence(problem: Problem) -> Sentence:
    """A problem with its place and its remedy, as `str(problem)` says it in English."""
    place: str = problem.file
    if problem.cell:
        place = sentence("problem_line.cell", place=place, cell=problem.cell)
    elif problem.row is not None:
        place = sentence("problem_line.row", place=place, row=problem.row)
    if problem.column:
        place = sentence("problem_line.column", place=place, column=problem.column)
    said = sentence("problem_line.what", place=place, what=problem.what)
    if problem.found:
        said = sentence("problem_line.found", said=said, found=problem.found)
    if problem.expected:
        said = sentence("problem_line.expected", said=said, expected=problem.expected)
    return sentence("problem_line.remedy", said=said, remedy=problem.mend) if problem.mend else said


def in_language(text: str, language: Language) -> str:
    """What `text` says; text that is no sentence of the catalogue (a name, a value) is the same in every language."""
    return word_in(text.message, language) if isinstance(text, Sentence) else text


def word_stored(entry: Mapping[str, Any]) -> Text:
    """A message as a manifest holds it; StoreError for one that this version cannot word."""
    try:
        return word_message(message_of_json(entry))
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(sentence("store.cannot_word", name=repr(entry.get("code")), why=str(error))) from None
