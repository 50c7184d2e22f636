"""The readers of tables and settings against anything: what is written is read back, whatever a person writes it with,
and what is damaged is read or refused in words.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from gridprio.errors import InputError, Problem
from gridprio.inputs import inspect_study
from gridprio.inputs.columns import Row
from gridprio.inputs.contents import Contents
from gridprio.inputs.files import read_folder
from gridprio.inputs.resource_tables import Budget
from gridprio.inputs.rows import TOTALS, ParsedTable, parse_section, parse_table
from gridprio.inputs.schema import TABLES
from gridprio.inputs.settings import Settings
from gridprio.inputs.source import read_csv_table
from gridprio.inputs.workbook import take_workbook
from tests.effort import fuzzed

light, workbooks = fuzzed(200, 35_000), fuzzed(20, 35_000)
"""Three tests each share the 100,000 tables and the 100,000 workbooks."""

NAMES = st.text(st.characters(categories=["L", "N"], include_characters=" -_'.;,|\""), min_size=1, max_size=12).filter(
    lambda name: (
        name.strip() == name
        and name.isprintable()
        and not (name[0] == "-" and "|" in name)
        and name.strip(" :").casefold() not in TOTALS
    )
)
"""None begins like a formula (`inputs.texts`) or names a sum (`inputs.rows`), which are refused."""
AMOUNTS = st.one_of(
    st.integers(0, 90_000).map(float), st.floats(0, 90_000, allow_nan=False).map(lambda amount: round(amount, 4))
)
ROWS = st.lists(st.tuples(NAMES, st.integers(1990, 2100), AMOUNTS), min_size=1, max_size=6)
HEADERS = (("operator_id", "year", "budget_meur"), (" Netbeheerder ", "JAAR", "budget [MEUR]"))
ODD = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["1.200", "1,200", "#N/A", "50%", "10 MW", '"', "\n", "\x00", "\u00a0", "\u200b", "e\u0301", "=1", "-", "1e999",
         "01-04-2025", ";;;;", "\t", "sep=;", "nan", "9" * 400, "\ufeff", "\ud7ff"]
    ),
)  # fmt: skip


def read_budgets(content: bytes) -> tuple[list[tuple[str, int, float]], list[Problem]]:
    """Rows and problems of a budgets.csv; its amounts are numbers of the table or there is a problem."""
    problems: list[Problem] = []
    try:
        raw = read_csv_table("budgets", "budgets.csv", content, Budget.model_fields, problems)
    except InputError as error:
        return [], list(error.problems)
    table: ParsedTable[Budget] | None = None if raw is None else parse_table(raw, Budget, problems)
    assert table is not None or problems
    rows = [] if table is None else [(row.operator_id, row.year, row.budget_meur) for row in table.rows]
    return rows, problems


def in_words(problems: list[Problem]) -> bool:
    return all(problem.file and problem.what and "Traceback" not in str(problem) for problem in problems)


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[list[tuple[str, int, float]], bytes]:
    """Rows, and a CSV file that holds them in one of the ways in which people write tables."""
    rows, delimiter, comma = draw(ROWS), draw(st.sampled_from(",;\t|")), draw(st.booleans())
    order = draw(st.permutations(range(3)))
    lines = [list(draw(st.sampled_from(HEADERS)))]
    for name, year, amount in rows:
        written = f"{amount:.4f}" if draw(st.booleans()) else repr(amount)
        lines.append([name, str(year), written.replace(".", ",") if comma else written])
    text = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    ends = draw(st.sampled_from(["\n", "\r\n"]))
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ends)
    for line in lines:
        writer.writerow([line[at] for at in order])
        text.write(draw(st.sampled_from(["", "", ends, delimiter * 2 + ends])))
    first = f"sep={delimiter}{ends}" if draw(st.booleans()) else ""
    return rows, (first + text.getvalue()).encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])))


@light
@given(written_tables())
def test_what_is_written_as_csv_is_read_back(written):
    rows, content = written
    found, problems = read_budgets(content)
    if problems:  # the only number that people write in two ways
        assert all("may be either" in problem.mend for problem in problems), problems
    else:
        assert found == as_meant(rows)


@light
@given(written_tables(), st.data())
def test_damaged_csv_is_read_or_refused(written, data):
    content = bytearray(written[1])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        if data.draw(st.booleans()):
            content[at:at] = data.draw(ODD).encode(errors="surrogatepass")
        else:
            del content[at : at + data.draw(st.integers(1, 8))]
    rows, problems = read_budgets(bytes(content))
    assert in_words(problems)
    assert all(name and 1990 <= year <= 2100 and amount >= 0 for name, year, amount in rows)


@light
@given(st.binary(max_size=200))
def test_bytes_are_read_or_refused(content):
    assert in_words(read_budgets(content)[1])


@light
@given(st.integers(1990, 2100), st.floats(0, 1), st.integers(1, 1000), st.booleans(), st.lists(NAMES, max_size=3), ODD)
def test_settings_are_read_back_or_refused(year, bindingness, draws, secure, scenarios, odd):
    quoted = ", ".join("'''" + name.replace("'", "") + "'''" for name in scenarios)
    text = (
        f"[settings]\nstart_year = {year}\nbindingness = {bindingness!r}\ndraws = {draws}\n"
        f"secure_works = {str(secure).lower()}\nscenarios = [{quoted}]\n"
    )
    spoiled = text + odd
    for toml, is_plain in ((text, True), (spoiled, False)):
        with TemporaryDirectory() as folder:
            (Path(folder) / "study.toml").write_text(toml, encoding="utf-8", errors="surrogatepass", newline="")
            contents = read_folder(Path(folder))
        made = None
        if "settings" in contents.sections:
            lines = {"": ("study.toml", None)}
            made = parse_section(contents.sections["settings"], Settings, "settings", lines, contents.problems)
        assert made is not None or contents.problems
        assert in_words(contents.problems)
        if is_plain and made is not None:
            assert (made.start_year, made.bindingness, made.draws) == (year, bindingness, draws)
            assert made.secure_works == secure and len(made.scenarios) == len(scenarios)


CELLS = st.one_of(st.none(), NAMES, AMOUNTS, st.integers(-10, 10_000), st.booleans(), st.datetimes(), ODD)


HOLD_CELLS = ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml")
"""Parts of a workbook that say what stands in a cell."""


def as_meant(rows: list[tuple[str, int, float]]) -> list[tuple[str, int, float]]:
    return [(unicodedata.normalize("NFC", name), year, amount) for name, year, amount in rows]


def book_of(rows: list[list[object]], sheet: str = "budgets") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append([str(cell) if isinstance(cell, str) else cell for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def read_sheet(name: str, content: bytes) -> tuple[tuple[Row, ...], list[Problem]]:
    """Rows of one table of a workbook, and problems."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        path.write_bytes(content)
        contents = Contents(path.parent)
        try:
            take_workbook(contents, path)
        except InputError as error:
            return (), list(error.problems)
    if name not in contents.tables:
        return (), contents.problems
    return parse_table(contents.tables[name], TABLES[name], contents.problems).rows, contents.problems


