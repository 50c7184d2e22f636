"""Where the time of the Rust kernels goes: `python -m benches.samples SUITE GRID [screened]`, on Linux with `perf`.

The case is solved over and over on one thread, while perf looks every quarter of a millisecond at which function is in
work; printed are their shares of all samples of the process, Python and allocation among them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from .registry import SUITES, Options

SECONDS = 5.0
LINE = re.compile(r"^\s*([\d.]+)%\s+\[.\] (?:gridprio_\w+::)?(\S.*?)\s*(?:-\s+-\s*)?$", re.MULTILINE)


def main(suite: str, grid: str, kind: str = "") -> None:
    if shutil.which("perf") is None:
        sys.exit("perf is wanted: on Debian `apt install linux-perf`")
    cases = list(import_module(SUITES[suite]).cases(Options(grids=(grid,))))
    name = f"gridprio rust {kind}".strip()
    runs = [one.run for case in cases for one in case.contenders if (one.name, one.threads) == (name, 1)]
    if not runs:
        sys.exit(f"{suite} has no {name} on {grid}: see benches/grids.py for the names of grids")
    run = runs[0]
    run()
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "perf.data"
        perf = ["perf", "record", "--quiet", "--freq", "4000", "--event", "cpu-clock", "--output", str(record)]
        with subprocess.Popen([*perf, "--pid", str(os.getpid()), "--", "sleep", str(SECONDS)]) as looking:
            while looking.poll() is None:
                run()
        if looking.returncode:
            sys.exit("perf may not look at this process: see /proc/sys/kernel/perf_event_paranoid")
        report = ["perf", "report", "--stdio", "--no-children", "--fields", "overhead,sym", "--input", str(record)]
        text = subprocess.run(report, check=True, capture_output=True, text=True).stdout
    for percent, function in LINE.findall(text):
        sys.stdout.write(f"{percent:>6} %  {function}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
