"""Starts commands of gridprio as they are asked for on standard input, one JSON line each, and says how each ended.

A program of its own. Every command is a child that is forked warm, so that its limits are spent on what it reads.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

ORIGIN = Path(__file__).parents[1] / "cases" / "one_crew"


def main() -> None:
    from gridprio.cli.app import app

    answers = os.dup(1)
    os.dup2(2, 1)
    app(["check", str(ORIGIN)], standalone_mode=False)
    for line in sys.stdin:
        ended = _child(json.loads(line))
        os.write(answers, (json.dumps(ended) + "\n").encode())


def _child(order: dict[str, Any]) -> dict[str, float | None]:
    pid = os.fork()
    if pid == 0:
        _command(order)
    end = time.monotonic() + order["patience_seconds"]
    while True:
        ended, status, used = os.wait4(pid, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            break
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return {"code": None}
        time.sleep(0.01)
    return {"code": code, "cpu_seconds": used.ru_utime + used.ru_stime, "peak_bytes": used.ru_maxrss * 1024}


def _command(order: dict[str, Any]) -> None:
    """In the child: what `gridprio ARGUMENTS` does; ends the process."""
    code: Any = 70
    try:
        os.chdir(order["cwd"])
        for stream, name in ((1, "out.txt"), (2, "errors.txt")):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        for limit, value in order["limits"].items():
            resource.setrlimit(getattr(resource, limit), (value, value))
        sys.argv = ["gridprio", *order["arguments"]]
        from gridprio.cli import main

        main()
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    main()
