"""How long a change on the board of the ready province takes until it is drawn: `python -m benches.board_drawn`.

`gridprio board` and a headless Chromium on this machine. Statuses are given or taken by a click and undone, each twice:
the first time simulates cells, the second is on the clock, from the click to the frame in which the numbers, the log
and the figure of the plan are new.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from tests.chromium import Chromium, Tab

from benches.board import PROVINCE, TARGET_S

CHANGES = 8
READY = "document.querySelector('.board-progress')?.innerText == 'Getallen zijn bij.'"
CLICK = """(button) => {
  const lines = document.querySelectorAll('.board-log').length, began = performance.now();
  let drawn = false;
  window.took_ms = null;
  document.querySelector('.board-figure .js-plotly-plot').once('plotly_afterplot', () => drawn = true);
  button.click();
  const look = () => {
    if (drawn && document.querySelectorAll('.board-log').length == lines + 1 && READY)
      requestAnimationFrame(() => window.took_ms = performance.now() - began);
    else requestAnimationFrame(look);
  };
  look();
}""".replace("READY", READY)


def clicked_s(tab: Tab, button: str) -> float:
    tab.value(f"({CLICK})({button})")
    tab.wait("window.took_ms !== null")
    return float(tab.value("window.took_ms")) / 1000


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-u", "-m", "gridprio", "board", PROVINCE, "--out", folder + "/board", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            address = next(word for word in server.stdout.readline().split() if word.startswith("http"))
            with Chromium(Path(folder) / "profile") as browser:
                tab = browser.open(address + "&language=nl")
                tab.wait(f"{READY} && !!document.querySelector('.board-figure .main-svg')")
                stars = "[...document.querySelectorAll('.board-star:not([disabled])')]"
                took = np.array([
                    [clicked_s(tab, f"{stars}[{k}]"), clicked_s(tab, "document.querySelector('.board-undo')")]
                    for k in range(CHANGES) for _ in range(2)
                ])  # fmt: skip
            server.terminate()
    known = took[1::2].ravel()
    for name, share in (("median", 50), ("95th percentile", 95), ("slowest", 100)):
        sys.stdout.write(f"{name} of {len(known)} changes until drawn: {np.percentile(known, share):.2f} s\n")
    return 0 if np.percentile(known, 95) < TARGET_S else 1


if __name__ == "__main__":
    sys.exit(main())
