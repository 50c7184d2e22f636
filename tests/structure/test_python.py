"""How the package is built: no circles, small files, every file in a room, every library in one room."""

from __future__ import annotations

import tomllib
from pathlib import Path

import networkx
import pytest

from .source import PACKAGE, ROOT, imports_of, modules, own_imports, room_of

MAX_LINES = 400
ROOT_FILES = {"__init__.py", "__main__.py", "py.typed", "_core.pyi"}
ROOM_OF_LIBRARY = {
    "gridprio._core": "kernels",
    "numba": "kernels",
    "llvmlite": "kernels",
    "pandapower": "grid",
    "networkx": "grid",
    "simbench": "grid",
    "plotly": "figures",
    "typer": "cli",
    "rich": "cli",
    "duckdb": "store",
}
TREES = {"python": "*.py", "tests": "*.py", "benches": "*.py", "data": "*.py", "rust": "*.rs"}


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = networkx.DiGraph((module, other) for module in modules() for other in own_imports(module))
    assert graph.number_of_edges() > 100
    circles = [sorted(part) for part in networkx.strongly_connected_components(graph) if len(part) > 1]
    assert circles == []


@pytest.mark.parametrize("tree", TREES)
def test_files_are_small(tree: str) -> None:
    files = [path for path in (ROOT / tree).rglob(TREES[tree]) if "target" not in path.parts]
    assert files
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: n for name, n in lines.items() if n > MAX_LINES} == {}


def entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name != "__pycache__"}


@pytest.mark.xfail(strict=True, reason="compositions and errors still lie in the root of the package")
def test_the_root_of_the_package_holds_no_loose_files() -> None:
    files = {name for name in entries(PACKAGE) if (PACKAGE / name).is_file() and not name.startswith("_core.abi3.")}
    assert files == ROOT_FILES


def rooms_of_the_contract() -> list[str]:
    """Rooms that the layers of the import contract name, top to bottom."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (layers,) = [contract["layers"] for contract in settings["contracts"] if contract["type"] == "layers"]
    return [room_of(name.strip()) for layer in layers for name in layer.replace(":", "|").split("|")]


def test_every_module_belongs_to_a_room_of_the_contract() -> None:
    named = rooms_of_the_contract()
    assert len(named) == len(set(named))
    assert {room_of(module) for module in modules()} - {"", "__main__"} == set(named)


def test_every_folder_of_the_package_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").is_file()] == []


@pytest.mark.parametrize("library", ROOM_OF_LIBRARY)
def test_a_library_is_known_to_one_room(library: str) -> None:
    users = {
        module
        for module in modules()
        for source, name in imports_of(module)
        if f"{source}.{name}.".startswith(f"{library}.")
    }
    assert users
    assert {room_of(module) for module in users} == {ROOM_OF_LIBRARY[library]}, sorted(users)
