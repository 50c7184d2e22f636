"""The text of a case file: bytes of any usual encoding, without block comments, line for line."""

from __future__ import annotations

import codecs

from gridprio.grid.matpower.refusal import Refusal
from gridprio.text import sentence

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
        found, expected = sentence("found.bytes", n=len(content)), sentence("expected.at_most_bytes", n=MAX_BYTES)
        raise Refusal(1, sentence("problem.case_too_large"), found, expected, sentence("remedy.leave_out_other"))
    text = _decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        found, expected = sentence("found.nul_character"), sentence("expected.case_as_text")
        raise Refusal(line, sentence("problem.not_text"), found, expected, sentence("remedy.save_as_text"))
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
        what, expected = sentence("problem.block_comment_open"), sentence("expected.end_of_comment")
        raise Refusal(opened[0], what, "%{", expected, sentence("remedy.close_comment"))
    return "\n".join(lines)
