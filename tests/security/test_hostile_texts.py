"""Markup, formulas, control characters and marks that turn the text: refused, or shown as they are written."""

from __future__ import annotations

import csv
import io
import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

import gridprio
from gridprio.inputs import inspect_study
from gridprio.inputs.schema import TABLES
from gridprio.inputs.values import kind_of

from .limited import assert_civil, gridprio_command
from .studies import ORIGIN

MARKUP = (
    '<script>alert("x")</script>',
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '"><img src=x onerror=alert(1)>',
    "<a href='javascript:alert(1)'>click</a>",
    "{{ 7 * 7 }}{% raw %}",
    "[red]not[/] [/]",
    "]]>&lt;b&gt;&#60;i&#62;",
    ":smile: {name} %s %(x)s",
)
"""May stand in a name."""
REFUSED = {
    "a formula": "=cmd|' /C calc'!A0",
    "a formula with @": "@SUM(1+1)*cmd|' /C calc'!A0",
    "a formula with +": "+1+cmd|' /C calc'!A0",
    "a control character": "name\x1b[31mred",
    "a bell": "name\x07",
    "a mark that turns": "abc\u202edcba",
    "an isolate": "abc\u2066dcba",
    "a very long text": "n" * 3000,
}
TEXT_COLUMNS = [
    (table, column)
    for table, model in TABLES.items()
    for column, spec in model.model_fields.items()
    if kind_of(spec.annotation) == "text" and (ORIGIN / f"{table}.csv").is_file()
]


def rows_of(study: Path, table: str) -> tuple[list[str], list[dict[str, str]]]:
    rows = list(csv.DictReader(io.StringIO((study / f"{table}.csv").read_text(encoding="utf-8"))))
    return list(rows[0]), rows


def put(study: Path, table: str, column: str, text: str) -> None:
    """`text` into every row of a column, which is added where it is absent."""
    columns, rows = rows_of(study, table)
    out = io.StringIO()
    writer = csv.DictWriter(out, columns if column in columns else [*columns, column])
    writer.writeheader()
    writer.writerows({**row, column: text} for row in rows)
    (study / f"{table}.csv").write_text(out.getvalue(), encoding="utf-8")


@pytest.mark.parametrize("kind", REFUSED)
def test_every_text_column_refuses(tmp_path: Path, kind: str) -> None:
    study = tmp_path / "study"
    shutil.copytree(ORIGIN, study)
    for table, column in TEXT_COLUMNS:
        put(study, table, column, REFUSED[kind])
    _, problems = inspect_study(study)
    places = {(problem.file, problem.column): problem for problem in problems if problem.row}
    for table, column in TEXT_COLUMNS:
        assert (f"{table}.csv", column) in places
    assert all(problem.what and len(problem.found) < 300 for problem in places.values())


@pytest.mark.parametrize("table", ["study", "settings"])
@pytest.mark.parametrize("text", ["../out", "/tmp/out", "a\\u202eb", ".hidden", "x" * 5000])
def test_the_head_refuses(tmp_path: Path, table: str, text: str) -> None:
    study = tmp_path / "study"
    shutil.copytree(ORIGIN, study)
    head = study / "study.toml"
    key = "name" if table == "study" else "search_scenario"
    lines = [line for line in head.read_text().splitlines() if not line.startswith(f"{key} =")]
    lines.insert(lines.index(f"[{table}]") + 1, f'{key} = "{text}"')
    head.write_text("\n".join(lines))
    _, problems = inspect_study(study)
    assert [problem for problem in problems if problem.column == f"[{table}] {key}"]


@pytest.mark.parametrize("header", [":x", ":memory:", "=1+1", "__class__", "x" * 100_000, "<b>", "\u202eemas"])
def test_odd_column_names_are_unknown_columns(tmp_path: Path, header: str) -> None:
    study = tmp_path / "study"
    shutil.copytree(ORIGIN, study)
    put(study, "projects", header, "1")
    _, problems = inspect_study(study)
    assert [problem for problem in problems if problem.file == "projects.csv" and problem.row == 1]


class _Page(HTMLParser):
    """Elements and attributes of a page that could act, and the text that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.active: list[str] = []
        self.text: list[str] = []
        self._raw = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._raw = tag if tag in ("script", "style") else self._raw
        self.scripts += tag == "script"
        if tag in ("img", "iframe", "object", "embed", "link", "base", "form", "input", "a", "b", "i"):
            self.active.append(tag)
        self.active += [name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")]

    def handle_endtag(self, tag: str) -> None:
        self._raw = "" if tag == self._raw else self._raw

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.text.append(data)


def parsed(page: Path) -> _Page:
    reader = _Page()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A run whose names are all markup, on a map, and the names."""
    folder = tmp_path_factory.mktemp("hostile")
    study = folder / "study"
    shutil.copytree(ORIGIN, study)
    names = []
    named = [(table, column) for table, column in TEXT_COLUMNS if column in ("name", "note", "reason")]
    for number, (table, column) in enumerate(named):
        columns, rows = rows_of(study, table)
        texts = [MARKUP[(number + at) % len(MARKUP)] for at in range(len(rows))]
        names += texts
        out = io.StringIO()
        writer = csv.DictWriter(out, columns if column in columns else [*columns, column])
        writer.writeheader()
        writer.writerows({**row, column: text} for row, text in zip(rows, texts, strict=True))
        (study / f"{table}.csv").write_text(out.getvalue(), encoding="utf-8")
    head, title = study / "study.toml", MARKUP[0].replace('"', "'")
    head.write_text(head.read_text().replace('title_nl = "One crew"', f'title_nl = "{title}"\nsources = ["{title}"]'))
    ring = [[5.0, 52.0], [6.0, 52.0], [6.0, 53.0], [5.0, 52.0]]
    outline = {"type": "Polygon", "coordinates": [ring]}
    features = [
        {"type": "Feature", "properties": {"municipality_id": f"m{at}", "name": name}, "geometry": outline}
        for at, name in enumerate(MARKUP)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (study / "municipalities.geojson").write_text(json.dumps(collection))
    gridprio.run_study(gridprio.read_study(study), out=folder / "run", threads=1)
    ended = gridprio_command("report", "run", cwd=folder)
    assert_civil(ended)
    assert ended.code == 0, ended.text
    return folder, names


@pytest.mark.slow
def test_the_page_shows_markup_as_it_is_written(hostile_run: tuple[Path, list[str]], tmp_path: Path) -> None:
    plain_study = tmp_path / "study"
    shutil.copytree(ORIGIN, plain_study)
    shutil.copy(hostile_run[0] / "study" / "municipalities.geojson", plain_study)
    gridprio.run_study(gridprio.read_study(plain_study), out=tmp_path / "plain", threads=1)
    gridprio_command("report", "plain", cwd=tmp_path)
    plain, hostile = parsed(tmp_path / "plain" / "index.html"), parsed(hostile_run[0] / "run" / "index.html")
    assert hostile.scripts == plain.scripts and hostile.active == plain.active
    shown = " ".join(hostile.text)
    assert any(name in shown for name in hostile_run[1])
    page = (hostile_run[0] / "run" / "index.html").read_text(encoding="utf-8")
    assert all(name not in page for name in MARKUP if name.startswith(("<", '"><', "</")))


@pytest.mark.slow
def test_terminal_output_is_plain(hostile_run: tuple[Path, list[str]]) -> None:
    for command in (["headroom", "study", "--out", "rooms.csv"], ["check", "study"]):
        ended = gridprio_command(*command, cwd=hostile_run[0])
        assert_civil(ended)
        assert ended.code == 0 and "\x1b" not in ended.text, ended.text
