"""Opens studies through every door of gridprio under an audit hook, and writes down what the interpreter did.

A program of its own: `python doors.py PLAN RESULT`. PLAN is JSON, a list of [name, folder, modules that the study
names]; RESULT gets, by name and door, the exit code, the text and the audit events. The folder of the study is the
current directory and stands on `sys.path`, as it does for `python -m` and in a notebook.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

WATCHED = ("open", "os.system", "os.exec", "os.posix_spawn", "os.fork", "webbrowser.open", "urllib.Request")
FAMILIES = ("subprocess.", "socket.")


def main(plan: Path, result: Path) -> None:
    events: list[tuple[str, str]] = []

    def note(event: str, args: tuple[object, ...]) -> None:
        if event == "exec":  # the body of a module when it is imported
            events.append((event, getattr(args[0], "co_filename", "")))
        elif event in WATCHED or event.startswith(FAMILIES):
            events.append((event, str(args[0])[:300] if args else ""))

    sys.addaudithook(note)
    found: dict[str, dict[str, object]] = {}
    for name, folder, modules in json.loads(plan.read_text()):
        os.chdir(folder)
        found[name] = {}
        for door, enter in DOORS.items():
            for module in modules:
                sys.modules.pop(module, None)
            events.clear()
            sys.path.insert(0, "")
            code, text = _through(enter)
            sys.path[:] = [entry for entry in sys.path if entry not in ("", folder)]
            found[name][door] = {"code": code, "text": text, "events": list(events)}
    result.write_text(json.dumps(found))


def _through(enter: Callable[[], None]) -> tuple[int, str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            enter()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        except Exception as error:  # what the Python door raises
            out.write(f"{type(error).__name__}: {error}\n")
            code = getattr(error, "exit_code", 70)
    return code, out.getvalue()


def _command(*arguments: str) -> None:
    from gridprio.cli import main as gridprio

    sys.argv = ["gridprio", *arguments]
    gridprio()


def _python() -> None:
    import gridprio

    study = gridprio.read_study(".")
    gridprio.read_grid(study.grid_source)


DOORS: dict[str, Callable[[], None]] = {
    "check": lambda: _command("check", ".", "--language", "en"),
    "run": lambda: _command("run", ".", "--language", "en", "--out", "out", "--threads", "1"),
    "python": _python,
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]).resolve())
