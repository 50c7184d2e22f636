"""How the package is built: no circles, small files, every file in a room."""

from __future__ import annotations

import ast
import tomllib

import networkx
import pytest

from gridprio.inputs.settings import Settings
from gridprio.model.metrics import DEFINITIONS
from gridprio.model.rules import CellRules, HourRules, OutageRules

from .source import PACKAGE, ROOT, imports_of, modules, own_imports, room_of

MAX_LINES = 400
LINE_LENGTH = 120
ROOT_FILES = {"__init__.py", "__main__.py", "py.typed", "_core.pyi"}
TREES = {"python": "*.py", "tests": "*.py", "benches": "*.py", "data": "*.py", "rust": "*.rs"}


def test_no_files_import_each_other_in_a_circle() -> None:
    imports = {(module, other) for module in modules() for other in own_imports(module)}
    assert len(imports) > 100
    parts = networkx.strongly_connected_components(networkx.DiGraph(imports))
    assert [sorted(part) for part in parts if len(part) > 1] == []


@pytest.mark.parametrize("tree", TREES)
def test_files_are_small(tree: str) -> None:
    files = [path for path in (ROOT / tree).rglob(TREES[tree]) if "target" not in path.parts]
    assert files
    lines = {path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name for name, n in lines.items() if n > MAX_LINES} == set()


def test_comments_in_rust_fit_a_line() -> None:
    """rustfmt leaves them as they are."""
    files = [path for path in (ROOT / "rust").rglob("*.rs") if "target" not in path.parts]
    lines = [
        (path.relative_to(ROOT).as_posix(), number)
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if line.lstrip().startswith("//") and len(line) > LINE_LENGTH
    ]
    assert files and lines == []


def test_only_the_front_door_lies_in_the_root_of_the_package() -> None:
    files = {path.name for path in PACKAGE.iterdir() if path.is_file()}
    assert {name for name in files if not name.startswith("_core.abi3.")} == ROOT_FILES


def test_every_module_belongs_to_a_room_of_the_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (rooms,) = [contract for contract in contracts if contract["type"] == "layers"]
    assert rooms["exhaustive"] and rooms["exhaustive_ignores"] == ["__main__"]
    named = [name.strip() for layer in rooms["layers"] for name in layer.replace(":", "|").split("|")]
    assert len(named) == len(set(named))
    assert {room_of(module) for module in modules()} - {"", "__main__"} == set(named)
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").is_file()} == set()


@pytest.mark.parametrize(("library", "room"), [("gridprio._core", "kernels"), ("duckdb", "store"), ("rich", "cli")])
def test_a_library_is_known_to_one_room(library: str, room: str) -> None:
    """Those that the import contract does not name."""
    users = {
        module
        for module in modules()
        for source, name in imports_of(module)
        if f"{source}.{name}.".startswith(f"{library}.")
    }
    assert {room_of(module) for module in users} == {room}, sorted(users)


def test_every_setting_is_read_somewhere() -> None:
    """By its name: as an attribute, as a field of a rule that a setting fills, or by the record of a metric."""
    of_metrics = {name for metric in DEFINITIONS for name in (metric.margin.setting, metric.weight_setting)}
    rules = {name for kind in (CellRules, HourRules, OutageRules) for name in kind.__dataclass_fields__}
    attributes = {
        node.attr
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    }
    assert Settings.model_fields.keys() - attributes - rules - of_metrics == set()


def test_groups_of_tests_reach_the_workers(request: pytest.FixtureRequest) -> None:
    """Otherwise every process compiles and sets up the same, and nobody sees why it is slow."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("tests run in one process")
    assert request.node.nodeid.partition("@")[2] == str(request.node.path)
