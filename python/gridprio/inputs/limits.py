"""How large a file of a study may be and where it may stand, checked before it is read (docs/study-folder.md)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gridprio.errors import InputError, Problem
from gridprio.text import sentence

FILE_MAX_MB = 100
HEAD_MAX_ROWS = 1000
TABLE_MAX_ROWS = 20_000
PROFILES_MAX_ROWS = 40_000
"""A leap year of quarter hours is less."""
TABLE_MAX_COLUMNS = 500
MAP_MAX_POINTS = 200_000
OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""A pipe is not waited for where there are any, and Windows changes no line ends."""
PROBLEMS_PER_CHECK = 1000
"""Of one kind; whoever mends these sees the rest."""


def content_of(path: Path, folder: Path, name: str = "") -> bytes:
    """Content of a regular file inside `folder`; InputError for pipes, devices, links that lead out, large files."""
    file = name or path.name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _refused(file, sentence("problem.leads_out"), "", sentence("remedy.file_in_folder"))
    try:
        descriptor = os.open(path, OPEN_FLAGS)
    except OSError as error:
        raise _refused(
            file, sentence("problem.cannot_open"), error.strerror or str(error), sentence("remedy.readable_file")
        ) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _refused(file, sentence("problem.no_regular_file"), "", sentence("remedy.file_in_folder"))
    with open(descriptor, "rb") as opened:  # noqa: PTH123 - a descriptor, so that what was looked at is what is read
        content = opened.read(FILE_MAX_MB * 1_000_000 + 1)
    if len(content) > FILE_MAX_MB * 1_000_000:
        raise too_large(file, sentence("expected.at_most_megabytes", n=FILE_MAX_MB))
    return content


def _refused(file: str, what: str, found: str, remedy: str) -> InputError:
    return InputError([Problem(file, None, None, what, found, sentence("expected.file_in_folder"), remedy)])


def too_large(file: str, expected: str, found: str = "") -> InputError:
    what, remedy = sentence("problem.too_large"), sentence("remedy.leave_out_unused")
    return InputError([Problem(file, None, None, what, found, expected, remedy)])


def check_lines(file: str, content: bytes, most: int) -> None:
    """InputError where a text has more lines than its table may have rows, and as many again for breaks in cells."""
    lines = max(content.count(b"\n"), content.count(b"\r"))
    if lines > 2 * most:
        raise too_large(file, sentence("expected.at_most_rows", n=most), sentence("found.rows", n=lines))


def check_size(file: str, rows: int, columns: int, most_rows: int) -> None:
    """InputError where a table has more rows or columns than one of a study."""
    if rows > most_rows:
        raise too_large(file, sentence("expected.at_most_rows", n=most_rows), sentence("found.rows", n=rows))
    if columns > TABLE_MAX_COLUMNS:
        expected = sentence("expected.at_most_columns", n=TABLE_MAX_COLUMNS)
        raise too_large(file, expected, sentence("found.columns", n=columns))
