"""Workbooks are archives of XML: what is inside is measured, and only what was measured goes on to the reader."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from xml.parsers import expat

from gridprio.errors import InputError, Problem
from gridprio.inputs.limits import FILE_MAX_MB, PROFILES_MAX_ROWS, ROWS_MEND, TABLE_MAX_COLUMNS, too_large

PARTS_MAX = 1000
CELLS_MAX = 1_000_000
TEXT_MAX_CHARACTERS = 200_000_000
"""Of all cells: a shared text counts once for every cell that shows it."""
DEPTH_MAX = 100
_FAR = 10**9
_KEPT = ("[Content_Types].xml", "_rels/", "xl/", "docProps/")
_LOOSE = (".vml", ".bin")
"""Drawings that need not be XML, and the parts of other formats."""
_PIECE = 1 << 20
_COLUMN = re.compile(r"[A-Za-z]+")


def checked_workbook(file: str, content: bytes) -> bytes:
    """The XML parts of a workbook in a new archive; InputError where they are too large or no XML of a workbook.

    Parts are copied by what they unpack to, whatever their directory says, so a reader meets nothing else.
    """
    checked = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(checked, "w") as copy:
            names = sorted(
                {name for name in archive.namelist() if name.startswith(_KEPT) and not name.endswith(_LOOSE)}
            )
            if "xl/workbook.xml" not in names:
                raise InputError([Problem(file, None, None, "not a workbook", expected="a file saved as .xlsx")])
            if len(names) > PARTS_MAX:
                raise too_large(file, "the workbook has too many parts", len(names), PARTS_MAX)
            size = _Size(file)
            for name in names:
                part = _unpacked(archive, name, size)
                if part.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") or _is_utf16(part):
                    _measure(name, part, size)
                    copy.writestr(name, part)
            size.check_texts()
    except InputError:
        raise
    except Exception as error:
        what = f"not readable as a workbook: {error}"
        raise InputError([Problem(file, None, None, what, mend="Save it as .xlsx, without a password.")]) from None
    return checked.getvalue()


@dataclass
class _Size:
    """What the parts add up to."""

    file: str
    unpacked: int = 0
    cells: int = 0
    longest_text: int = 0

    def add_bytes(self, more: int) -> None:
        self.unpacked += more
        if self.unpacked > FILE_MAX_MB * 1_000_000:
            raise InputError(
                [Problem(self.file, None, None, "unpacks to too much", expected=f"at most {FILE_MAX_MB} MB")]
            )

    def check_texts(self) -> None:
        if self.cells * self.longest_text > TEXT_MAX_CHARACTERS:
            raise InputError(
                [
                    Problem(
                        self.file,
                        None,
                        None,
                        "too many cells for the longest of its texts",
                        found=f"{self.cells:,} cells, a text of {self.longest_text:,} characters",
                        expected=f"a product of at most {TEXT_MAX_CHARACTERS:,}",
                        mend="Shorten the text or leave out cells.",
                    )
                ]
            )


def _unpacked(archive: zipfile.ZipFile, name: str, size: _Size) -> bytes:
    pieces = []
    with archive.open(name) as packed:
        while piece := packed.read(_PIECE):
            size.add_bytes(len(piece))
            pieces.append(piece)
    return b"".join(pieces)


def _is_utf16(part: bytes) -> bool:
    return part.startswith((b"\xff\xfe", b"\xfe\xff"))


def _measure(name: str, part: bytes, size: _Size) -> None:
    """Count cells and their extent; a document type, which could define entities, is refused."""
    parser = expat.ParserCreate()
    sheet = _Extent(name, size)

    def refuse(*_: object) -> None:
        raise InputError([Problem(f"{size.file} [{name}]", None, None, "defines entities", expected="plain XML")])

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = sheet.begin
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.text
    parser.buffer_text = True
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise InputError([Problem(f"{size.file} [{name}]", None, None, f"not well-formed XML: {error}")]) from None


class _Extent:
    """Rows, columns and depth of one part."""

    def __init__(self, name: str, size: _Size) -> None:
        self.name, self.size = name, size
        self.depth = self.row = self.column = self.length = 0
        self.rows = self.columns = 0

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise too_large(f"{self.size.file} [{self.name}]", "is nested too deep", self.depth, DEPTH_MAX)
        kind = tag.rpartition(":")[2]
        if kind == "row":
            self.row, self.column = _number(attributes.get("r", ""), self.row + 1), 0
        elif kind == "c":
            self._cell(attributes.get("r", ""))
        elif kind in ("si", "is", "v", "f"):
            self.length = 0

    def _cell(self, place: str) -> None:
        letters = _COLUMN.match(place)
        self.column = self.column + 1 if letters is None else _column(letters.group())
        row = self.row if letters is None else _number(place[letters.end() :], self.row)
        self.rows, self.columns = max(self.rows, row), max(self.columns, self.column)
        self.size.cells += 1
        file = f"{self.size.file} [{self.name}]"
        if self.rows > PROFILES_MAX_ROWS:
            raise too_large(file, "the sheet has too many rows", self.rows, PROFILES_MAX_ROWS, ROWS_MEND)
        if self.columns > TABLE_MAX_COLUMNS:
            raise too_large(file, "the sheet has too many columns", self.columns, TABLE_MAX_COLUMNS, ROWS_MEND)
        if self.size.cells > CELLS_MAX:
            raise too_large(file, "the workbook has too many cells", self.size.cells, CELLS_MAX, ROWS_MEND)

    def text(self, text: str) -> None:
        self.length += len(text)
        self.size.longest_text = max(self.size.longest_text, self.length)

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag.rpartition(":")[2] in ("si", "is", "v", "f"):
            self.length = 0


def _number(text: str, otherwise: int) -> int:
    return min(int(text[:10]), _FAR) if text.isdecimal() else otherwise


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper()[:4]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
