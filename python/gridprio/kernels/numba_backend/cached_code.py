"""Compiled code on disk that no longer fits its source.

Numba keeps compiled functions beside the source and looks only at the file of the function itself. A function that
calls one of another file would go on with the old text of that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

STAMP = "gridprio-sources.txt"
"""In each cache folder: the version of the sources that its files were compiled from."""


def drop_outdated(folders: Sequence[Path], version: str) -> None:
    """Remove what Numba has kept in `folders` for other sources than `version`; Numba compiles it anew."""
    for folder in folders:
        # Where the folder cannot be written, Numba does not write there either.
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            stamp = folder / STAMP
            if stamp.is_file() and stamp.read_text(encoding="utf-8") == version:
                continue
            for kept in (*folder.glob("*.nbi"), *folder.glob("*.nbc")):
                kept.unlink(missing_ok=True)
            stamp.write_text(version, encoding="utf-8")
