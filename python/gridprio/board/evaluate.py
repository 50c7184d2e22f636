"""From a variant to its numbers: at once from known cells; what has to be simulated goes on beside it."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gridprio.board.state import Edits
from gridprio.errors import GridprioError
from gridprio.inputs.study import Study
from gridprio.model.faults import faults_stop
from gridprio.pipeline.session import Session
from gridprio.pipeline.what_if import WhatIf, what_if

ANSWERS_KEPT = 256
SESSIONS_KEPT = 4
"""Studies with other developments, of which the cells stay in memory."""

_log = logging.getLogger("gridprio")


@dataclass(frozen=True, eq=False)
class Failed:
    """A variant that cannot be evaluated."""

    error: Exception


class Superseded(Exception):
    """Somebody asked for another variant while this one was being evaluated."""


class Sessions:
    """Opened studies; those that differ in orders, statuses, rules, crews or phases alone share one."""

    def __init__(self, backend: str = "auto", threads: int | None = None, cells: Path | None = None) -> None:
        """Arguments as of `Session`."""
        self._opening = backend, threads, cells
        self._open: OrderedDict[object, Session] = OrderedDict()

    def evaluate(self, study: Study, progress: Callable[[float], None]) -> WhatIf:
        """Numbers of a study as `gridprio run` finds them; `progress` is told of cells that have to be simulated."""
        with faults_stop():
            session = self._session(study)
            progress(0.0)
            return what_if(session.replanned(study), progress)

    def close(self) -> None:
        """Keep the cells that are new."""
        while self._open:
            self._open.popitem()[1].close()

    def _session(self, study: Study) -> Session:
        key = study.developments
        if key not in self._open:
            session = Session(study, *self._opening)
            session.evaluator  # noqa: B018 - a study that cannot be opened is not kept
            self._open[key] = session
            if len(self._open) > SESSIONS_KEPT:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(key)
        return self._open[key]


class Worker:
    """One thread that evaluates the variant last asked for, then the others that are wanted.

    Who asks never waits: `answers` holds what is known. A variant that is asked for in the meantime comes first; cells
    that were simulated until then are kept.
    """

    def __init__(self, sessions: Sessions, study_of: Callable[[Edits], Study], changed: Callable[[], None]) -> None:
        """`study_of`: the study of a variant, InputError where it cannot be run. `changed` is told of every step."""
        self.answers: OrderedDict[Edits, WhatIf | Failed] = OrderedDict()
        self.busy_with: Edits | None = None
        self.part = 0.0
        """of the cells that `busy_with` needs, those that are done, 0 to 1"""
        self._sessions, self._study_of, self._changed = sessions, study_of, changed
        self._wanted: tuple[Edits, ...] = ()
        self._news = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._work, name="board", daemon=True)
        self._thread.start()

    def want(self, *variants: Edits) -> None:
        """Evaluate these, the first one first; what was wanted before and is not among them is let go."""
        with self._news:
            self._wanted = variants
            self._news.notify()

    def close(self) -> None:
        """End the thread and keep new cells."""
        with self._news:
            self._over = True
            self._wanted = ()
            self._news.notify()
        self._thread.join()
        self._sessions.close()

    def _next(self) -> Edits | None:
        return next((edits for edits in self._wanted if edits not in self.answers), None)

    def _work(self) -> None:
        while True:
            with self._news:
                while not self._over and self._next() is None:
                    self._news.wait()
                if self._over:
                    return
                self.busy_with, self.part = self._next(), 0.0
            assert self.busy_with is not None
            try:
                self._answer(self.busy_with)
            except Superseded:
                pass
            finally:
                self.busy_with = None
                self._changed()

    def _answer(self, edits: Edits) -> None:
        def advance(part: float) -> None:
            self.part = part
            self._changed()
            if self._next() != edits:
                raise Superseded

        try:
            found: WhatIf | Failed = self._sessions.evaluate(self._study_of(edits), advance)
        except Superseded:
            raise
        except GridprioError as error:
            found = Failed(error)
        except Exception as error:
            _log.exception("the board could not evaluate a variant")
            found = Failed(error)
        self.answers[edits] = found
        while len(self.answers) > ANSWERS_KEPT:
            self.answers.popitem(last=False)
