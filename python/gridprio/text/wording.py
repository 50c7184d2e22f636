"""Codes with parameters to sentences in both languages."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Mapping, Sequence
from typing import Any

from gridprio.text.codes import KINDS, element, known
from gridprio.text.entries import entries
from gridprio.text.language import LANGUAGES, Language, Text, both
from gridprio.text.message import Message
from gridprio.text.numbers import decimal, listed, month_name, number, plural

PLAIN = "0.###"
"""Pattern of a number whose template names none, as years and identifiers."""


def say(code: str, **params: Any) -> Text:
    """The sentence of a code; KeyError for a code or a parameter that the catalogue does not have."""
    return word_message(Message(code, params))


def word_message(sentence: Message) -> Text:
    return both(lambda language: word_in(sentence, language))


def word(group: str, code: object) -> Text:
    """The word for a code of the tables; a code unknown here is shown as it stands."""
    return _shown_in_both(known(group, code))


def word_kind(kind: str, code: object) -> Text:
    """The words for a code with details, such as `reason` and `element`."""
    return _shown_in_both(KINDS[kind](code))


def word_element(code: object, named: Mapping[str, Message | Text]) -> Text:
    """The words for what limits (`element`), branches by the names that they are given."""
    return _shown_in_both(element(code, named))


def _shown_in_both(value: object) -> Text:
    return both(lambda language: _shown(value, "", language))


def word_in(sentence: Message, language: Language) -> str:
    return _FORMATTERS[language].vformat(entries()[sentence.code][language], (), sentence.params)


class _Formatter(string.Formatter):
    """Templates in which the part after a colon says how a parameter is shown.

    `{n:#,##0.0}` a CLDR number pattern, `{n:signed}` with its sign, `{n:project|projects}` the form for one or for any
    other amount, `{m:month}` from `2031-05`, `{c:reason}` the words for a code (`KINDS`). A list is shown part by part.
    """

    def __init__(self, language: Language) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        return _shown(value, format_spec, self._language)

    def check_unused_args(self, used_args: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
        if left := kwargs.keys() - used_args:
            raise KeyError(f"the sentence has no parameter {', '.join(sorted(left))}")


_FORMATTERS = {language: _Formatter(language) for language in LANGUAGES}


def _shown(value: Any, kind: str, language: Language) -> str:
    if isinstance(value, Text):
        return value[language]
    if isinstance(value, Message):
        return word_in(value, language)
    if isinstance(value, list | tuple):
        return listed([_shown(part, kind, language) for part in value], language)
    if kind in KINDS:
        return _shown(KINDS[kind](value), "", language)
    if kind == "signed":
        return number(value, signed=True)[language]
    if kind == "month":
        return month_name(dt.date.fromisoformat(f"{value}-01"), language)
    if "|" in kind:
        return plural(value, kind.split("|"), language)
    return value if isinstance(value, str) else decimal(value, kind or PLAIN, language)
