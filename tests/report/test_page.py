from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gridprio.report.charts import plan_projects
from gridprio.report.page import render, write_page
from gridprio.report.run_tables import run_tables
from tests.synthetic_run import make_run


class Outline(HTMLParser):
    """Headings, ids, references and open tags of a page."""

    VOID = frozenset({"meta", "link", "rect", "line", "br", "img", "input", "col"})

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.labelled_by: list[str] = []
        self.sources: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.ids += [given["id"] or ""] if "id" in given else []
        self.labelled_by += [given["aria-labelledby"] or ""] if "aria-labelledby" in given else []
        self.sources += [given[k] or "" for k in ("src", "href") if k in given]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page() -> str:
    return render(run_tables(make_run()))


def test_page_is_one_file_that_fetches_nothing(page: str) -> None:
    outline = Outline()
    outline.feed(page)
    assert all(source[1:] in outline.ids for source in outline.sources)  # links within the page
    own = page.replace(re.search(r"<script>(?=/\*\*).*?</script>", page, re.S).group(0), "")  # type: ignore[union-attr]
    assert "http" not in own and "@import" not in own and "url(" not in own


def test_page_is_well_formed_with_headings_in_order(page: str) -> None:
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    assert outline.headings[0] == 1 and outline.headings.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in zip(outline.headings, outline.headings[1:], strict=False))
    assert len(set(outline.ids)) == len(outline.ids)
    assert set(outline.labelled_by) <= set(outline.ids)


def test_page_says_what_it_must_in_both_languages(page: str) -> None:
    for text in (
        "Fictief", "Fictional", "indicatief", "geen meetbaar effect", "no measurable effect",
        "De prijs van voorrang", "aan zet: provincie en gemeente", "Niet gewogen: bodem", "abababab", "Toevalsgetal",
    ):  # fmt: skip
        assert text in page
    assert 'data-language="nl"' in page


def test_language_follows_the_setting() -> None:
    assert '<html lang="en" data-language="en">' in render(run_tables(make_run(language="en")))


def test_names_cannot_break_out_of_the_page() -> None:
    run = make_run()
    run.projects.loc[0, "name"] = "</script><script>alert(1)</script>"
    page = render(run_tables(run))
    assert "<script>alert(1)" not in page
    assert page.count("script&gt;alert(1)") + page.count("\\u003cscript\\u003ealert(1)") > 0  # it is there, as text


def test_a_run_without_tables_still_gives_an_answer(tmp_path: Path) -> None:
    run = make_run()
    for table in ("distribution", "connections", "municipalities", "plan"):
        delattr(run, table)
    page = write_page(run, tmp_path / "index.html").read_text(encoding="utf-8")
    assert "status verkort het wachten" in page
    assert "Plotly.newPlot" not in page and len(page) < 100_000  # no library without a figure


def test_large_plans_show_status_projects_first() -> None:
    import pandas as pd

    run = make_run()
    more = pd.concat(
        [run.plan[run.plan["project_id"] == "P7"].assign(project_id=f"X{i:03}") for i in range(80)], ignore_index=True
    )
    run.plan = pd.concat([more, run.plan], ignore_index=True)
    shown = plan_projects(run_tables(run), ("without_status", "with_status"))
    assert len(shown) == 40
    assert {"P1", "P2", "P3", "P4", "P5", "P6"} <= set(shown)
