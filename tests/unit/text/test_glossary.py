"""Names in docs/glossary.md exist, and no term stands twice."""

from __future__ import annotations

import re
from pathlib import Path

import gridprio

PACKAGE = Path(gridprio.__file__).parent
GLOSSARY = PACKAGE.parents[1] / "docs" / "glossary.md"


def rows() -> list[list[str]]:
    lines = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[-1] != "name"]


def test_every_name_of_the_glossary_is_one_of_the_package() -> None:
    known = set()
    for path in PACKAGE.rglob("*.py"):
        known |= set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    names = {name for row in rows() for name in re.findall(r"`(\w+)`", row[-1])}
    assert len(names) > 60
    assert names - known == set()


def test_every_term_has_a_translation_and_one_sentence_and_stands_once() -> None:
    assert all(len(row) == 4 and all(row) and row[2].endswith(".") for row in rows())
    terms = [row[0] for row in rows()]
    assert len(set(terms)) == len(terms) > 80
