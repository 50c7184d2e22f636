"""Chromium driven by the DevTools protocol: pages, clicks, keys, drags and what stands on a page."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WAIT_S = 90.0


class Navigated(Exception):
    """Inspected target navigated or closed"""


class Chromium:
    """One headless browser; use as a context manager."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile

    def __enter__(self) -> Self:
        port_file = self._profile / "DevToolsActivePort"
        self._process = subprocess.Popen(
            [str(PROGRAM), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--remote-debugging-port=0", f"--user-data-dir={self._profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(lambda: port_file.exists() and len(port_file.read_text().split()) == 2)
        port, path = port_file.read_text().split()
        self._socket: ClientConnection = connect(f"ws://127.0.0.1:{port}{path}", max_size=None, ping_interval=None)
        self._number = 0
        self._targets: list[str] = []
        self.messages: list[dict[str, Any]] = []
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(20)

    def open(self, url: str, width: int = 1366, height: int = 768) -> Tab:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        self._targets.append(target)
        for domain in ("Page", "Runtime", "Network", "Log"):
            tab.call(f"{domain}.enable")
        tab.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        tab.call("Page.navigate", url=url)
        return tab

    def close_tabs(self) -> None:
        while self._targets:
            self.call("Target.closeTarget", targetId=self._targets.pop())

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._number += 1
        told = {"id": self._number, "method": method, "params": params}
        self._socket.send(json.dumps(told if session is None else {**told, "sessionId": session}))
        while True:
            message: dict[str, Any] = json.loads(self._socket.recv(timeout=WAIT_S))
            if message.get("id") == self._number:
                if message.get("error", {}).get("message") == Navigated.__doc__:
                    raise Navigated
                assert "error" not in message, message
                return dict(message["result"])
            self.messages.append(message)


class Tab:
    """One page."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser, self._session = browser, session

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)

    def value(self, script: str) -> Any:
        """Of an expression in JavaScript; None where the page is just being loaded anew."""
        try:
            found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        except Navigated:
            return None
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, script: str) -> None:
        """Until an expression is true."""
        until(lambda: bool(self.value(script)), script)

    def texts(self, selector: str) -> list[str]:
        found: list[str] = self.value(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.innerText)")
        return found

    def click(self, selector: str, at: int = 0) -> None:
        x, y = self.middle(selector, at)
        for kind in ("mousePressed", "mouseReleased"):
            self._mouse(kind, x, y)

    def drag(self, selector: str, at: int, to: int) -> None:
        """From the middle of one element to that of another, in steps as a hand makes them."""
        x, y = self.middle(selector, at)
        _, end = self.middle(selector, to)
        end += 6 if end > y else -6
        self._mouse("mousePressed", x, y)
        for step in range(1, 13):
            self._mouse("mouseMoved", x, y + (end - y) * step / 12)
            time.sleep(0.03)
        time.sleep(0.25)
        self._mouse("mouseReleased", x, end)

    def press(self, key: str) -> None:
        code = {"Enter": 13, "Tab": 9}[key]
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def write(self, selector: str, text: str) -> None:
        """Into an entry, in place of what is there."""
        self.value(f"(e => {{ e.focus(); e.select() }})(document.querySelector({json.dumps(selector)}))")
        self.call("Input.insertText", text=text)

    def screenshot(self, path: Path, width: int, height: int) -> None:
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def middle(self, selector: str, at: int) -> tuple[float, float]:
        place = f"document.querySelectorAll({json.dumps(selector)})[{at}]"
        self.wait(f"!!{place}")
        self.value(f"{place}.scrollIntoView({{block: 'center'}})")
        seen: list[Any] = []

        def stands_still() -> bool:
            rect = f"(r => [r.x + r.width / 2, r.y + r.height / 2])({place}.getBoundingClientRect())"
            seen.append(self.value(rect))
            return len(seen) > 1 and seen[-1] == seen[-2]

        until(stands_still, selector)
        x, y = seen[-1]
        return x, y

    def _mouse(self, kind: str, x: float, y: float) -> None:
        held = 0 if kind == "mouseReleased" else 1
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=held, clickCount=1)


def until(done: Any, what: str = "") -> None:
    """Wait for `done`; AssertionError after a while."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < WAIT_S, what
        time.sleep(0.05)
