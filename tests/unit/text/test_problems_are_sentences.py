"""What is said of an input stands in the catalogue, in both languages, and not in the code that finds it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import gridprio

PACKAGE = Path(gridprio.__file__).parent
MAKERS = {"Problem", "InputError", "StoreError", "CalculationError", "Refusal"}
METHODS = {"problem", "refused", "refuse", "_problem", "_refuse"}
"""Functions that make a problem or an error of their arguments."""
SAYING = {"sentence", "message", "say"}
PROSE = re.compile(r"[A-Za-z]{2,}:?,? [a-z]{2,}")
CODE = re.compile(r"select .* from|create view|at line \(")
"""Texts of words that are a query or a pattern."""
FOR_PROGRAMMERS = (
    *("cli/bench.py", "effect/", "games/", "kernels/", "load_flow/", "search/", "statistics/", "plan/activities.py"),
    *("cells/cache.py", "cells/executor.py", "store/tables.py", "outcome/", "pipeline/", "errors/"),
)
"""Said of the arguments of a function, or of a benchmark, to whoever writes Python: in English."""
STILL_ENGLISH = (
    *("grid/net/taps.py", "grid/controls.py", "grid/convert.py", "grid/pandapower_files.py"),
    *(
        "grid/pgm_rows.py",
        "grid/power_grid_model.py",
        "grid/refusals.py",
        "grid/file_values.py",
        "report/run_tables.py",
    ),
    "exchange/seal.py",
)
"""Said of the cells of a grid file to whoever exported it; not translated yet."""


def prose(path: Path) -> Iterator[str]:
    """Texts of several words in functions that make a problem, outside documentation, logs and the catalogue."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        made = {getattr(call.func, "id", "") for call in calls} & MAKERS
        if not (made or {getattr(call.func, "attr", "") for call in calls} & METHODS):
            continue
        said = [call for call in calls if getattr(call.func, "id", "") in SAYING]
        said += [call for call in calls if getattr(getattr(call.func, "value", None), "id", "") == "_log"]
        left_out = {id(node) for call in said for node in ast.walk(call)}
        lines = [node.value for node in ast.walk(function) if isinstance(node, ast.Expr)]
        left_out |= {id(line) for line in lines if isinstance(line, ast.Constant)}
        texts = [node for node in ast.walk(function) if isinstance(node, ast.Constant) and id(node) not in left_out]
        for text in texts:
            if isinstance(text.value, str) and PROSE.search(text.value) and not CODE.search(text.value):
                yield text.value


def test_every_problem_is_said_by_the_catalogue() -> None:
    found: dict[str, list[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if texts := list(prose(path)):
            found[name] = texts
    assert {name: texts for name, texts in found.items() if not name.startswith(FOR_PROGRAMMERS + STILL_ENGLISH)} == {}
    for listed in STILL_ENGLISH:
        assert any(name.startswith(listed) for name in found), f"{listed} is translated: take it off the list"
