"""gridprio bench: the benchmarks of the source tree, measured side by side on this machine."""

from __future__ import annotations

import dataclasses
import json
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


def bench(
    suite: Annotated[str | None, typer.Argument(metavar="[SUITE]", help="One suite; all where left out.")] = None,
    json_: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the numbers here.")] = None,
    peers: Annotated[bool, typer.Option("--peers", help="Measure other programs beside it.")] = False,
) -> None:
    """Measure load flows on this machine, one thread, everyone to the same tolerance."""
    from gridprio.cli.info import facts

    registry = _registry()
    if suite is not None and suite not in registry.SUITES:
        expected = ", ".join(registry.SUITES)
        raise InputError([Problem("bench", None, "SUITE", "no such suite", found=repr(suite), expected=expected)])
    found = [row for name in registry.SUITES if suite in (None, name) for row in registry.measure(name, peers)]
    table = Table("case", "who", "us per load flow", "largest difference, pu", box=None)
    for row in found:
        table.add_row(row.case, row.contender, f"{row.microseconds:.1f}", f"{row.largest_difference_pu:.1e}")
    Console().print(table)
    if json_ is not None:
        record = facts() | {"measurements": [dataclasses.asdict(row) for row in found]}
        json_.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _registry() -> Any:
    if not (ROOT / "benches" / "registry.py").is_file():
        raise InputError("the benchmarks are in the source tree of gridprio, not in an installed package")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return import_module("benches.registry")
