"""The page in a real browser: figures are drawn, nothing fails, both languages, phone width, dark and print."""

from __future__ import annotations

import csv
import html
import io
import json
import struct
import subprocess
from pathlib import Path

import pytest

from gridprio.figures import middle_plan
from gridprio.report.page import write_page
from tests.chromium import PROGRAM, needs_chromium
from tests.synthetic_run import make_run
from tests.synthetic_sections import make_full_run

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, with a script at the end that writes down what a reader would see."""
    path = tmp_path_factory.mktemp("page") / "index.html"
    write_page(make_run(), path)
    probe = """<script>
    addEventListener("error", e => document.body.dataset.error = e.message);
    addEventListener("load", () => {
      const seen = () => document.querySelector(".conclusion").innerText;
      document.body.dataset.dutch = seen();
      document.querySelector("[data-set=en]").click();
      document.body.dataset.english = seen();
      setTimeout(() => {
        document.body.dataset.drawn = document.querySelectorAll(".plot .main-svg").length;
        document.body.dataset.width = document.documentElement.scrollWidth - innerWidth;
        document.body.dataset.axis = [...document.querySelectorAll("#connections .xtick text")].pop().textContent;
      }, 500);
    });
    </script></body>"""
    path.write_text(path.read_text(encoding="utf-8").replace("</body>", probe), encoding="utf-8")
    return path


def chromium(*options: str, page: Path) -> str:
    command = [
        str(PROGRAM), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000",
        f"--user-data-dir={page.parent / 'profile'}", *options, page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@pytest.mark.parametrize("width", [1280, 500])
@pytest.mark.slow
def test_page_draws_speaks_both_languages_and_fits_the_width(page: Path, width: int) -> None:
    dumped = chromium(f"--window-size={width},900", "--dump-dom", page=page)
    body = dumped[dumped.rindex("<body") : dumped.index(">", dumped.rindex("<body"))]
    assert "data-error" not in body
    assert 'data-dutch="Ja, status verkort' in body
    assert 'data-english="Yes, status shortens' in body
    assert 'data-axis="later ornever"' in body
    drawn = int(body.split('data-drawn="')[1].split('"')[0])
    assert drawn >= 3
    assert int(body.split('data-width="')[1].split('"')[0]) <= 0  # nothing sticks out sideways


SEEN = ("screens", "csv", "file", "turned")
SCREENS = (
    "gedeputeerde",
    "netbeheerder",
    "gemeente",
    "onderzoeker",
    "province",
    "operator",
    "municipality",
    "researcher",
)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a script saw on a laptop: each first screen, a table saved with a hostile name, the year turned."""
    path = tmp_path_factory.mktemp("screens") / "index.html"
    write_page(make_full_run(), path)
    probe = f"""<script>
    addEventListener("load", () => {{
      const found = {{}};
      for (const anchor of {json.dumps(SCREENS)}) {{
        location.hash = anchor;
        dispatchEvent(new Event("hashchange"));
        const shown = [...document.querySelectorAll(".screen")].filter((s) => s.offsetHeight);
        const bottom = shown[0].getBoundingClientRect().bottom + scrollY;
        found[anchor] = [shown.length, bottom, scrollY, document.documentElement.lang];
      }}
      document.body.dataset.screens = JSON.stringify(found);
      const table = document.querySelector("table[data-name=plan]");
      URL.createObjectURL = (blob) => {{
        blob.text().then((text) => document.body.dataset.csv = text);
        return "blob:x";
      }};
      HTMLAnchorElement.prototype.click = function () {{ document.body.dataset.file = this.download; }};
      table.rows[1].cells[0].textContent = "=1+1";
      table.closest("details").open = true;
      table.closest("details").querySelector(".download").click();
      const slider = document.getElementById("grid-year");
      const before = JSON.stringify(document.getElementById("grid").data);
      slider.value = slider.max;
      slider.dispatchEvent(new Event("input"));
      document.body.dataset.turned = before !== JSON.stringify(document.getElementById("grid").data);
    }});
    </script></body>"""
    path.write_text(path.read_text(encoding="utf-8").replace("</body>", probe), encoding="utf-8")
    dumped = chromium("--window-size=1366,768", "--dump-dom", page=path)
    return {name: html.unescape(dumped.split(f'data-{name}="')[1].split('"')[0]) for name in SEEN}


@pytest.mark.slow
def test_every_first_screen_fits_a_laptop_in_the_language_of_its_anchor(laptop: dict[str, str]) -> None:
    found = json.loads(laptop["screens"])
    for anchor, (shown, bottom, scrolled, _) in found.items():
        assert shown == 1 and scrolled == 0 and bottom <= 768, anchor
    assert [language for *_, language in found.values()] == ["nl"] * 4 + ["en"] * 4


def test_a_saved_table_holds_what_the_run_holds_and_no_formula(laptop: dict[str, str]) -> None:
    lines = list(csv.reader(io.StringIO(laptop["csv"])))
    assert laptop["file"] == "plan.csv"
    assert lines[1][0] == "'=1+1"
    rows = middle_plan(make_full_run().plan, "midden")
    rows = rows[rows["order_name"].isin(("without_status", "with_status"))].reset_index(drop=True)
    assert lines[0] == list(rows.columns)
    assert [line[1:] for line in lines[1:]] == [
        [str(v) if isinstance(v, str) else f"{v:.6g}" for v in row[1:]] for row in rows.itertuples(index=False)
    ]


def test_the_year_of_the_map_turns(laptop: dict[str, str]) -> None:
    assert laptop["turned"] == "true"


def png_size(path: Path) -> tuple[int, int]:
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height


@pytest.mark.slow
def test_screenshot_and_print(page: Path, tmp_path: Path) -> None:
    shot, dark, paper = tmp_path / "light.png", tmp_path / "dark.png", tmp_path / "page.pdf"
    chromium("--window-size=1280,1600", f"--screenshot={shot}", page=page)
    chromium("--window-size=1280,1600", "--blink-settings=preferredColorScheme=0", f"--screenshot={dark}", page=page)
    chromium(f"--print-to-pdf={paper}", page=page)
    assert png_size(shot) == (1280, 1600)
    assert shot.stat().st_size > 50_000
    assert dark.read_bytes() != shot.read_bytes()
    assert paper.read_bytes().startswith(b"%PDF") and paper.stat().st_size > 30_000
