"""The command line: reads arguments, calls the rooms below, says what they say. Nothing heavy is imported at start."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from pathlib import Path
from types import FrameType

NUMBA_SETTINGS = ".numba_config.yaml"
OBJECTS_BEFORE_COLLECTION = 100_000
"""New objects before the garbage collector looks at the youngest.

With Python's 700 it goes over what the imports make hundreds of times, and nearly all of that stays.
"""


def main() -> None:
    """Entry of `gridprio` and `python -m gridprio`; ends with the exit code of the command."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    keep_out_code_beside_studies()
    escape_what_cannot_be_written()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _terminate)
    from gridprio.cli.app import app

    app(prog_name="gridprio")


def keep_out_code_beside_studies() -> None:
    """Take the current directory and the folders of the arguments off `sys.path`; a study may bring Python files.

    `python -m` and an empty part of PYTHONPATH put the current directory there. The folder that gridprio itself is
    loaded from stays. Numba takes settings from the current directory, among them where its pickled functions are:
    with such a file there the program ends with 2.
    """
    named = [Path(argument) for argument in sys.argv[1:]]
    outside = {os.path.realpath(place) for path in named for place in (path, path.parent)} | {os.path.realpath(".")}
    outside.discard(str(Path(__file__).resolve().parents[2]))
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) not in outside]
    if Path(NUMBA_SETTINGS).exists():
        place, remedy = Path(NUMBA_SETTINGS).resolve(), "remove the file, or start gridprio in another folder"
        sys.stderr.write(f"{place}: settings of Numba in the current directory can name compiled code; {remedy}\n")
        sys.exit(2)


def escape_what_cannot_be_written() -> None:
    """A character that the output does not know becomes its code: on Windows a file that is written to by `>`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _terminate(number: int, frame: FrameType | None) -> None:
    """Unwind as Ctrl-C does, so that a run under way can say that it is not complete."""
    sys.exit(128 + number)
