"""How a board is reached: on this machine, by an address with a token, from its own pages alone."""

from __future__ import annotations

import hmac
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gridprio.errors import StoreError
from gridprio.store.whole import writing
from gridprio.text import sentence

TOKEN_FILE = "board.token"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")
EVERY_ADDRESS = ("", "0.0.0.0", "::", "[::]")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'; "
    "base-uri 'self'; form-action 'none'; object-src 'none'"
)
"""NiceGUI compiles its templates in the browser, so scripts of the page itself may be made there; nothing is fetched
from elsewhere."""
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class Guard:
    """ASGI middleware before every page, file and websocket: host, origin and token are checked first.

    The token stands in the address of the first page and from then on in a cookie of this port that no script reads.
    """

    def __init__(self, app: App, token: str, host: str, port: int) -> None:
        self.app, self._token = app, token
        names = LOOPBACK if host in LOOPBACK else (host,)
        self._hosts = {f"{name}:{port}".lower() for name in names}
        self._cookie = f"gridprio_board_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        in_address = self._fits(next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("token", [])), ""))
        if not self._is_own(headers) or not (in_address or self._fits(self._token_of_cookie(headers))):
            await _refuse(scope, send)
            return
        added = [*HEADERS]
        if in_address:
            cookie = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
            added.append((b"set-cookie", cookie.encode()))

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _is_own(self, headers: dict[str, str]) -> bool:
        """The browser asks this address, and for a page of this address: else a name was bent to this machine."""
        origin = headers.get("origin")
        asked = headers.get("host", "").lower() in self._hosts
        return asked and (origin is None or urlsplit(origin).netloc.lower() in self._hosts)

    def _token_of_cookie(self, headers: dict[str, str]) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return ""
        return "" if found is None else found.value

    def _fits(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._token.encode())


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    text = str(sentence("store.board_address")).encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def kept_token(folder: Path) -> str:
    """The token of a board, made at its first start and kept, so that open pages find it again; only the owner reads
    the file."""
    path = folder / TOKEN_FILE
    with writing(path):
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            kept = path.read_text(encoding="ascii", errors="replace").strip()
            if len(kept) >= 32 and kept.isascii():
                return kept
            path.unlink()
            return kept_token(folder)
        token = secrets.token_urlsafe(32)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(token)
    return token


def bound_socket(host: str, port: int) -> socket.socket:
    """A listening socket; StoreError for an address of every network, or one that cannot be had."""
    if host in EVERY_ADDRESS:
        raise StoreError(sentence("store.board_every_address", host=repr(host)))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host.strip("[]"), port))
        made.listen(100)
    except OSError as error:
        made.close()
        why = error.strerror or str(error)
        raise StoreError(sentence("store.board_port", host=host, port=port, why=why)) from None
    return made


def address(host: str, port: int, token: str) -> str:
    return f"http://{host}:{port}/?token={token}"
