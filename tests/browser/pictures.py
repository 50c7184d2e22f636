"""The pictures of the documentation, from a run and its board: `python -m tests.browser.pictures RUN`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.chromium import Chromium

IMAGES = Path(__file__).parents[2] / "docs" / "images"
READY = "document.querySelector('.board-progress')?.innerText == 'Numbers are up to date.'"


def main(run: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, Chromium(Path(folder) / "profile") as browser:
        tab = browser.open((run / "index.html").resolve().as_uri() + "#province")
        tab.wait("document.readyState == 'complete'")
        tab.wait("document.documentElement.dataset.language == 'en'")
        tab.screenshot(IMAGES / "answer.png", width=1366, height=690)
        command = [sys.executable, "-u", "-m", "gridprio", "board", run, "--out", folder + "/board", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            address = next(word for word in server.stdout.readline().split() if word.startswith("http"))
            tab = browser.open(address + "&language=en")
            tab.wait(f"{READY} && !!document.querySelector('.board-figure .main-svg')")
            tab.screenshot(IMAGES / "board.png", width=1366, height=768)
            server.terminate()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
