"""The log of a board: an append-only file of commands, one line each, that one process writes at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self

from gridprio.board.commands import Entry, entry_line, entry_of
from gridprio.errors import StoreError
from gridprio.store.whole import claim, release, writing
from gridprio.text import sentence

LOG_FILE = "board.jsonl"
FORMAT = "gridprio board 1"


class Log:
    """Open for one process; `entries` is what it holds, in order.

    A last line without an end was being written when the process was killed: it is taken off. StoreError for a file
    that is no log of a board, a line that is none, another study, and a folder in which another board is open.
    """

    def __init__(self, folder: Path, study: str, inputs: Mapping[str, str]) -> None:
        """`study` and `inputs`: name and digests of the files of the study that the commands are about."""
        self.path = folder / LOG_FILE
        self._lock = claim(folder)
        try:
            with writing(folder):
                folder.mkdir(exist_ok=True)
            lines = self._whole_lines()
            head = {"format": FORMAT, "study": study, "inputs": dict(inputs)}
            if lines:
                self._check_head(lines[0], head)
            self.entries = [self._entry(number, line) for number, line in enumerate(lines[1:], start=2)]
            with writing(self.path):
                self._file: IO[bytes] = self.path.open("ab")
            if not lines:
                self._write(json.dumps(head, ensure_ascii=False))
        except BaseException:
            release(self._lock)
            raise

    def append(self, entry: Entry) -> None:
        """On disk before it counts."""
        self._write(entry_line(entry))
        self.entries.append(entry)

    def close(self) -> None:
        self._file.close()
        release(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _whole_lines(self) -> list[str]:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return []
        end = content.rfind(b"\n") + 1
        try:
            lines = content[:end].decode().splitlines()
        except UnicodeDecodeError:
            raise StoreError(sentence("store.no_board", file=str(self.path))) from None
        if end < len(content):
            if lines:
                self._check_format(lines[0])
            elif not FORMAT_START.startswith(content[: len(FORMAT_START)]):
                raise StoreError(sentence("store.no_board", file=str(self.path)))
            with writing(self.path):
                os.truncate(self.path, end)
        return lines

    def _check_format(self, line: str) -> dict[str, object]:
        try:
            head = json.loads(line)
        except ValueError:
            head = None
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise StoreError(sentence("store.no_board", file=str(self.path)))
        return head

    def _check_head(self, line: str, expected: Mapping[str, object]) -> None:
        head = self._check_format(line)
        if head.get("study") != expected["study"]:
            words = {"file": str(self.path), "found": repr(head.get("study")), "study": repr(expected["study"])}
            raise StoreError(sentence("store.board_of_other_study", **words))
        found, inputs = head.get("inputs"), expected["inputs"]
        if found != inputs:
            before, now = (dict(part) if isinstance(part, Mapping) else {} for part in (found, inputs))
            files = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
            raise StoreError(sentence("store.board_of_other_inputs", file=str(self.path), files=files))

    def _entry(self, number: int, line: str) -> Entry:
        try:
            return entry_of(line)
        except ValueError:
            raise StoreError(sentence("store.board_line", file=str(self.path), line=number)) from None

    def _write(self, line: str) -> None:
        with writing(self.path):
            self._file.write(line.encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())


FORMAT_START = json.dumps({"format": FORMAT})[:-1].encode()
