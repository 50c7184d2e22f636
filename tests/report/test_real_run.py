"""From a planted study through its run folder to the page: what the study writes is what the page reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from markupsafe import escape

from gridprio.inputs import read_study
from gridprio.pipeline import run_study
from gridprio.report.answer import answer
from gridprio.report.page import write_page
from gridprio.report.run_tables import run_tables
from gridprio.report.view import TOLD_IN_SECTIONS, page_view
from gridprio.store import Run, read_run
from gridprio.text import word_stored

CASE = Path(__file__).parents[1] / "cases" / "one_crew"


def run_with(basis: str, folder: Path) -> Run:
    study = folder / "study"
    study.mkdir()
    for source in CASE.iterdir():
        text = source.read_bytes()
        if source.name == "study.toml":
            text = text.replace(b'order_basis = "before_status"', f'order_basis = "{basis}"'.encode())
        (study / source.name).write_bytes(text)
    run_study(read_study(study), out=folder / "run")
    return read_run(folder / "run")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_with("before_status", tmp_path_factory.mktemp("established"))


def test_the_planted_answer_is_said(run: Run) -> None:
    text = answer(run).text("nl")
    assert "Ja, status verkort het wachten." in text
    assert "Het enige project met status komt daardoor eerder aan de beurt." in text
    assert "Wachten op afname: 10 MW-jaar minder." in text
    assert "Eerder aangesloten: 1 ontwikkeling, 30 MW (Plan 2), bediend " in text
    assert "De prijs van voorrang, later aangesloten: 1 ontwikkeling, 20 MW (Plan 1), bediend " in text


def test_the_page_is_made_from_the_run_folder_alone(run: Run, tmp_path: Path) -> None:
    page = write_page(run, tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Plan 2" in page and "12 maanden eerder" in page
    assert "geen toeval" in page  # the planted study draws nothing
    assert "één ploeg meer: team" in page and "one crew unit more: team" in page
    for name, digest in run.manifest["inputs"].items():
        assert name in page and digest in page


def test_an_order_after_status_gives_the_what_if_of_the_same_study(tmp_path: Path) -> None:
    found = answer(run_with("after_status", tmp_path))
    assert found.headline.nl == "Het effect van status is uit deze volgorde niet vast te stellen."
    assert "jaar waarin een project nodig is: ja, status verkort" in found.sentences[0].nl
    assert {r.verdict for r in found.rows} >= {"better", "none"}
    assert found.projects[0].without_status.nl == "jan 2028"


def test_the_manifest_holds_codes_and_the_page_words_them(run: Run, tmp_path: Path) -> None:
    stored = run.manifest["messages"]
    assert {"search.above", "search.points"} <= {entry["code"] for entry in stored}
    assert all(set(entry) == {"code", "params"} for entry in stored)
    page = write_page(run, tmp_path / "index.html").read_text(encoding="utf-8")
    for entry in stored:
        if not entry["code"].startswith(TOLD_IN_SECTIONS):
            sentence = word_stored(entry)
            assert escape(sentence.nl) in page and escape(sentence.en) in page
    orders = page_view(run_tables(run)).orders
    assert orders is not None
    rows = {cells[0].en: [cell.en for cell in cells[1:]] for cells in orders.listings[0].rows}
    assert rows["operator's order"] == ["160", "+20 (14%)", "140"]
