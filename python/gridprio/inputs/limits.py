"""How large a file of a study may be and where it may stand, checked before it is read (docs/study-folder.md)."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridprio.errors import InputError, Problem

FILE_MAX_MB = 100
HEAD_MAX_ROWS = 1000
TABLE_MAX_ROWS = 20_000
"""A whole year of quarter hours, of table profiles, is more; it has `PROFILES_MAX_ROWS`."""
PROFILES_MAX_ROWS = 40_000
TABLE_MAX_COLUMNS = 500
MAP_MAX_POINTS = 200_000
PROBLEMS_PER_CHECK = 1000
"""Of one kind; whoever mends these sees the rest."""

_log = logging.getLogger("gridprio")


def too_large(file: str, what: str, found: int, most: int, mend: str = "") -> InputError:
    return InputError([Problem(file, None, None, what, found=f"{found:,}", expected=f"at most {most:,}", mend=mend)])


@contextmanager
def reading(file: str, problems: list[Problem]) -> Iterator[None]:
    """The one door of all readers: whatever they raise becomes a problem of `file`; the cause is logged for --debug."""
    try:
        yield
    except InputError as error:
        problems.extend(error.problems)
    except Exception as error:
        _log.debug("while reading %s", file, exc_info=True)
        problems.append(Problem(file, None, None, f"not readable: {type(error).__name__}: {str(error)[:200]}"))


def content_of(path: Path, folder: Path, name: str = "") -> bytes:
    """Content of a regular file inside `folder`; InputError for pipes, devices, links that lead out, large files."""
    name = name or path.name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(
            [Problem(name, None, None, "leads out of the study folder", mend="Put the file itself into the folder.")]
        )
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise InputError([Problem(name, None, None, f"cannot be opened: {error.strerror}")]) from None
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, so that what was looked at is what is read
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InputError([Problem(name, None, None, "is a folder, a pipe or a device", expected="a file")])
        most = FILE_MAX_MB * 1_000_000
        content = file.read(most + 1)
    if len(content) > most:
        raise InputError([Problem(name, None, None, "the file is too large", expected=f"at most {FILE_MAX_MB} MB")])
    return content


def check_lines(file: str, content: bytes, most: int) -> None:
    """InputError where a text has more lines than its table may have rows (and as many again for line breaks)."""
    lines = max(content.count(b"\n"), content.count(b"\r"))
    if lines > 2 * most:
        raise too_large(file, "the table has too many lines", lines, most, ROWS_MEND)


def check_width(file: str, columns: int) -> None:
    """InputError where a row has more cells than a table may have columns."""
    if columns > TABLE_MAX_COLUMNS:
        raise too_large(file, "the table has too many columns", columns, TABLE_MAX_COLUMNS, ROWS_MEND)


ROWS_MEND = "Leave out rows and columns that the study does not use, also empty ones that only have a format."
