"""One board: its study, log, state and answers, which all viewers share."""

from __future__ import annotations

import datetime as dt
import threading
from functools import lru_cache
from pathlib import Path

from gridprio.board.commands import Command, Entry
from gridprio.board.evaluate import Failed, Sessions, Worker
from gridprio.board.log import Log
from gridprio.board.state import Edits, after, state_of
from gridprio.board.variant import with_edits
from gridprio.inputs.read import checked_study
from gridprio.inputs.study import Study
from gridprio.pipeline.what_if import WhatIf

START: Edits = ()
"""The variant without edits: the study as it is."""


class Board:
    """What viewers share; every method may be called from any thread, and none of them waits for cells."""

    def __init__(self, written: Study, folder: Path, cells: Path | None = None, backend: str = "auto") -> None:
        """`written`: the study as written, without what follows from its rows. `folder` holds the log.

        `cells`: folder of cells that runs share. InputError for a study that cannot be run; StoreError for a folder
        that cannot be used.
        """
        self.written, self.folder, self.cells = written, folder, cells
        self.start = checked_study(written)
        self._lock = threading.RLock()
        self.log = Log(folder, written.head.name, written.input_hashes)
        self.study_of = lru_cache(maxsize=64)(self._study_of)
        try:
            self.state = state_of(self.log.entries)
            self.study_of(self.state.edits)
        except BaseException:
            self.log.close()
            raise
        self.version = 0
        """grows with every change that a viewer may see"""
        self.worker = Worker(Sessions(backend, cells=cells), self.study_of, self.changed)
        self._ask()

    def written_of(self, edits: Edits) -> Study:
        """The study of a variant as it is exported."""
        return with_edits(self.written, edits)

    def do(self, who: str, command: Command) -> bool:
        """Carry a command out and log it; False where it changes nothing, which is not logged.

        InputError for one after which the study cannot be run: it is not logged and changes nothing.
        """
        with self._lock:
            state = after(self.state, command)
            if state == self.state:
                return False
            self.study_of(state.edits)
            now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            self.log.append(Entry(at=now, who=who.strip()[:60], command=command))
            self.state = state
        self._ask()
        self.changed()
        return True

    def answer(self, edits: Edits) -> WhatIf | Failed | None:
        """Numbers of a variant; None while they are being computed."""
        return self.worker.answers.get(edits)

    def close(self) -> None:
        self.worker.close()
        self.log.close()

    def _ask(self) -> None:
        state = self.state
        self.worker.want(state.edits, START, *state.named.values())

    def _study_of(self, edits: Edits) -> Study:
        return checked_study(self.written_of(edits))

    def changed(self) -> None:
        self.version += 1
