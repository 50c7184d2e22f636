"""WCAG 2.2 AA by axe-core, the page by keyboard alone, and what it asks of the network and says on the console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridprio.report.page import write_page
from tests.report.chromium import Chromium
from tests.synthetic_sections import make_full_run

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(__file__).parents[2] / ".make" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine: `make browser` installs it")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    folder = tmp_path_factory.mktemp("page")
    path = write_page(make_full_run(), folder / "index.html")
    with Chromium(str(PROGRAM), folder / "profile") as made:
        made.open(path.as_uri(), 1366, 768)
        yield made


def test_the_page_asks_for_nothing_and_says_nothing_on_the_console(browser: Chromium) -> None:
    asked = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert [address.rpartition("/")[2] for address in asked] == ["index.html"]
    noise = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
    assert [e for e in browser.events if e["method"] in noise] == []


def test_every_control_is_reached_by_tab_in_order_with_a_visible_focus(browser: Chromium) -> None:
    controls = "[...document.querySelectorAll('a[href], button, summary, input')].filter((e) => e.checkVisibility())"
    expected = browser.value(f"window.controls = {controls}; controls.length")
    reached = []
    for _ in range(expected):
        browser.press("Tab", 9)
        reached.append(browser.value(
            "[controls.indexOf(document.activeElement), getComputedStyle(document.activeElement).outlineStyle]"
        ))  # fmt: skip
    assert [at for at, _ in reached] == list(range(expected))
    assert {style for _, style in reached} <= {"solid", "auto"}


def test_a_reader_is_chosen_by_keyboard(browser: Chromium) -> None:
    browser.value("document.querySelectorAll('.readers a')[2].focus()")
    browser.value("window.turned = new Promise((resolve) => addEventListener('hashchange', () => resolve(1))); 0")
    browser.ask(
        "Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r"
    )
    assert browser.value("turned") == 1 and browser.value("location.hash") == "#gemeente"
    assert browser.value("document.querySelector('.readers [aria-current]').hash") == "#gemeente"
    assert browser.value("[...document.querySelectorAll('.screen')].filter((s) => s.checkVisibility()).length") == 1


@pytest.mark.slow
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is absent: `make axe` fetches it")
@pytest.mark.parametrize(("language", "scheme", "width"), [("nl", "light", 1366), ("en", "dark", 400)])
def test_axe_finds_nothing(browser: Chromium, language: str, scheme: str, width: int) -> None:
    browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    browser.value(AXE.read_text(encoding="utf-8") + ";0")
    folded = "details:not(.aside), details.aside:has([data-name=map])"
    browser.value(f"for (const d of document.querySelectorAll('{folded}')) d.open = true; 0")
    browser.value(f"document.querySelector('[data-set={language}]').click()")
    browser.value("new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(0))))")
    found = browser.value(
        f"axe.run(document, {{runOnly: {RULES}}}).then((r) => [r.passes.length, r.violations.flatMap((v) => "
        "v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`))])"
    )
    assert found[0] > 20 and found[1] == []
