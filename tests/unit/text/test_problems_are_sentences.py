"""What is said of an input stands in the catalogue, in both languages, and not in the code that finds it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import gridprio

PACKAGE = Path(gridprio.__file__).parent
MAKERS = {"Problem", "InputError", "StoreError", "CalculationError", "Refusal", "Unreadable", "_problem"}
METHODS = {"problem", "refused", "refuse", "_problem", "_refuse"}
"""Functions that make a problem or an error of their arguments."""
SAYING = {"sentence", "message", "say"}
PROSE = re.compile(r"[A-Za-z]{2,}:?,? [a-z]{2,}")
CODE = re.compile(r"select .* from|create view|create table|insert into|at line \(|^float64, |^bold |has no attribute")
"""Texts of words that are a query, a pattern, types, a style, or what Python itself says of a module."""
FOR_PROGRAMMERS = {
    "cells/cache.py": "no cell was evaluated before results were asked for: a call in the wrong order",
    "cells/executor.py": "the shape of arrays that a caller passes",
    "cli/bench.py": "benchmarks are run from the source tree, by who works on it",
    "errors/__init__.py": "`str` of an error in Python; the command line words every problem itself",
    "games/coalitions.py": "arguments of the functions of games, which no study holds",
    "games/contributions.py": "arguments of the functions of games, which no study holds",
    "load_flow/solve.py": "arrays and keywords that a caller passes to solve_load_flow",
    "load_flow/violations.py": "arrays and keywords that a caller passes to the screen of outages",
    "plan/activities.py": "arguments of the scheduler of plain activities, which no study holds",
    "statistics/rank_acceptability.py": "scores and weights that a caller passes; those of a study are checked before",
    "store/tables.py": "a table that the code makes otherwise than its contract",
}
"""Files whose English is said to whoever writes Python, and why nobody else sees it."""
READERS = ("grid/", "inputs/", "published/", "exchange/")
"""Rooms that read what people write: there no English stands anywhere, also where a function hands it on."""
CONTENT = {
    "exchange/results_workbook.py": "a fault of the code that makes a workbook",
    "exchange/qgis_style.py": "expressions of QGIS",
    "grid/power_grid_model.py": "the name of a bus",
    "grid/std_types.py": "where the figures of a type come from, in the net",
    "inputs/document.py": "pages of the documentation",
    "inputs/example.py": "a name that is asked for",
    "inputs/municipality_map.py": "a text that is no JSON, shown as found",
    "inputs/rows.py": "a word of tables",
    "inputs/rules_in_force.py": "sources and notes of rules, in a table",
    "inputs/study.py": "`repr` of a study",
    "published/provinces.py": "outlines of the package itself",
    "published/study_folder.py": "the title of a study, in both languages",
}
"""Files of these rooms with texts that are not said of an input, and what they are."""


def calls_of(node: ast.AST, names: set[str]) -> list[ast.Call]:
    return [call for call in ast.walk(node) if isinstance(call, ast.Call) and getattr(call.func, "id", "") in names]


def texts_of(node: ast.AST) -> Iterator[str]:
    """Texts of several words, outside documentation, logs, the catalogue and help of commands."""
    said = calls_of(node, SAYING | {"Field", "column_text"})
    calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
    said += [call for call in calls if getattr(getattr(call.func, "value", None), "id", "") == "_log"]
    left_out = {id(part) for call in said for part in ast.walk(call)}
    lines = [part.value for part in ast.walk(node) if isinstance(part, ast.Expr)]
    left_out |= {id(line) for line in lines if isinstance(line, ast.Constant)}
    for text in ast.walk(node):
        if not isinstance(text, ast.Constant) or not isinstance(text.value, str) or id(text) in left_out:
            continue
        if PROSE.search(text.value) and not CODE.search(text.value):
            yield text.value


def prose(path: Path) -> Iterator[str]:
    """Texts in functions that make a problem."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef):
            methods = {getattr(call.func, "attr", "") for call in ast.walk(function) if isinstance(call, ast.Call)}
            if calls_of(function, MAKERS) or methods & METHODS:
                yield from texts_of(function)


def test_every_problem_is_said_by_the_catalogue() -> None:
    files = {path.relative_to(PACKAGE).as_posix(): list(prose(path)) for path in PACKAGE.rglob("*.py")}
    found = {name: texts for name, texts in files.items() if texts}
    assert {name: texts for name, texts in found.items() if name not in FOR_PROGRAMMERS} == {}
    assert FOR_PROGRAMMERS.keys() <= found.keys(), "a file without English texts leaves the list"


def test_no_english_stands_where_inputs_are_read() -> None:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if name.startswith(READERS) and (texts := list(texts_of(ast.parse(path.read_text(encoding="utf-8"))))):
            found[name] = texts
    assert {name: texts for name, texts in found.items() if name not in CONTENT} == {}
    assert CONTENT.keys() <= found.keys(), "a file without texts leaves the list"
