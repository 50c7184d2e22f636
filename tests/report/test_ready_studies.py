"""The page of every ready study: nothing asked or on the console, first screens of one laptop, nothing sideways."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridprio.inputs import read_study, with_settings
from gridprio.inputs.ready_studies import READY_STUDIES, ready_study_names
from gridprio.pipeline import run_study
from gridprio.report.files import write_report
from gridprio.store import read_run
from tests.chromium import NOISE, Chromium, needs_chromium
from tests.effort import IS_LONG

NAMES = ready_study_names() if IS_LONG else ["fictional-map"]
"""Those with a grid take minutes: the long run has them."""
SHOWN = "[...document.querySelectorAll('.screen')].find(s => s.offsetHeight)"
BOTTOM = f"{SHOWN}.getBoundingClientRect().bottom + scrollY"
pytestmark = [
    needs_chromium,
    pytest.mark.slow,
]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_ready_study(name: str, tmp_path: Path) -> None:
    study = read_study(READY_STUDIES / name)
    run_study(with_settings(study, draws=5, max_draws=5, placebo_lists=0, search_orders=0), out=tmp_path / "run")
    page = write_report(read_run(tmp_path / "run"))
    with Chromium(tmp_path / "profile") as browser:
        tab = browser.open(page.as_uri()).loaded()
        assert tab.requests() == [page.as_uri()]
        assert tab.events(*NOISE) == []
        for language, readers in (
            ("nl", ("gedeputeerde", "netbeheerder", "gemeente", "onderzoeker")),
            ("en", ("province", "operator", "municipality", "researcher")),
        ):
            for anchor in readers:
                tab.value(f"location.hash = '{anchor}'; new Promise(r => setTimeout(() => r(0), 50))")
                assert tab.value("document.documentElement.lang") == language
                assert tab.value(BOTTOM) <= 768, (language, anchor)
                assert tab.value("document.documentElement.scrollWidth") <= 1366, (language, anchor)
        tab = browser.open(page.as_uri(), 390, 844).loaded()
        assert tab.value("document.documentElement.scrollWidth") <= 390
