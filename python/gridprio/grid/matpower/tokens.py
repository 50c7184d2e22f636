"""Text into tokens. A row of plain numbers in a table is one token, so large cases are read quickly."""

from __future__ import annotations

import re
from dataclasses import dataclass

NUMBER = r"(?:\d+(?:\.(?!\.\.|[*/\\^'])\d*)?|\.\d+)(?:[eEdD][+-]?\d+)?"
_CELL = r"[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|Inf|NaN|inf|nan)"
_ROW = re.compile(rf"(?>{_CELL}(?:(?:[ \t]*,[ \t]*|[ \t]+){_CELL})*+)(?=[ \t]*(?:,[ \t]*)?[;\n\]%#])")
_TOKEN = re.compile(
    rf"""(?P<space>[ \t\f\v]+)
    |(?P<comment>[%\#][^\n]*)
    |(?P<continuation>\.\.\.[^\n]*(?:\n|\Z))
    |(?P<newline>\n)
    |(?P<number>{NUMBER})
    |(?P<name>[A-Za-z]\w*)
    |(?P<op>\.\*|\./|\.\\|\.\^|\.'|==|~=|!=|<=|>=|&&|\|\||[-+*/\\^=<>&|~!:;,.()\[\]{{}}@?])
    |(?P<double>"(?:[^"\n]|"")*")""",
    re.VERBOSE,
)
_QUOTED = re.compile(r"'(?:[^'\n]|'')*'")
CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(slots=True)
class Token:
    kind: str
    """number, numbers (a row of plain ones), name, text, op, newline, wrong or end"""
    text: str
    line: int
    space: bool
    """whether blanks stand before it"""
    numbers: tuple[float, ...] = ()


def tokens_of(text: str) -> list[Token]:
    """Never raises: a character that belongs nowhere is a token of kind `wrong`."""
    found: list[Token] = []
    opened: list[str] = []
    at, line, space = 0, 1, False
    while at < len(text):
        in_table = bool(opened) and opened[-1] != "("
        row = _ROW.match(text, at) if in_table and opened[-1] == "[" and _begins_row(found[-1]) else None
        if row is not None:
            content = row[0]
            numbers = tuple(map(float, content.replace(",", " ").split()))
            found.append(Token("numbers", content, line, space, numbers))
            at, space = row.end(), False
            continue
        if text[at] == "'":
            token = _quote(text, at, line, space, in_table, found)
            found.append(token)
            at, space = at + len(token.text), False
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            found.append(Token("wrong", text[at], line, space))
            at, space = at + 1, False
            continue
        at = match.end()
        kind, content = str(match.lastgroup), match[0]
        if kind in ("space", "comment", "continuation"):
            line += content.endswith("\n")
            space = True
            continue
        if kind == "op":
            _follow(content, opened)
        found.append(Token("text" if kind == "double" else kind, content, line, space))
        line += kind == "newline"
        space = False
    found.append(Token("newline", "\n", line, space))
    found.append(Token("end", "", line, space))
    return found


def _begins_row(before: Token) -> bool:
    return before.kind == "newline" or before.text in (";", "[")


def _follow(bracket: str, opened: list[str]) -> None:
    if bracket in CLOSING:
        opened.append(bracket)
    elif opened and bracket == CLOSING[opened[-1]]:
        opened.pop()


def _quote(text: str, at: int, line: int, space: bool, in_table: bool, found: list[Token]) -> Token:
    """A quote transposes what stands before it; in a table only where no blank is between them."""
    before = found[-1] if found else None
    value = before is not None and (before.kind in ("number", "numbers", "name") or before.text in (")", "]", "}", "'"))
    if value and not (space and in_table):
        return Token("op", "'", line, space)
    match = _QUOTED.match(text, at)
    return Token("text", match[0], line, space) if match else Token("wrong", "'", line, space)
