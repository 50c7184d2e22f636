"""Records of `gridprio bench --json` as the tables of docs/performance.md: `python -m benches.tables FILE...`.

The page keeps its words; what stands between `<!-- bench:NAME -->` and `<!-- /bench -->` is replaced with `--write`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from .targets import THREADS_FROM_US

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
MARK = re.compile(r"(<!-- bench:(\w+) -->\n).*?(<!-- /bench -->)", re.DOTALL)
TOLERANCE_PU = 1.01e-8
OURS = "gridprio rust"


def tables(record: dict[str, Any]) -> dict[str, str]:
    """Name of each table -> Markdown: `machine`, every suite, `<suite>_2` for two threads, `targets`."""
    found = {"machine": _machine(record), "targets": _targets(record["targets"])}
    for suite in dict.fromkeys(row["suite"] for row in record["measurements"]):
        rows = [row for row in record["measurements"] if row["suite"] == suite]
        for threads in sorted({row["threads"] for row in rows}):
            chosen = [row for row in rows if row["threads"] == threads]
            found[suite if threads == 1 else f"{suite}_{threads}"] = _suite(chosen)
    return found


def joined(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The first record, with what only the others measured."""
    whole = dict(records[0])
    keys = {"measurements": ("suite", "case", "contender", "threads"), "targets": ("suite", "case", "what")}
    for name, key in keys.items():
        rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in (row for record in records for row in record[name]):
            rows.setdefault(tuple(row[part] for part in key), row)
        whole[name] = list(rows.values())
    return whole


def _machine(record: dict[str, Any]) -> str:
    machine, versions = record["machine"], record["versions"]
    names = [name for name in versions if name in ("python", "numpy", "numba")] + [
        "pandapower",
        "power-grid-model",
        "lightsim2grid",
    ]
    return "\n".join(
        [
            f"* {machine['cpu']}, {machine['threads']} threads, {machine['features']}; {machine['system']}",
            "* " + ", ".join(f"{name} {versions[name]}" for name in names if name in versions),
            f"* commit {record['commit']}; medians of {record['options']['repeats']} turns",
        ]
    )


def _suite(rows: list[dict[str, Any]]) -> str:
    """One line per grid, one column per program, microseconds per piece of work."""
    cases = list(dict.fromkeys(row["case"] for row in rows))
    who = list(dict.fromkeys(row["contender"] for row in rows))
    by = {(row["case"], row["contender"]): row for row in rows}
    lines = [_line("grid", "pieces", *who), _line("---", *["---:"] * (len(who) + 1))]
    for case in cases:
        cells = [_cell(by.get((case, name))) for name in who]
        pieces = next(row["count"] for row in rows if row["case"] == case)
        lines.append(_line(case, f"{pieces:,}", *cells))
    return "\n".join(lines)


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    # a screen gives no voltages, so it has no residual and none that are missing
    residual = row["residual_pu"] or 0.0
    if row["error"] or row["microseconds"] is None or row["missing"] or residual > TOLERANCE_PU:
        return "not solved"
    return _number(row["microseconds"])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _ratio(value: float) -> str:
    """Three digits behind the point where limits are small: 1.897 is not 1.9."""
    return f"{value:.3f}" if value < 10 else _number(value)


def _targets(rows: list[dict[str, Any]]) -> str:
    lines = [_line("suite", "grid", "what", "ratio", "to its defaults", "must", "aim", "reached")]
    lines.append(_line("---", "---", "---", "---:", "---:", "---:", "---:", "---"))
    for row in rows:
        default = "" if row["against_default"] is None else _number(row["against_default"])
        numbers = (_ratio(row["found"]), default, f"{row['must']:g}", f"{row['aim']:g}")
        lines.append(_line(row["suite"], row["case"], row["what"], *numbers, row["reached"]))
    return "\n".join(lines)


def threads(records: list[dict[str, Any]]) -> str:
    """What two threads wait, and what they work more than one does in the same record."""
    lines = [_line("grid", "two threads against one", "idle", "processor time"), _line("---", *["---:"] * 3)]
    for record in records:
        rows = [row for row in record["measurements"] if (row["suite"], row["contender"]) == ("time_series", OURS)]
        alone = {row["case"]: row for row in rows if row["threads"] == 1}
        for two in (row for row in rows if row["threads"] == 2):
            one, clock, work = alone[two["case"]], two["wall_microseconds"], two["cpu_microseconds"]
            if one["wall_microseconds"] * one["count"] >= THREADS_FROM_US:
                ratios = one["wall_microseconds"] / clock, work / one["wall_microseconds"]
                lines.append(
                    _line(two["case"], f"{ratios[0]:.3f}", f"{1 - work / (2 * clock):.1%}", f"{ratios[1]:.3f}")
                )
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def rewritten(page: str, found: dict[str, str]) -> str:
    """The page with the tables that the record has; the others stay."""

    def table(mark: re.Match[str]) -> str:
        body = found.get(mark.group(2))
        return mark.group(0) if body is None else f"{mark.group(1)}{body}\n{mark.group(3)}"

    return MARK.sub(table, page)


def main(arguments: list[str]) -> int:
    files = [name for name in arguments if not name.startswith("--")]
    records = [json.loads(Path(name).read_text(encoding="utf-8")) for name in files]
    if not records or len({record["commit"] for record in records}) > 1:
        sys.stderr.write("records of one commit are wanted: python -m benches.tables FILE... [--write]\n")
        return 2
    found = tables(joined(records)) | {"threads": threads(records)}
    if "--write" in arguments:
        PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    else:
        sys.stdout.write("\n\n".join(f"{name}\n\n{table}" for name, table in found.items()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
