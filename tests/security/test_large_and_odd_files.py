"""Files that explode, never end or lead elsewhere are refused with their name, quickly and in little memory."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .limited import assert_civil, assert_refused, gridprio_command
from .studies import ORIGIN

MILLION = 1_000_000
CSV_HEAD = "load_id,station_id,sector,direction,p_mw,profile\n"
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
BOOK = (
    '{}<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="loads" sheetId="1" r:id="r1"/></sheets></workbook>'
)
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
LAUGHS = "<!DOCTYPE x [<!ENTITY a '{}'>{}]>".format(
    "ha" * 1000, "".join(f"<!ENTITY {chr(98 + k)} '{f'&{chr(97 + k)};' * 10}'>" for k in range(8))
)


def workbook(folder: Path, sheet: str, *, before: str = "", more: dict[str, str] | None = None) -> None:
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS.format(
            f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/workbook.xml": BOOK.format(before),
        "xl/_rels/workbook.xml.rels": RELATIONS.format(
            f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        ),
        "xl/worksheets/sheet1.xml": sheet,
        **(more or {}),
    }
    (folder / "loads.csv").unlink(missing_ok=True)
    with zipfile.ZipFile(folder / "tables.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def million_rows_csv(folder: Path) -> None:
    (folder / "loads.csv").write_text(CSV_HEAD + "l1,s1,households,demand,1,home\n" * MILLION)


def million_columns_csv(folder: Path) -> None:
    (folder / "loads.csv").write_text(",".join(f"c{at}" for at in range(MILLION)) + "\n1\n")


def huge_line_csv(folder: Path) -> None:
    (folder / "loads.csv").write_text(CSV_HEAD + "," * 50_000_000)


def million_rows_profiles(folder: Path) -> None:
    (folder / "profiles.csv").write_text("home\n" + "0.5\n" * MILLION)


def million_rows_parquet(folder: Path) -> None:
    (folder / "loads.csv").unlink()
    pq.write_table(pa.table({"load_id": ["x"] * MILLION}), folder / "loads.parquet")


def shared_text_parquet(folder: Path) -> None:
    """One text of a megabyte, stored once and shown in every row."""
    (folder / "loads.csv").unlink()
    column = pa.array(["x" * MILLION]).dictionary_encode()
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 10_000, pa.int32()), column.dictionary)
    pq.write_table(pa.table({"load_id": column}), folder / "loads.parquet", store_schema=False)


def zip_bomb(folder: Path) -> None:
    workbook(folder, SHEET.format("") + "<!-- " + " " * 100_000_000 + "-->")


def million_rows_workbook(folder: Path) -> None:
    workbook(folder, SHEET.format('<row><c t="inlineStr"><is><t>x</t></is></c></row>' * 600_000))


def narrow_million_rows_workbook(folder: Path) -> None:
    workbook(folder, SHEET.format("<row><c><v>1</v></c></row>" * MILLION))


def far_cell_workbook(folder: Path) -> None:
    workbook(folder, SHEET.format('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))


def entities_workbook(folder: Path) -> None:
    cell = '<row><c t="inlineStr"><is><t>&i;</t></is></c></row>'
    workbook(folder, LAUGHS.replace("DOCTYPE x", "DOCTYPE worksheet") + SHEET.format(cell))


def entities_in_the_book(folder: Path) -> None:
    workbook(folder, SHEET.format(""), before=LAUGHS)


def deep_workbook(folder: Path) -> None:
    workbook(folder, SHEET.format("<a>" * 100_000 + "</a>" * 100_000))


def deep_toml(folder: Path) -> None:
    head = folder / "study.toml"
    head.write_text(head.read_text() + "\n[deep]\nx = " + "[" * 100_000 + "]" * 100_000 + "\n")


def long_toml(folder: Path) -> None:
    head = folder / "study.toml"
    head.write_text(head.read_text() + "".join(f"x{at} = 1\n" for at in range(300_000)))


def endless_number_toml(folder: Path) -> None:
    head = folder / "study.toml"
    head.write_text(head.read_text() + f"\n[other]\nx = {'9' * 100_000}\n")


def deep_map(folder: Path) -> None:
    (folder / "municipalities.geojson").write_text('{"features":' + "[" * 100_000 + "]" * 100_000 + "}")


def million_points_map(folder: Path) -> None:
    ring = [[5 + at / MILLION, 52] for at in range(MILLION)]
    feature = {"properties": {"municipality_id": "m", "name": "M"}}
    feature |= {"geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}}
    (folder / "municipalities.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))


def grid(name: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        head = folder / "study.toml"
        head.write_text(head.read_text().replace('"grid.json"', json.dumps(name)))

    return write


def outside(folder: Path) -> None:
    shutil.copy(folder / "grid.json", folder.parent / "elsewhere.json")
    grid("../elsewhere.json")(folder)


def linked_grid(folder: Path) -> None:
    (folder / "grid.json").rename(folder.parent / "elsewhere.json")
    (folder / "grid.json").symlink_to(folder.parent / "elsewhere.json")


def linked_table(target: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "loads.csv").unlink(missing_ok=True)
        (folder / "loads.csv").symlink_to(target)

    return write


def pipe(name: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return write


def model(files: int, begin: str, filler: str = "", times: int = 0) -> Callable[[Path], None]:
    """A zip as grid: files 0.xml, 1.xml, ... that begin alike and go on with many of the filler."""

    def write(folder: Path) -> None:
        with zipfile.ZipFile(folder / "grid.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for at in range(files):
                archive.writestr(f"{at}.xml", begin + filler * times)
        grid("grid.zip")(folder)

    return write


def directory(name: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return write


KINDS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "a million rows of CSV": (million_rows_csv, ("loads.csv", "at most 20,000 rows")),
    "a million columns of CSV": (million_columns_csv, ("loads.csv", "at most 500 columns")),
    "a line of fifty megabytes": (huge_line_csv, ("loads.csv", "at most 500 columns")),
    "a million rows of profiles": (million_rows_profiles, ("profiles.csv", "at most 40,000 rows")),
    "a million rows of Parquet": (million_rows_parquet, ("loads.parquet", "at most 20,000 rows")),
    "a text that Parquet stores once": (shared_text_parquet, ("loads.parquet", "at most 200 MB")),
    "a workbook that explodes": (zip_bomb, ("tables.xlsx", "at most 32 MB")),
    "a workbook of many rows": (million_rows_workbook, ("tables.xlsx", "at most 40,000 rows")),
    "a workbook of a million rows": (narrow_million_rows_workbook, ("tables.xlsx", "at most 40,000 rows")),
    "a cell in the last corner": (far_cell_workbook, ("tables.xlsx", "at most 40,000 rows")),
    "entities in a sheet": (entities_workbook, ("sheet1.xml", "defines entities")),
    "entities in the workbook": (entities_in_the_book, ("workbook.xml", "defines entities")),
    "a workbook nested deep": (deep_workbook, ("sheet1.xml", "at most 100 levels")),
    "TOML nested deep": (deep_toml, ("study.toml",)),
    "TOML of many lines": (long_toml, ("study.toml", "at most 1,000 rows")),
    "a number without end": (endless_number_toml, ("study.toml",)),
    "GeoJSON nested deep": (deep_map, ("municipalities.geojson",)),
    "GeoJSON of a million points": (million_points_map, ("municipalities.geojson", "at most 200,000 points")),
    "a grid outside": (outside, ("elsewhere.json", "leads out of the study folder")),
    "a link to a grid outside": (linked_grid, ("grid.json", "leads out of the study folder")),
    "a device as grid": (grid("/dev/zero"), ("/dev/zero", "leads out of the study folder")),
    "a zip that explodes": (model(3, "", " ", 70 * MILLION), ("grid.zip", "at most 200 MB")),
    "a zip of many files": (model(101, "<x/>"), ("grid.zip", "at most 100 files")),
    "a grid nested deep": (model(1, "", "<a>", 100_000), ("grid.zip [0.xml]", "at most 100 levels")),
    "a grid of one endless text": (model(1, "<a>", "b", 150 * MILLION), ("grid.zip [0.xml]", "no element found")),
    "a pipe as grid": (pipe("grid.json"), ("grid.json", "a pipe")),
    "a sealed study outside": (grid("sealed:../../etc"), ("seal",)),
    "a grid with a name too long": (grid("g" * 1500), ("study.toml",)),
    "a table that is a device": (linked_table("/dev/zero"), ("loads.csv", "leads out of the study folder")),
    "a table that is a file outside": (linked_table("/etc/passwd"), ("loads.csv", "leads out of the study folder")),
    "a table that leads nowhere": (linked_table("nowhere.csv"), ("loads.csv", "cannot be opened")),
    "a table that is a pipe": (pipe("loads.csv"), ("loads.csv", "a pipe")),
    "a table that is a folder": (directory("loads.csv"), ("loads.csv", "a folder")),
    "a head that is a pipe": (pipe("study.toml"), ("study.toml", "a pipe")),
    "a map that is a pipe": (pipe("municipalities.geojson"), ("municipalities.geojson", "a pipe")),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_refused_in_time(tmp_path: Path, kind: str) -> None:
    write, words = KINDS[kind]
    study = tmp_path / "study"
    shutil.copytree(ORIGIN, study)
    write(study)
    assert_refused(gridprio_command("check", "study", "--language", "en", cwd=tmp_path), *words)


@pytest.mark.slow
def test_external_links_are_not_followed(tmp_path: Path) -> None:
    study = tmp_path / "study"
    shutil.copytree(ORIGIN, study)
    link = '<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    target = (
        f'<Relationship Id="r1" Type="{OFFICE}/externalLinkPath" Target="file:///etc/passwd" TargetMode="External"/>'
    )
    more = {"xl/externalLinks/externalLink1.xml": link}
    more["xl/externalLinks/_rels/externalLink1.xml.rels"] = RELATIONS.format(target)
    cells = '<row><c t="str"><f>[1]Sheet1!A1</f><v>load_id</v></c></row>'
    workbook(study, SHEET.format(cells), more=more)
    ended = gridprio_command("check", "study", "--language", "en", cwd=tmp_path)
    assert_civil(ended)
    assert "root:" not in ended.text
