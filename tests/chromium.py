"""Chromium over its debugging pipe: pages, clicks, keys, drags, and every request and console message."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import pytest

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WAIT_S = 90.0
NOISE = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
needs_chromium = pytest.mark.skipif(PROGRAM is None, reason="no Chromium on this machine: `make browser` installs it")


class Navigated(Exception):
    """Inspected target navigated or closed"""


class Chromium:
    """One headless browser; use as a context manager."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile

    def __enter__(self) -> Self:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()

        def pipes() -> None:  # the browser reads from 3 and writes to 4
            os.dup2(os.dup(to_browser), 3)
            os.dup2(from_browser, 4)

        self._process = subprocess.Popen(
            [str(PROGRAM), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--remote-debugging-pipe", f"--user-data-dir={self._profile}", "about:blank"],
            preexec_fn=pipes, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = bytearray()
        self._number = 0
        self._targets: list[str] = []
        self.messages: list[dict[str, Any]] = []
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(20)
        os.close(self._read)
        os.close(self._write)

    def open(self, url: str, width: int = 1366, height: int = 768) -> Tab:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session)
        self._targets.append(target)
        for domain in ("Page", "Runtime", "Network", "Log"):
            tab.call(f"{domain}.enable")
        tab.resize(width, height)
        tab.call("Page.navigate", url=url)
        return tab

    def close_tabs(self) -> None:
        while self._targets:
            self.call("Target.closeTarget", targetId=self._targets.pop())

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._number += 1
        told = {"id": self._number, "method": method, "params": params}
        sent = json.dumps(told if session is None else {**told, "sessionId": session}).encode() + b"\0"
        while sent:
            sent = sent[os.write(self._write, sent) :]
        while True:
            message = self._next()
            if message.get("id") == self._number:
                if message.get("error", {}).get("message") == Navigated.__doc__:
                    raise Navigated
                assert "error" not in message, message
                return dict(message["result"])
            self.messages.append(message)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            assert select.select([self._read], [], [], WAIT_S)[0], "the browser does not answer"
            part = os.read(self._read, 1 << 20)
            assert part, "the browser has gone"
            self._buffer += part
        line, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(line))


class Tab:
    """One page."""

    def __init__(self, browser: Chromium, session: str) -> None:
        self._browser, self._session = browser, session

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)

    def resize(self, width: int, height: int) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def loaded(self) -> Self:
        self.wait("location.href != 'about:blank' && document.readyState == 'complete'")
        return self

    def events(self, *methods: str) -> list[dict[str, Any]]:
        """Parameters of what the page told of these kinds until now."""
        mine = [m for m in self._browser.messages if m.get("sessionId") == self._session]
        return [m["params"] for m in mine if m["method"] in methods]

    def requests(self) -> list[str]:
        return [event["request"]["url"] for event in self.events("Network.requestWillBeSent")]

    def value(self, script: str) -> Any:
        """Of an expression in JavaScript, of a promise what it is resolved to; None where the page is just being
        loaded anew."""
        try:
            found = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
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
