"""The command line: reads arguments, calls the rooms below, says what they say. Nothing heavy is imported at start."""

from __future__ import annotations

import signal
import sys
from types import FrameType


def main() -> None:
    """Entry of `gridprio` and `python -m gridprio`; ends with the exit code of the command."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _terminate)
    from gridprio.cli.app import app

    app(prog_name="gridprio")


def _terminate(number: int, frame: FrameType | None) -> None:
    """Unwind as Ctrl-C does, so that a run under way can say that it is not complete."""
    sys.exit(128 + number)