def read_book(content: bytes) -> tuple[list[tuple[str, int, float]], list[Problem]]:
    rows, problems = read_sheet("budgets", content)
    return [(row.operator_id, row.year, row.budget_meur) for row in rows], problems


@workbooks
@given(ROWS)
def test_what_is_written_in_a_workbook_is_read_back(rows):
    found, problems = read_book(book_of([list(HEADERS[1]), *(list(row) for row in rows)]))
    assert problems == [] and found == as_meant(rows)


@workbooks
@given(st.lists(st.lists(CELLS, max_size=5), max_size=5))
def test_any_cells_of_a_workbook_are_read_or_refused(rows):
    plain = [[cell for cell in row if not isinstance(cell, str) or cell.isprintable()] for row in rows]
    _, problems = read_book(book_of([list(HEADERS[0]), *plain]))
    assert in_words(problems)


@workbooks
@given(ROWS, st.data())
def test_a_damaged_workbook_is_read_or_refused(rows, data):
    """Damage to a part that holds no cells is refused or changes nothing."""
    with zipfile.ZipFile(io.BytesIO(book_of([list(HEADERS[0]), *(list(row) for row in rows)]))) as archive:
        parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    damaged = data.draw(st.sampled_from(sorted(parts)))
    part = parts[damaged]
    at = data.draw(st.integers(0, len(part)))
    part[at : at + data.draw(st.integers(0, 30))] = data.draw(ODD).encode(errors="surrogatepass")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, held in parts.items():
            archive.writestr(name, bytes(held))
    found, problems = read_book(content.getvalue())
    assert in_words(problems)
    assert all(name and 1990 <= year <= 2100 and amount >= 0 for name, year, amount in found)
    if not (problems or damaged in HOLD_CELLS):
        assert found == as_meant(rows)


@fuzzed(20, 20_000)
@given(st.binary(max_size=300))
def test_a_study_of_bytes_is_refused(content):
    with TemporaryDirectory() as folder:
        for name in ("study.toml", "projects.csv", "projects.parquet", "municipalities.geojson", "book.xlsx"):
            (Path(folder) / name).write_bytes(content)
        _, problems = inspect_study(folder)
    assert problems and in_words(problems)
