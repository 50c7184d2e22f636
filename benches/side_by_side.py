"""Two builds of the Rust core in turns: `python -m benches.side_by_side old.so new.so GRID [LOW] [TURNS]`.

Each turn loads an extension in a process of its own and solves the batch of `GRID` (loads drawn between LOW and
105 %) for about a second on one thread; printed are medians of the turns, microseconds per load flow.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from statistics import median
from time import perf_counter, process_time

SECONDS = 1.0
NAME = "gridprio._core"


def main(old: str, new: str, grid: str, low: str = "0.95", turns: str = "4") -> None:
    found: dict[str, list[float]] = {old: [], new: []}
    for _ in range(int(turns)):
        for extension, times in found.items():
            command = [sys.executable, "-m", "benches.side_by_side", extension, grid, low]
            times.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    for extension, times in found.items():
        sys.stdout.write(f"{extension}: {median(times):.3g} ({', '.join(f'{x:.3g}' for x in times)})\n")


def turn(extension: str, grid: str, low: str) -> float:
    """Median microseconds of processor time per load flow."""
    spec = importlib.util.spec_from_file_location(NAME, extension)
    assert spec is not None and spec.loader is not None
    sys.modules[NAME] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    import gridprio
    from benches.grids import ROWS, injections, load

    bench = load(next(row for row in ROWS if row.name == grid))
    p_mw, q_mvar = injections(bench, bench.row.count, float(low), 1.05)
    seconds: list[float] = []
    end = perf_counter() + SECONDS
    while len(seconds) < 2 or perf_counter() < end:
        begun = process_time()
        gridprio.solve_load_flow(bench.grid, p_mw, q_mvar, tolerance_mva=bench.tolerance_mva, backend="rust", threads=1)
        seconds.append(process_time() - begun)
    return median(seconds[1:]) / len(p_mw) * 1e6


if __name__ == "__main__":
    if len(sys.argv) == 4 and not sys.argv[2].endswith(".so"):
        sys.stdout.write(f"{turn(*sys.argv[1:])}\n")
    else:
        main(*sys.argv[1:])
