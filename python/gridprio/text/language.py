"""The two languages, and a text in both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")


@dataclass(frozen=True)
class Text:
    """The same thing said in Dutch and in English."""

    nl: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.nl if language == "nl" else self.en

    def __add__(self, other: Text) -> Text:
        return Text(self.nl + other.nl, self.en + other.en)

    def __bool__(self) -> bool:
        return bool(self.nl or self.en)


def both(worded: Callable[[Language], str]) -> Text:
    """What a function of the language gives in each."""
    return Text(worded("nl"), worded("en"))


def same(text: object) -> Text:
    """A name or code that is the same in both languages."""
    return Text(str(text), str(text))


def lower(text: Text) -> Text:
    """First letter small, for use inside a sentence."""
    return both(lambda language: text[language][:1].lower() + text[language][1:])
