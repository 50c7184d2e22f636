"""No files of a crate use each other in a circle, nor do the folders of a crate, nor do the crates.

An item counts for the file that defines it: `super::X` and `crate::folder::X` are followed through `pub use`. A `mod`
line is no use, so a parent that only declares and re-exports its children depends on nothing. Tests inside a file are
left out: they may use anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "rust"

Names = tuple[str, ...]
"""A path inside a crate, from its root: modules, then perhaps an item."""

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
STRING = re.compile(r'b?"(?:\\.|[^"\\])*"', re.DOTALL)
TESTS = re.compile(r"#\[cfg\(test\)\]\s*(?:pub\s*(?:\([^)]*\)\s*)?)?mod\s+\w+\s*(\{|;)")
USE = re.compile(r"(?P<public>\bpub(?:\s*\([^)]*\))?\s+)?\buse\s+(?P<tree>[^;]+);")
PATH = re.compile(r"(?<![\w:$])(?:crate|self|super|gridprio_\w+)(?:::\w+)+|\$crate(?:::\w+)+")
LOCAL = re.compile(r"(?<![\w:.$])(\w+)::(\w+)")
MACRO = re.compile(r"#\[macro_export\]\s*macro_rules!\s*(\w+)")
DEFINES = re.compile(
    r"^\s*(?:pub(?:\s*\([^)]*\))?\s+)?(?:unsafe\s+|const\s+|async\s+|extern\s+\"\"\s+)*"
    r"(?:struct|enum|union|trait|fn|type|static|const|mod|macro_rules!)\s+(\w+)",
    re.MULTILINE,
)


def without_tests(text: str) -> str:
    """The text without comments, strings and modules under `#[cfg(test)]`."""
    text = STRING.sub('""', COMMENT.sub("", text))
    while found := TESTS.search(text):
        end = found.end()
        if found.group(1) == "{":
            depth = 1
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
        text = text[: found.start()] + text[end:]
    return text


def leaves(tree: str) -> Iterator[tuple[Names, str]]:
    """Every path of a use tree, with the name under which it is known afterwards."""
    tree = tree.strip()
    head, brace, rest = tree.partition("{")
    if not brace:
        path, _, alias = re.sub(r"\s+", " ", tree).partition(" as ")
        names = tuple(part.strip() for part in path.split("::") if part.strip())
        if names[-1] == "self":
            names = names[:-1]
        yield names, alias.strip() or names[-1]
        return
    depth, part, parts = 0, "", []
    for letter in rest[: rest.rindex("}")]:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and not depth:
            parts.append(part)
            part = ""
        else:
            part += letter
    for one in [*parts, part]:
        if one.strip():
            yield from leaves(head + one.strip())


@dataclass
class Source:
    file: Path
    module: Names
    uses: dict[str, Names] = field(default_factory=dict)
    """name in this file -> path as written"""
    exports: dict[str, Names] = field(default_factory=dict)
    globs: list[Names] = field(default_factory=list)
    paths: set[Names] = field(default_factory=set)
    defines: set[str] = field(default_factory=set)

    def absolute(self, path: Names, crates: dict[str, str]) -> tuple[str | None, Names]:
        """Crate (None for this one) and path from its root."""
        first = path[0]
        if first in crates:
            return crates[first], path[1:]
        if first in ("crate", "$crate"):
            return None, path[1:]
        if first == "self":
            return None, self.module + path[1:]
        up = 0
        while up < len(path) and path[up] == "super":
            up += 1
        if up:
            return None, self.module[: len(self.module) - up] + path[up:]
        return "", path


def read(file: Path, module: Names) -> Source:
    text = without_tests(file.read_text(encoding="utf-8"))
    source = Source(file, module, defines=set(DEFINES.findall(text)))
    for use in USE.finditer(text):
        for path, name in leaves(use["tree"]):
            if name == "*":
                source.globs.append(path[:-1])
            elif use["public"]:
                source.exports[name] = path
            source.uses[name] = path
    code = USE.sub("", text)
    source.paths.update(tuple(path.split("::")) for path in PATH.findall(code))
    source.paths.update((*source.uses[a], b) for a, b in LOCAL.findall(code) if a in source.uses)
    return source


@dataclass
class Crate:
    name: str
    sources: dict[Names, Source]
    macros: dict[str, Names]

    @staticmethod
    def read(folder: Path) -> Crate:
        sources, macros = {}, {}
        for file in sorted((folder / "src").rglob("*.rs")):
            names = file.relative_to(folder / "src").with_suffix("").parts
            module = names[:-1] if names[-1] in ("lib", "main", "mod") else names
            if f"#[cfg(test)]\nmod {names[-1]};" in _parent(folder / "src", module):
                continue
            sources[module] = read(file, module)
            macros.update(dict.fromkeys(MACRO.findall(file.read_text(encoding="utf-8")), module))
        return Crate(folder.name.replace("-", "_"), sources, macros)

    def defined_in(self, path: Names, crates: dict[str, Crate], seen: frozenset[Names] = frozenset()) -> Names | None:
        """The module whose file defines what a path from the root of this crate names."""
        if len(path) == 1 and path[0] in self.macros:
            return self.macros[path[0]]
        module = next((path[:k] for k in range(len(path), -1, -1) if path[:k] in self.sources), None)
        if module is None or path in seen:
            return None
        source, rest = self.sources[module], path[len(module) :]
        if not rest or rest[0] in source.defines:
            return module
        names = [source.uses[rest[0]]] if rest[0] in source.uses else [(*of, rest[0]) for of in source.globs]
        for name in names:
            crate, target = source.absolute(name, {key: key for key in crates})
            if crate == "" and (*module, name[0]) in self.sources:
                crate, target = None, module + name
            if crate is None and (found := self.defined_in((*target, *rest[1:]), crates, seen | {path})) is not None:
                return found
        return module

    def edges(self, crates: dict[str, Crate]) -> Iterator[tuple[Names, Names]]:
        """Which file uses which, by module."""
        for module, source in self.sources.items():
            declares = module if source.file.stem in ("lib", "mod") or _has_children(module, self.sources) else None
            for path in {*source.uses.values(), *source.paths, *((*of, "*") for of in source.globs)}:
                crate, target = source.absolute(path, {key: key for key in crates})
                if crate == "" and (*module, path[0]) in self.sources:
                    crate, target = None, module + path
                found = self.defined_in(target, crates) if crate is None else None
                if found is None or found == module:
                    continue
                if declares is not None and path in source.exports.values():
                    continue
                yield module, found

    def crates_used(self, crates: dict[str, Crate]) -> Iterator[str]:
        for source in self.sources.values():
            yield from (path[0] for path in {*source.uses.values(), *source.paths} if path[0] in crates)


def _parent(src: Path, module: Names) -> str:
    """The text that declares a module."""
    above = module[:-1]
    files = (src.joinpath(*above, "mod.rs"), src.joinpath(*above).with_suffix(".rs"), src / "lib.rs")
    return next((file.read_text(encoding="utf-8") for file in files if file.is_file()), "")


def _has_children(module: Names, sources: dict[Names, Source]) -> bool:
    return any(len(other) == len(module) + 1 and other[: len(module)] == module for other in sources)


def circle(edges: set[tuple[str, str]]) -> list[str] | None:
    """One circle, its first member again at the end; None where there is none."""
    after: dict[str, list[str]] = {}
    for one, other in sorted(edges):
        after.setdefault(one, []).append(other)
    done: set[str] = set()
    for start in after:
        path, iterators = [start], [iter(after[start])]
        while path:
            step = next(iterators[-1], None)
            if step is None:
                done.add(path.pop())
                iterators.pop()
            elif step in path:
                return [*path[path.index(step) :], step]
            elif step not in done:
                path.append(step)
                iterators.append(iter(after.get(step, ())))
    return None


def read_workspace(root: Path) -> dict[str, Crate]:
    crates = [Crate.read(file.parent) for file in sorted(root.glob("*/Cargo.toml")) if (file.parent / "src").is_dir()]
    return {crate.name: crate for crate in crates}


WORKSPACE = read_workspace(ROOT)


def file_edges(crate: Crate, crates: dict[str, Crate]) -> set[tuple[str, str]]:
    def name(module: Names) -> str:
        return crate.sources[module].file.relative_to(crate.sources[()].file.parent).as_posix()

    return {(name(one), name(other)) for one, other in crate.edges(crates)}


def folder_edges(crate: Crate, crates: dict[str, Crate]) -> set[tuple[str, str]]:
    edges = ((one[:1], other[:1]) for one, other in crate.edges(crates) if one and other)
    return {(one[0], other[0]) for one, other in edges if one != other}


@pytest.mark.parametrize("crate", WORKSPACE.values(), ids=WORKSPACE)
def test_no_files_use_each_other_in_a_circle(crate: Crate) -> None:
    found = circle(file_edges(crate, WORKSPACE))
    assert found is None, " -> ".join(found or ())


@pytest.mark.parametrize("crate", WORKSPACE.values(), ids=WORKSPACE)
def test_no_folders_use_each_other_in_a_circle(crate: Crate) -> None:
    found = circle(folder_edges(crate, WORKSPACE))
    assert found is None, " -> ".join(found or ())


def test_no_crates_use_each_other_in_a_circle() -> None:
    edges = {(name, other) for name, crate in WORKSPACE.items() for other in crate.crates_used(WORKSPACE)}
    assert edges
    assert circle(edges) is None


def test_uses_are_resolved_to_the_file_that_defines_the_item(tmp_path: Path) -> None:
    src = tmp_path / "gridprio-pretend" / "src"
    files = {
        "lib.rs": "pub mod upper;\nmod lower;\npub use lower::leaf::Leaf;",
        "lower/mod.rs": "//! use crate::upper::Top;\nmod leaf;\npub use leaf::{Leaf, Other as Renamed};",
        "lower/leaf.rs": "pub struct Leaf;\npub struct Other;\n#[cfg(test)]\nmod tests { use crate::upper::Top; }",
        "upper.rs": "use crate::{Leaf, lower::Renamed};\n#[macro_export]\nmacro_rules! shout {}\npub struct Top;",
        "side.rs": "crate::shout!();\nfn f() { crate::upper::Top; }",
    }
    for name, text in files.items():
        (src / name).parent.mkdir(parents=True, exist_ok=True)
        (src / name).write_text(text, encoding="utf-8")
    (src.parent / "Cargo.toml").write_text("", encoding="utf-8")
    crates = read_workspace(tmp_path)
    edges = file_edges(crates["gridprio_pretend"], crates)
    assert edges == {("upper.rs", "lower/leaf.rs"), ("side.rs", "upper.rs")}
    (src / "lower/leaf.rs").write_text("use super::super::upper::Top;\npub struct Leaf;\npub struct Other;", "utf-8")
    crates = read_workspace(tmp_path)
    found = circle(file_edges(crates["gridprio_pretend"], crates))
    assert found == ["lower/leaf.rs", "upper.rs", "lower/leaf.rs"]
