"""Workbooks are archives of XML: what is inside is counted before a reader builds it."""

from __future__ import annotations

import io
import re
import zipfile
from xml.parsers import expat

from gridprio.errors import InputError, Problem
from gridprio.inputs.limits import PROFILES_MAX_ROWS, check_size, too_large
from gridprio.text import sentence

UNPACKED_MAX_MB = 32
"""Of all parts of the file together: some 700,000 cells, which take some seconds to read."""
CELLS_MAX = 1_000_000
_DEPTH_MAX = 100
_FAR = 10**9
_XML = (".xml", ".rels")
_PLACE = re.compile(r"([A-Za-z]*)(\d*)")


def check_workbook(file: str, content: bytes) -> None:
    """InputError where a workbook unpacks to too much, defines entities, or has cells far away or too many."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        megabytes = sum(part.file_size for part in archive.infolist()) / 1e6  # no more is unpacked of any part
        if megabytes > UNPACKED_MAX_MB:
            raise too_large(
                file,
                sentence("expected.at_most_megabytes", n=UNPACKED_MAX_MB),
                sentence("found.megabytes", n=megabytes),
            )
        cells = 0
        for name in sorted(set(archive.namelist())):
            if name.lower().endswith(_XML):
                cells += _Part(f"{file} [{name}]", cells).count(archive.read(name))


class _Part:
    """One part of a workbook while it is counted."""

    def __init__(self, file: str, cells_before: int) -> None:
        self.file, self.cells_before = file, cells_before
        self.cells = self.depth = self.row = self.column = 0

    def count(self, content: bytes) -> int:
        """Cells in this part; nothing is kept."""
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse_entities
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.Parse(content, True)
        return self.cells

    def _refuse_entities(self, *_: object) -> None:
        raise InputError([Problem(self.file, None, None, sentence("problem.defines_entities"))])

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        kind = tag.rpartition(":")[2]
        if kind == "row":
            self.row, self.column = _number(attributes.get("r", ""), self.row + 1), 0
            check_size(self.file, self.row, 0, PROFILES_MAX_ROWS)
        elif kind == "c":
            self._cell(attributes.get("r", ""))
        if self.depth > _DEPTH_MAX:
            raise too_large(self.file, sentence("expected.at_most_levels", n=_DEPTH_MAX))

    def _cell(self, place: str) -> None:
        match = _PLACE.match(place)
        letters, digits = match.groups() if match else ("", "")
        self.column = _column(letters) if letters else self.column + 1
        self.cells += 1
        check_size(self.file, _number(digits, self.row), self.column, PROFILES_MAX_ROWS)
        if self.cells_before + self.cells > CELLS_MAX:
            raise too_large(self.file, sentence("expected.at_most_cells", n=CELLS_MAX))

    def _end(self, tag: str) -> None:
        self.depth -= 1


def _number(text: str, otherwise: int) -> int:
    return min(int(text[:10]), _FAR) if text.isdecimal() else otherwise


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper()[:4]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
