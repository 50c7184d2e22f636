"""Writes the tables of a study: CSV with a fixed order of columns and `\\n` line ends, the same on every machine."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

Rows = Sequence[Mapping[str, object]]


def csv_text(rows: Rows) -> str:
    """Columns in the order in which rows first name them; true and false in lower case."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell_text(row.get(column, "")) for column in columns])
    return text.getvalue()


def cell_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def write_profiles(folder: Path, profiles: pd.DataFrame) -> None:
    profiles.to_parquet(folder / "profiles.parquet", index=False, compression="zstd")


def differing(folder: Path, texts: Mapping[str, str]) -> Iterable[str]:
    """Names of files that are absent or do not hold this text."""
    for name, text in texts.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            yield name
