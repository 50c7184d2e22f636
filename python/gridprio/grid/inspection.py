"""Everything that is known of a grid when it is read: problems, findings, and the grid where there is no problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gridprio.errors import InputError, Problem
from gridprio.grid.net import Finding, net_findings
from gridprio.grid.sources import look_at_net, named_grid
from gridprio.model.grid import Grid


@dataclass(frozen=True, eq=False)
class Inspection:
    """A grid that was read as far as it goes."""

    problems: Sequence[Problem]
    findings: Sequence[Finding]
    net: Any = None
    """None where there is a problem, as `grid`"""
    grid: Grid | None = None


def inspect_grid(source: str | Path) -> Inspection:
    """Problems and findings of a source (`read_grid`); raises nothing for what is wrong with it."""
    try:
        net, drawing, problems = look_at_net(source)
    except InputError as error:
        return Inspection(error.problems, ())
    if problems:
        return Inspection(problems, _apart_from(net_findings(net), problems))
    try:
        grid = named_grid(source, net, drawing)
    except InputError as error:
        return Inspection(error.problems, _apart_from(net_findings(net), error.problems))
    return Inspection((), net_findings(net, grid), net, grid)


def _apart_from(findings: Sequence[Finding], problems: Sequence[Problem]) -> list[Finding]:
    """Findings without the rows that have a problem: what is odd there may come from it."""
    spoilt = {(problem.file, problem.row) for problem in problems}
    left = []
    for finding in findings:
        rows = tuple(row for row in finding.rows if (finding.table, row) not in spoilt)
        if (rows or not finding.rows) and (finding.table, None) not in spoilt:
            left.append(replace(finding, rows=rows))
    return left
