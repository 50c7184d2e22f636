"""The page of every ready study: nothing asked or on the console, first screens of one laptop, nothing sideways."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gridprio.inputs import read_study, with_settings
from gridprio.inputs.ready_studies import READY_STUDIES, ready_study_names
from gridprio.pipeline import run_study
from gridprio.report.files import write_report
from gridprio.store import read_run
from tests.effort import IS_LONG
from tests.report.chromium import Chromium

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NAMES = ready_study_names() if IS_LONG else ["fictional-map"]
"""Those with a grid take minutes: the long run has them."""
SHOWN = "[...document.querySelectorAll('.screen')].find(s => s.offsetHeight)"
BOTTOM = f"{SHOWN}.getBoundingClientRect().bottom + scrollY"
pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine: `make browser` installs it"),
    pytest.mark.slow,
]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_ready_study(name: str, tmp_path: Path) -> None:
    study = read_study(READY_STUDIES / name)
    run_study(with_settings(study, draws=5, max_draws=5, placebo_lists=0, search_orders=0), out=tmp_path / "run")
    page = write_report(read_run(tmp_path / "run"))
    with Chromium(str(PROGRAM), tmp_path / "profile") as browser:
        browser.open(page.as_uri(), 1366, 768)
        asked = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
        assert asked == [page.as_uri()]
        noise = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
        assert [e for e in browser.events if e["method"] in noise] == []
        for language in ("nl", "en"):
            browser.value(f"document.querySelector('[data-set={language}]').click()")
            for anchor in ("gedeputeerde", "netbeheerder", "gemeente", "onderzoeker"):
                browser.value(f"location.hash = '{anchor}'; new Promise(r => setTimeout(() => r(0), 50))")
                assert browser.value(BOTTOM) <= 768, (language, anchor)
                assert browser.value("document.documentElement.scrollWidth") <= 1366, (language, anchor)
        browser.open(page.as_uri(), 390, 844)
        assert browser.value("document.documentElement.scrollWidth") <= 390
