"""The package as files and the imports between them, read from the text alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "python"
PACKAGE = SOURCE / "gridprio"


def module_of(path: Path) -> str:
    """Dotted name of a file; that of a package for its `__init__.py`."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    return {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def imports_of(module: str) -> tuple[tuple[str, str], ...]:
    """Every import anywhere in a module, also in functions and under TYPE_CHECKING: where from, and what name or ''."""
    return tuple(_imports_of(module))


def _imports_of(module: str) -> Iterator[tuple[str, str]]:
    path = modules()[module]
    parents = (module if path.name == "__init__.py" else module.rpartition(".")[0]).split(".")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = parents[: len(parents) + 1 - node.level] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((source, alias.name) for alias in node.names)


def own_imports(module: str) -> set[str]:
    """Modules of the package that a module names; a name that is a file stands for the file."""
    found = {f"{source}.{name}" if f"{source}.{name}" in modules() else source for source, name in imports_of(module)}
    return {name for name in found if name in modules()} - {module}


def room_of(module: str) -> str:
    """First part below the package; '' for the package itself."""
    return [*module.split("."), ""][1]
