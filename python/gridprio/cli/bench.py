"""gridprio bench: the benchmarks of the source tree, measured side by side on this machine."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gridprio.errors import InputError, Problem

ROOT = Path(__file__).parents[3]
"""Top of the source tree, where `benches` stands."""

SMOKE = 0.02
"""Share of the cases when nothing is compared: a look whether all runs."""


def bench(
    suite: Annotated[str | None, typer.Argument(metavar="[SUITE]", help="One suite; all where left out.")] = None,
    json_: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the numbers here.")] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="Measure other programs beside it (pip install 'gridprio[peers]').")
    ] = False,
    threads: Annotated[int, typer.Option(min=1, help="Above 1: also on so many threads.")] = 1,
    scale: Annotated[
        float | None, typer.Option(help=f"Share of the cases of each grid; 1 with --peers, else {SMOKE}.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="Repetitions; medians are shown.")] = 3,
    grid: Annotated[list[str] | None, typer.Option(help="Only this grid; may be given again.")] = None,
) -> None:
    """Measure load flows on this machine, everyone on the same matrix to the same tolerance, in turns."""
    registry, targets = _benches("registry"), _benches("targets")
    if suite is not None and suite not in registry.SUITES:
        raise _no_such("SUITE", "no such suite", suite, registry.SUITES)
    names = [row.name for row in _benches("grids").ROWS]
    for name in grid or ():
        if name not in names:
            raise _no_such("--grid", "no such grid", name, names)
    share = scale if scale is not None else 1.0 if peers else SMOKE
    options = registry.Options(peers=peers, threads=threads, scale=share, repeats=repeats, grids=tuple(grid or ()))
    console = Console()
    console = console if console.is_terminal else Console(width=160)
    found: list[Any] = []
    for name in registry.SUITES:
        if suite in (None, name):
            measured = []
            with Console(stderr=True).status(name) as status:
                try:
                    for row in registry.measure(name, options):
                        status.update(f"{name}: {row.case} done")
                        measured.append(row)
                except ModuleNotFoundError as error:
                    mend = "Install it (pip install 'gridprio[peers]'), or measure without --peers."
                    what = f"{error.name} is not installed"
                    raise InputError([Problem("bench", None, name, what, mend=mend)]) from error
            console.print(_table(name, measured, targets.solved))
            found += measured
    verdicts = targets.verdicts(found)
    if verdicts:
        console.print(_verdict_table(verdicts))
    if json_ is not None:
        record = _record(found, verdicts, options)
        json_.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _no_such(where: str, what: str, found: str, expected: Any) -> InputError:
    return InputError([Problem("bench", None, where, what, found=repr(found), expected=", ".join(expected))])


def _benches(module: str) -> Any:
    if not (ROOT / "benches" / "registry.py").is_file():
        raise InputError("the benchmarks are in the source tree of gridprio, not in an installed package")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return import_module(f"benches.{module}")


def _table(suite: str, measured: list[Any], solved: Any) -> Table:
    """With the time of everyone by that of gridprio, the first of the case, for the same piece on as many threads."""
    heads = ("case", "who", "threads", "pieces", "us each", "times gridprio", "residual, pu", "difference")
    table = Table(*heads, title=suite, box=None)
    first: dict[tuple[str, str, int], float] = {}
    for row in measured:
        time = f"{row.microseconds:.1f}" if math.isfinite(row.microseconds) else row.error
        ratio = row.microseconds / first.setdefault((row.case, row.unit, row.threads), row.microseconds)
        mark = "" if solved(row) else " [red]not solved[/]"
        residual = _small(row.residual_pu) + mark
        difference = _small(row.largest_difference_pu)
        times = "" if not math.isfinite(ratio) else f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2f}"
        table.add_row(row.case, row.contender, str(row.threads), str(row.count), time, times, residual, difference)
    return table


def _small(value: float | None) -> str:
    return "" if value is None else f"{value:.1e}"


def _verdict_table(verdicts: list[Any]) -> Table:
    table = Table("suite", "case", "what", "ratio", "default", "must", "aim", "reached", title="targets", box=None)
    for row in verdicts:
        default = "" if row.against_default is None else f"{row.against_default:.1f}"
        reached = f"[{'red' if row.reached == 'no' else 'green'}]{row.reached}[/]"
        numbers = (f"{row.found:.1f}", default, f"{row.must:g}", f"{row.aim:g}")
        table.add_row(row.suite, row.case, row.what, *numbers, reached)
    return table


def _record(found: list[Any], verdicts: list[Any], options: Any) -> dict[str, Any]:
    """Everything that was measured and on what; numbers that JSON cannot hold are null."""
    from gridprio.cli.info import facts

    measured = facts()
    record: dict[str, Any] = measured | {
        "commit": _commit(),
        "options": dataclasses.asdict(options),
        "measurements": [dataclasses.asdict(row) for row in found],
        "targets": [dataclasses.asdict(row) | {"reached": row.reached} for row in verdicts],
    }
    record["versions"] = measured["versions"] | _peer_versions()
    return {key: _finite(value) for key, value in record.items()}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _peer_versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in ("pandapower", "power-grid-model", "lightsim2grid", "simbench"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _commit() -> str:
    """Commit of the source tree, and whether files differ from it."""
    try:
        done = [
            subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
            for words in (("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        ]
    except (OSError, subprocess.CalledProcessError):
        return "not known"
    return done[0] + (" with changes" if done[1] else "")
