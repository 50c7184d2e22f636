"""Characters that a text of a study may hold; what is refused here cannot reach a page, a table or a terminal."""

from __future__ import annotations

import unicodedata

from gridprio.text import sentence

TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that change the direction in which the text after them is shown (Unicode Bidirectional Algorithm, UAX 9)."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CALLS = frozenset("|!(")


def text_checked(text: str) -> str:
    """`text` when all of it is seen as it is stored; ValueError otherwise. Line breaks and tabs are allowed."""
    for at, character in enumerate(text, start=1):
        kind = unicodedata.category(character)
        if character in TURNING or (kind in _UNSEEN and kind != "Cf" and character not in "\n\r\t"):
            raise ValueError(sentence("problem.unseen_character", n=at, point=f"U+{ord(character):04X}"))
    return _no_formula(text)


def one_line_checked(text: str) -> str:
    """`text` when no line breaks are in it: in a cell they would make two entries of one."""
    if "\n" in text or "\r" in text:
        raise ValueError(sentence("problem.line_break"))
    return text


def id_checked(text: str) -> str:
    """As `text_checked`, and nothing invisible: two ids that look alike are alike."""
    for at, character in enumerate(text, start=1):
        if unicodedata.category(character) in _UNSEEN:
            raise ValueError(sentence("problem.unseen_character", n=at, point=f"U+{ord(character):04X}"))
    return _no_formula(text)


def one_word_checked(text: str) -> str:
    """`text` when it can stand in a list that blanks separate, behind the kind of branch and a colon."""
    if ":" in text or text.split() != [text]:
        raise ValueError(sentence("problem.blank_or_colon"))
    return text


def file_name_checked(text: str) -> str:
    """`text` when it can be the name of a folder that stays where it is put."""
    if text.startswith(".") or set(text) & set("/\\"):
        raise ValueError(sentence("problem.no_folder_name"))
    return text


def _no_formula(text: str) -> str:
    """Spreadsheets run what begins like a formula, also when it comes from a CSV file."""
    if text[:1] in ("=", "@") or (text[:1] in ("+", "-") and _CALLS & set(text)):
        raise ValueError(sentence("problem.begins_like_formula"))
    return text
