"""CSV as a grid of texts: encoding, separator and quotes, with what is wrong with the file as a whole."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection

from gridprio.errors import Problem
from gridprio.inputs.headers import known_columns
from gridprio.inputs.limits import check_size
from gridprio.text import sentence

DELIMITERS = (",", ";", "\t", "|")
_NAMED_DELIMITER = re.compile(r'"?sep=(.)"?,*;*\r?\n?')
"""First line by which Excel is told the separator."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_csv_grid(
    file: str, content: bytes, columns: Collection[str], problems: list[Problem]
) -> list[list[str]] | None:
    """[row][cell] as written, blank rows kept so that row 1 is the first; None when the file as a whole is at fault.

    `columns`: of the table, by which its separator is told; none where any name may stand.
    """
    text = decode(content, file, problems)
    if text is None:
        return None
    lines = text.splitlines(keepends=True)
    named = _NAMED_DELIMITER.fullmatch(lines[0]) if lines else None
    delimiter = named[1] if named else _delimiter(file, lines, columns)
    body = text[len(lines[0]) :] if named else text
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True)
    grid = [[""]] if named else []
    try:
        for row in reader:
            check_size(file, 0, len(row), 0)
            grid.append(row)
    except csv.Error as error:
        problems.append(
            Problem(
                file,
                len(grid) + 1,
                None,
                sentence("problem.not_csv"),
                found=sentence("found.raised", text=str(error)),
                expected=sentence("expected.csv_quotes"),
                mend=sentence("remedy.close_quotes"),
            )
        )
        return None
    return None if _is_ragged(file, grid, delimiter, problems) else grid


def decode(content: bytes, file: str, problems: list[Problem]) -> str | None:
    """UTF-8, or UTF-16 that says so in its first bytes; other text is a problem, because a guess may spoil a name."""
    encoding = "utf-16" if content.startswith(_UTF16) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        line = content.splitlines()[row - 1] if encoding == "utf-8-sig" else b""
        problems.append(
            Problem(
                file,
                row,
                None,
                sentence("problem.not_utf8"),
                found=f"0x{content[error.start]:02x} ({line.decode('cp1252', errors='replace').strip()[:60]!r})",
                expected="UTF-8",
                mend=sentence("remedy.save_as_utf8"),
            )
        )
        return None
    if "\0" in text:
        problems.append(
            Problem(
                file,
                text[: text.index("\0")].count("\n") + 1,
                None,
                sentence("problem.not_text"),
                found="NUL (U+0000)",
                expected="UTF-8",
                mend=sentence("remedy.save_as_utf8"),
            )
        )
        return None
    return text


def _delimiter(file: str, lines: list[str], columns: Collection[str]) -> str:
    """The separator with which the first line that is not blank names the most columns, else makes the most cells."""
    header = next((line for line in lines if line.strip()), "")
    check_size(file, 0, max(map(header.count, DELIMITERS)) + 1, 0)
    cells = {mark: next(csv.reader([header], delimiter=mark)) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: (known_columns(cells[mark], columns), len(cells[mark])))


def _is_ragged(file: str, grid: list[list[str]], delimiter: str, problems: list[Problem]) -> bool:
    """Whether rows have fewer cells than the header has names: which of them is missing, nobody can tell."""
    filled = [(number, row) for number, row in enumerate(grid, start=1) if any(cell.strip() for cell in row)]
    if not filled:
        return False
    header = filled[0][1]
    width = max(at for at, cell in enumerate(header, start=1) if cell.strip())
    short = [(number, row) for number, row in filled[1:] if len(row) < width]
    if not short:
        return False
    number, row = short[0]
    others = {mark for mark in DELIMITERS if mark != delimiter and mark in "".join(row)}
    problems.append(
        Problem(
            file,
            number,
            None,
            sentence("problem.short_rows", n=len(short)),
            found=sentence("found.cells", n=len(row)),
            expected=sentence("expected.cells", n=width, delimiter="tab" if delimiter == "\t" else delimiter),
            mend=sentence("remedy.one_delimiter") if others else sentence("remedy.fill_row"),
        )
    )
    return True
