"""WCAG 2.2 AA by axe-core, the page by keyboard alone, and what it asks of the network and says on the console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gridprio.report.page import write_page
from tests.chromium import NOISE, Chromium, Tab, needs_chromium
from tests.synthetic_sections import with_steps

AXE = Path(__file__).parents[2] / ".make" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
pytestmark = needs_chromium


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    folder = tmp_path_factory.mktemp("page")
    path = write_page(with_steps(), folder / "index.html")
    with Chromium(folder / "profile") as browser:
        yield browser.open(path.as_uri()).loaded()


@pytest.mark.slow
def test_the_page_asks_for_nothing_and_says_nothing_on_the_console(tab: Tab) -> None:
    assert [address.rpartition("/")[2] for address in tab.requests()] == ["index.html"]
    assert tab.events(*NOISE) == []


def test_every_control_is_reached_by_tab_in_order_with_a_visible_focus(tab: Tab) -> None:
    controls = "[...document.querySelectorAll('a[href], button, summary, input')].filter((e) => e.checkVisibility())"
    expected = tab.value(f"window.controls = {controls}; controls.length")
    reached = []
    for _ in range(expected):
        tab.press("Tab")
        reached.append(tab.value(
            "[controls.indexOf(document.activeElement), getComputedStyle(document.activeElement).outlineStyle]"
        ))  # fmt: skip
    assert [at for at, _ in reached] == list(range(expected))
    assert {style for _, style in reached} <= {"solid", "auto"}


def test_a_reader_is_chosen_by_keyboard(tab: Tab) -> None:
    tab.value("document.querySelectorAll('.readers a')[2].focus()")
    tab.value("window.turned = new Promise((resolve) => addEventListener('hashchange', () => resolve(1))); 0")
    tab.press("Enter")
    assert tab.value("turned") == 1 and tab.value("location.hash") == "#gemeente"
    assert tab.value("document.querySelector('.readers [aria-current]').hash") == "#gemeente"
    assert tab.value("[...document.querySelectorAll('.screen')].filter((s) => s.checkVisibility()).length") == 1


def test_a_link_in_the_words_of_a_language_opens_the_page_in_it(tab: Tab) -> None:
    address = tab.value("location.href.split('#')[0]")
    for anchor, language in (("researcher", "en"), ("onderzoeker", "nl"), ("province", "en")):
        tab.call("Page.navigate", url="about:blank")
        tab.call("Page.navigate", url=f"{address}#{anchor}")
        tab.loaded()
        assert tab.value("[document.documentElement.lang, location.hash]") == [language, f"#{anchor}"]
    tab.click("[data-set=nl]")
    assert tab.value("location.hash") == "#gedeputeerde"  # what is copied from the address bar opens what is read
    assert tab.value("[...document.querySelectorAll('.readers a')].map((a) => a.hash)")[3] == "#onderzoeker"


def test_what_a_screen_refers_to_is_gone_to_without_leaving_the_screen(tab: Tab) -> None:
    address = tab.value("location.href.split('#')[0]")
    tab.call("Page.navigate", url="about:blank")
    tab.call("Page.navigate", url=f"{address}#gedeputeerde")
    tab.loaded()
    tab.click(".screen a[href='#points']")
    assert tab.value("[document.activeElement.id, location.hash]") == ["points", "#gedeputeerde"]


@pytest.mark.slow
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is absent: `make axe` fetches it")
@pytest.mark.parametrize(("language", "scheme", "width"), [("nl", "light", 1366), ("en", "dark", 400)])
def test_axe_finds_nothing(tab: Tab, language: str, scheme: str, width: int) -> None:
    tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    tab.resize(width, 900)
    tab.value(AXE.read_text(encoding="utf-8") + ";0")
    folded = "details:not(.aside), details.aside:has([data-name=map])"
    tab.value(f"for (const d of document.querySelectorAll('{folded}')) d.open = true; 0")
    tab.value(f"document.querySelector('[data-set={language}]').click()")
    tab.value("new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(0))))")
    found = tab.value(
        f"axe.run(document, {{runOnly: {RULES}}}).then((r) => [r.passes.length, r.violations.flatMap((v) => "
        "v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`))])"
    )
    assert found[0] > 20 and found[1] == []
