"""The board in a real browser: what a meeting does there is what a run of the same input says, whatever breaks."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from markupsafe import escape

import gridprio
from gridprio.board.log import LOG_FILE
from gridprio.inputs import read_study
from gridprio.pipeline import run_study
from gridprio.store import Run, read_run
from gridprio.text import number
from tests.chromium import Chromium, Tab, needs_chromium
from tests.station_studies import write_station_study
from tests.unit.board.boards import SMALL

pytestmark = [
    needs_chromium,
    pytest.mark.skipif(find_spec("nicegui") is None, reason="NiceGUI is absent: pip install gridprio[board]"),
]

READY = "document.querySelector('.board-progress')?.innerText == 'Getallen zijn bij.'"
DEMAND = "waiting_mw_years_demand"
HOSTILE = "<img src=x onerror=window.broken=1></script><script>window.broken=1</script>{{window.broken=1}}"
NAMES = {
    "projects.csv": [("pe,Station East", f":onclick,{HOSTILE} East")],
    "project_phases.csv": [("pe,build", ":onclick,build")],
    "project_capacity.csv": [("pe,east", ":onclick,east")],
    "developments.csv": [("Factory", HOSTILE)],
}


class Server:
    """`gridprio board` as a process of its own."""

    def __init__(self, study: Path, out: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.study, self.out, self.address = study, out, ""
        self.start()

    def start(self) -> None:
        env = os.environ | {"PYTHONPATH": str(Path(gridprio.__file__).parents[1]), "PYTHONUNBUFFERED": "1"}
        command = ["-m", "gridprio", "board", str(self.study), "--out", str(self.out), "--port", str(self._port),
                   "--backend", "reference"]  # fmt: skip
        self.process = subprocess.Popen([sys.executable, *command], env=env, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = next(word for word in self.process.stdout.readline().split() if word.startswith("http"))

    def end(self, how: int) -> None:
        self.process.send_signal(how)
        self.process.wait(20)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("browser") / "profile") as made:
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("board")
    made = Server(write_station_study(folder / "study", {**SMALL, **NAMES}), folder / "board")
    yield made
    made.end(signal.SIGINT)


@pytest.fixture
def tab(browser: Chromium, server: Server) -> Iterator[Tab]:
    """A page that shows the study as it is."""
    tab = opened(browser, server.address)
    if tab.value("!document.querySelector('.board-start_over').disabled"):
        after(tab, lambda: tab.click(".board-start_over"))
    yield tab
    browser.close_tabs()


def opened(browser: Chromium, address: str, **size: int) -> Tab:
    tab = browser.open(address, **size)
    tab.wait(f"!!document.querySelector('.board-metric-{DEMAND} td')")
    return tab


def shown(tab: Tab) -> str:
    """Waiting with status, as it stands on the page."""
    return tab.texts(f".board-metric-{DEMAND} td")[1]


def names(tab: Tab) -> list[str]:
    return [text.split("\n")[0] for text in tab.texts(".board-name")]


def of_run(run: Run) -> str:
    rows = run.outcomes[run.outcomes["order_name"] == "with_status"]
    return number(float(rows[DEMAND].mean()), 1)["nl"]


def after(tab: Tab, act: Callable[[], None]) -> None:
    """Until one more command is in the log and its numbers are there."""
    n = len(tab.texts(".board-log"))
    act()
    tab.wait(f"document.querySelectorAll('.board-log').length == {n + 1}")
    tab.wait(READY)


def loaded_anew(tab: Tab, act: Callable[[], None]) -> None:
    """Until the page of before is gone and the next one stands."""
    n = len(tab.texts(".board-log"))
    tab.value("window.old = 1")
    act()
    tab.wait(f"!window.old && document.querySelectorAll('.board-log').length == {n} && {READY}")


def test_a_meeting_drags_gives_status_and_adds_a_crew_and_sees_what_a_run_says(
    browser: Chromium, server: Server, tab: Tab, tmp_path: Path
) -> None:
    study = Path(shutil.copytree(server.study, tmp_path / "study"))
    assert shown(tab) == of_run(run_study(read_study(study), backend="reference"))
    before = names(tab)
    after(tab, lambda: tab.drag(".board-handle", 1, 0))
    assert names(tab) == [before[1], before[0], before[2]]
    after(tab, lambda: tab.click(".board-star", 0))
    tab.click(".board-part", 1)
    tab.wait("document.querySelector('.board-crew-0 input')?.checkVisibility()")
    tab.write(".board-crew-0 input", "1.5")
    tab.value("document.querySelector('.board-set-crew-0').focus()")
    after(tab, lambda: tab.press("Enter"))  # a form that is still opening moves away from under a mouse
    second = opened(browser, server.address + "&language=en")
    assert names(second) == names(tab) and shown(second) == shown(tab).replace(",", ".")

    # the same input, written by hand
    replaced(study / "projects.csv", "concrete,2,yes,yes", "concrete,1,yes,no")
    replaced(study / "projects.csv", "East,low,p,concrete,1", "East,low,p,concrete,2")
    replaced(study / "crews.csv", "hv,1\n", "hv,1.5\n")
    assert shown(tab) == of_run(run_study(read_study(study), backend="reference"))


@pytest.mark.slow  # it runs the variant
def test_a_report_of_a_variant_has_its_numbers_and_says_who_changed_what(server: Server, tab: Tab) -> None:
    tab.write(".board-your-name input", "Anna")
    after(tab, lambda: tab.click(".board-star", 0))
    with_status, change = shown(tab), tab.texts(".board-log")[0]
    tab.write(".board-variant-name input", "Evening")
    after(tab, lambda: tab.click(".board-keep"))
    tab.click(".board-report")
    page = server.out / "variants" / "Evening" / "run" / "index.html"
    tab.wait("[...document.querySelectorAll('.board-note')].some(e => e.innerText.includes('index.html'))")
    assert str(page) in " ".join(tab.texts(".board-note"))
    assert of_run(read_run(page.parent)) == with_status
    assert "Anna" in change and escape(change) in page.read_text(encoding="utf-8")


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.slow  # the browser waits before it connects again
def test_reload_kill_reconnect_and_a_second_viewer_keep_the_state(browser: Chromium, server: Server, tab: Tab) -> None:
    tab.write(".board-your-name input", "Anna")
    tab.value("document.querySelectorAll('.board-row button')[1].focus()")
    start = names(tab)
    after(tab, lambda: tab.press("Enter"))
    order = names(tab)
    assert order != start and "Anna: " in tab.texts(".board-log")[0]
    loaded_anew(tab, lambda: tab.call("Page.reload"))
    assert names(tab) == order

    def kill_and_start() -> None:
        server.end(signal.SIGKILL)
        with (server.out / LOG_FILE).open("ab") as log:
            log.write(b'{"at": "2026')  # the line that was being written
        server.start()

    loaded_anew(tab, kill_and_start)
    assert names(tab) == order
    second = opened(browser, server.address)
    after(tab, lambda: second.click(".board-undo"))
    n = len(tab.texts(".board-log"))
    second.wait(f"document.querySelectorAll('.board-log').length == {n}")
    assert names(tab) == names(second) == start


def test_hostile_names_do_nothing_and_the_page_asks_for_nothing_elsewhere(
    browser: Chromium, server: Server, tab: Tab
) -> None:
    tab = opened(browser, server.address, width=390, height=844)
    after(tab, lambda: tab.click(".board-star", 1))
    tab.write(".board-your-name input", HOSTILE[:60])
    after(tab, lambda: tab.click(".board-star", 0))
    tab.click(".q-tab", 2)
    assert HOSTILE in tab.value("document.body.innerText")
    assert tab.value("window.broken") is None and tab.value("document.querySelectorAll('img[src=x]').length") == 0
    assert tab.value("document.documentElement.scrollWidth - innerWidth") <= 0
    asked = tab.requests()
    host = re.escape(server.address.split("/?")[0])
    assert asked and [url for url in asked if not re.match(rf"{host}/|data:|about:|blob:", url)] == []
    errors = tab.events("Runtime.exceptionThrown")
    entries = [event["entry"] for event in tab.events("Log.entryAdded")]
    assert errors + [entry for entry in entries if entry["level"] == "error"] == []


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Host": "evil.example"}])
def test_nothing_is_answered_without_the_token_or_to_others(server: Server, headers: dict[str, str]) -> None:
    base, _, query = server.address.partition("/?")
    for path in ("/", "/_nicegui_ws/socket.io/?EIO=4&transport=polling", "/docs"):
        address = base + path + (("&" if "?" in path else "?") + query if headers else "")
        with pytest.raises(HTTPError, match="403"):
            urlopen(Request(address, headers=headers), timeout=10)
