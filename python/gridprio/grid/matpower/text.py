"""The text of a case file: bytes of any usual encoding, without block comments, line for line."""

from __future__ import annotations

import codecs

from gridprio.grid.matpower.refusal import Refusal

MAX_BYTES = 256 * 1024 * 1024
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def case_text(content: bytes) -> str:
    """The text with newlines only between its lines and block comments emptied; lines keep their numbers.

    Encodings: by the byte order mark, else UTF-8, else Latin-1. Raises Refusal for what is no text.
    """
    if len(content) > MAX_BYTES:
        found, expected = f"{len(content)} bytes", f"at most {MAX_BYTES}"
        raise Refusal(1, "the file is too large", found, expected, "leave out what is no part of the case")
    text = _decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        expected = "a case as text, in UTF-8, UTF-16 with a byte order mark, or Latin-1"
        raise Refusal(line, "the file is no text", "a NUL character", expected, "save the case as a text file")
    return _without_block_comments(text)


def _decoded(content: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _without_block_comments(text: str) -> str:
    """`%{` and `%}` count where they stand alone on a line, and blocks nest."""
    if "%{" not in text and "#{" not in text:
        return text
    lines = text.split("\n")
    opened: list[int] = []
    for at, line in enumerate(lines):
        mark = line.strip()
        if mark in ("%{", "#{"):
            opened.append(at + 1)
        elif opened and mark in ("%}", "#}"):
            opened.pop()
        elif not opened:
            continue
        lines[at] = ""
    if opened:
        expected = "a line with %} alone"
        raise Refusal(opened[0], "a block comment is not closed", "%{", expected, "close the comment with %}")
    return "\n".join(lines)
