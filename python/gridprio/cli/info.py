"""gridprio info: what is installed here and what the machine can do."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from gridprio.cli.options import JsonOption, usable_cores

SHOWN_FEATURES = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512dq", "asimd", "sve")
"""Instruction sets that the lanes of the core may use, as the kernel of the system names them."""


def info(json_: JsonOption = False) -> None:
    """Versions, backends, threads, CPU features."""
    found = facts()
    if json_:
        typer.echo(json.dumps(found, indent=2))
        return
    for title, entries in found.items():
        table = Table(title=title, title_justify="left", show_header=False, box=None)
        for name, value in entries.items():
            table.add_row(f"[cyan]{name}[/]", value)
        Console().print(table)


def facts() -> dict[str, dict[str, str]]:
    """What `info` shows, by title."""
    from gridprio.kernels.select import BACKENDS, missing_backends
    from gridprio.store import versions

    missing = missing_backends()
    model, features = _cpu()
    return {
        "versions": versions(),
        "backends": {name: f"missing: {missing[name]}" if name in missing else "present" for name in BACKENDS},
        "machine": {
            "system": platform.platform(),
            "cpu": model,
            "features": " ".join(features) or "not known",
            "threads": str(usable_cores()),
        },
    }


def _cpu() -> tuple[str, list[str]]:
    """Model name and those of SHOWN_FEATURES that it has (Linux)."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    entries = dict(reversed([[part.strip() for part in line.split(":", 1)] for line in lines if ":" in line]))
    flags = set(entries.get("flags", entries.get("Features", "")).split())
    return entries.get("model name", platform.machine()), [name for name in SHOWN_FEATURES if name in flags]
