"""What the documentation shows can be typed: tutorials run, and command lines have commands and options that exist."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer

from gridprio.cli.app import app
from gridprio.cli.document import REFERENCE, command_page, python_page
from gridprio.model.violations import INTACT

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.py"))
COMMAND = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?gridprio (.*)$")


def command_lines() -> list[tuple[str, str]]:
    """Page and arguments of every line that begins with gridprio in a block of code."""
    found = []
    for page in PAGES:
        for block in re.findall(r"^```[a-z]*\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            lines = [COMMAND.match(line) for line in block.splitlines()]
            found += [(page.name, line[1].split(" #")[0]) for line in lines if line]
    return found


@pytest.mark.parametrize(("page", "arguments"), command_lines())
def test_commands_and_options_exist(page: str, arguments: str) -> None:
    group: Any = typer.main.get_command(app)
    name, *rest = shlex.split(arguments)
    if name.startswith("-"):
        assert name in {option for parameter in group.params for option in parameter.opts}
        return
    command = group.commands[name]
    command.make_parser(typer.Context(command)).parse_args(rest)


def test_generated_pages_are_current() -> None:
    for name, text in (("commands.md", command_page()), ("python.md", python_page())):
        assert (REFERENCE / name).read_text(encoding="utf-8") == text, "run `make docs`"


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    text = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    listed = set(re.findall(r'"([^"]+\.md)"', text))
    there = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert listed == {name for name in there if not name.startswith("decisions/")}


@pytest.mark.parametrize("dutch", sorted((ROOT / "docs").rglob("*-nl.md")), ids=lambda path: path.stem)
def test_a_dutch_page_names_the_tables_of_its_english_twin_and_each_leads_to_the_other(dutch: Path) -> None:
    english = dutch.with_name(dutch.name.replace("-nl.md", ".md"))
    text, twin = dutch.read_text(encoding="utf-8"), english.read_text(encoding="utf-8")
    assert f"]({english.name})" in text and f"]({dutch.name})" in twin
    code = re.compile(r"`([a-z_]+)`")
    assert set(code.findall(text)) <= set(code.findall(twin))


def test_python_of_the_quick_start_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "start" / "researcher.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    exec(compile(code, "researcher.md", "exec"), {})
    assert capsys.readouterr().out.splitlines()[1] == "{'a': 1.5, 'b': 2.5}"


def test_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands, on a small study in place of the province."""
    grids, runs = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "tests" / "cases" / "one_crew", "fictional-province")
    names: dict[str, Any] = {}
    exec(compile(grids, "README.md", "exec"), names)
    assert len(names["above"].table) == 2 and (names["above"].table["outage"] != INTACT).all()
    assert round(float(names["flows"].loading_percent.max())) == 87 and "87 %" in grids
    exec(compile(runs, "README.md", "exec"), names)
    assert (tmp_path / "runs" / "mine" / "plan.parquet").exists() and len(names["run"].status_effect)


def test_targets_and_pictures_of_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert {"demo", "test"} <= set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.M)) <= targets
    pictures = [ROOT / path for path in re.findall(r"!\[[^]]+\]\((.+?)\)", text)]
    assert len(pictures) == 2 and all(path.stat().st_size < 300_000 for path in pictures)


def test_pages_show_commands() -> None:
    assert len(command_lines()) > 20 and len(TUTORIALS) == 6


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_tutorials_run(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(path))
    assert len(capsys.readouterr().out.splitlines()) > 5
