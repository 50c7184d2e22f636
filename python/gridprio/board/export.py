"""A variant as a study that `gridprio run` takes, and its run with report; both carry who changed what when."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

from gridprio.board.board import Board
from gridprio.board.words import log_of_variant
from gridprio.errors import StoreError
from gridprio.exchange.new_study import write_study_anew
from gridprio.report.files import PAGE
from gridprio.store.whole import write_whole
from gridprio.text import Text, say, sentence

VARIANTS = "variants"
STUDY, RUN, EDITS_FILE = "study", "run", "edits.json"
LOG_LINES_MOST = 500
"""The last ones; a study holds at most 1000 remarks."""


def export_variant(board: Board, name: str) -> Path:
    """Folder of the study of a named variant, whose remarks hold the log.

    One that is there already is this one; StoreError where it was written of a variant with other edits.
    """
    edits, place = board.state.named[name], board.folder / VARIANTS / name
    written = json.dumps([edit.model_dump(mode="json") for edit in edits])
    if (place / EDITS_FILE).exists():
        if (place / EDITS_FILE).read_text(encoding="utf-8") != written:
            raise StoreError(sentence("store.board_variant_taken", folder=str(place)))
        return place / STUDY
    study = board.written_of(edits)
    lines = log_of_variant(board.start, board.log.entries, name, study.settings.language)
    head = study.head.model_copy(update={"name": name, "remarks": (*study.head.remarks, *lines[-LOG_LINES_MOST:])})
    write_study_anew(place / STUDY, replace(study, head=head), None)
    write_whole(place / EDITS_FILE, written)
    return place / STUDY


class Reports:
    """Reports of variants, each made by a `gridprio run` of its own beside the board."""

    def __init__(self, board: Board) -> None:
        self.said: dict[str, Text] = {}
        """by variant: how far its report is, where it stands, or why there is none"""
        self._board = board
        self._runs: dict[str, subprocess.Popen[str]] = {}

    def begin(self, name: str) -> None:
        """Export and run a variant; StoreError where it cannot be exported. One that is being run goes on."""
        if name in self._runs and self._runs[name].poll() is None:
            return
        study = export_variant(self._board, name)
        out = study.with_name(RUN)
        command = [sys.executable, "-m", "gridprio", "run", str(study), "--out", str(out)]
        if self._board.cells is not None:
            command += ["--cells", str(self._board.cells)]
        self._runs[name] = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self._say(name, say("board.running", name=name, line=""))
        threading.Thread(target=self._follow, args=(name, out / PAGE), name="report", daemon=True).start()

    def close(self) -> None:
        """End what is being run."""
        for process in self._runs.values():
            process.terminate()

    def _follow(self, name: str, page: Path) -> None:
        process, line = self._runs[name], ""
        assert process.stderr is not None
        for line in process.stderr:
            self._say(name, say("board.running", name=name, line=line.strip()))
        if process.wait() == 0:
            self._say(name, say("board.exported", place=str(page)))
        else:
            self._say(name, say("board.failed", why=line.strip()))

    def _say(self, name: str, text: Text) -> None:
        self.said[name] = text
        self._board.changed()
