"""The workbook of a run, read back by programs of others."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import python_calamine

from gridprio.exchange import results_workbook
from gridprio.store import Run
from tests.unit.exchange.conftest import FORMULA, made_run


@pytest.fixture(scope="module")
def path(run: Run) -> Path:
    return results_workbook.write_workbook(run)


def test_every_table_comes_back_as_it_is(run: Run, path: Path) -> None:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["leeswijzer", "kolommen", *run.tables]
    for name in run.tables:
        head, *rows = book.get_sheet_by_name(name).to_python()
        table = getattr(run, name)
        assert head == list(table.columns)
        assert len(rows) == len(table)
        for found, expected in zip(rows, table.itertuples(index=False), strict=True):
            for cell, value in zip(found, expected, strict=True):
                assert cell == ("" if value is None or value != value else value)


def test_a_text_never_becomes_a_formula_or_a_link(run: Run, path: Path) -> None:
    book = openpyxl.load_workbook(path)
    assert FORMULA in {row[7] for row in book["as_given"].iter_rows(values_only=True)}
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_filters_units_and_notes(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    assert book["connections"].auto_filter.ref == "A1:N16" and book["connections"].freeze_panes == "A2"
    notes = {cell.value: cell.comment and cell.comment.text for cell in book["status_effect"][1]}
    assert notes["mean"] == "eenheid van de maat in kolom metric" and notes["verdict"] is None
    assert {cell.value: cell.comment.text for cell in book["grid_lines"][1] if cell.comment}["nominal_kv"] == "kV"
    said = [row[0] for row in book["leeswijzer"].iter_rows(values_only=True)]
    assert "Line West" in " ".join(map(str, said)) and "fictief" in " ".join(map(str, said)).lower()


def test_equal_runs_give_equal_bytes(run: Run, path: Path) -> None:
    before = path.read_bytes()
    assert results_workbook.write_workbook(run).read_bytes() == before


def test_what_does_not_fit_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_workbook, "SHEET_ROWS", 5)
    path = results_workbook.write_workbook(made_run(tmp_path, "en"))
    about = pd.read_excel(path, sheet_name="about", header=None)
    assert "the first 5; a worksheet holds no more, the whole table is in plan.parquet" in set(about[1])
    assert len(pd.read_excel(path, sheet_name="plan")) == 5


@pytest.mark.slow
def test_libreoffice_reads_names_as_texts(path: Path, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("soffice (LibreOffice) is not installed")
    sheets = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    place = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = [office, place, "--headless", "--convert-to", sheets, "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    rows = list(csv.DictReader((tmp_path / "results-as_given.csv").open(encoding="utf-8")))
    assert [row["limiting_element"] for row in rows] == [FORMULA, "", ""]
    assert [float(row["fits_mw"]) for row in rows] == [4.0, 4.0, 20.0]
