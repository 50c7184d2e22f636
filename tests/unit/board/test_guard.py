"""Nothing is answered without the token, by another name, or to a page from elsewhere."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from gridprio.board.guard import EVERY_ADDRESS, TOKEN_FILE, Guard, bound_socket, kept_token
from gridprio.errors import StoreError

TOKEN = "t" * 43
OWN = {"host": "127.0.0.1:8610"}
COOKIE = {"cookie": f"other=1; gridprio_board_8610={TOKEN}"}


def ask(kind: str, headers: dict[str, str], query: str = "") -> tuple[bool, list[dict[str, Any]]]:
    """Whether what is behind the guard was reached, and what was sent."""
    reached, sent = [], []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        reached.append(scope["type"])
        await send({"type": f"{kind}.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": kind,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
    asyncio.run(Guard(behind, TOKEN, "127.0.0.1", 8610)(scope, None, send))  # type: ignore[arg-type]
    return bool(reached), sent


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("headers", "query"),
    [
        (OWN, ""),
        (OWN, "token="),
        (OWN, f"token={TOKEN}x"),
        (OWN | {"cookie": f"gridprio_board_8611={TOKEN}"}, ""),
        (OWN | {"cookie": "\xff;;=gridprio_board_8610"}, ""),
        ({"host": "evil.example:8610"} | COOKIE, f"token={TOKEN}"),
        ({"host": "127.0.0.1:8611"} | COOKIE, f"token={TOKEN}"),
        (COOKIE, ""),
        (OWN | COOKIE | {"origin": "https://evil.example"}, ""),
        (OWN | COOKIE | {"origin": "http://127.0.0.1:9999"}, f"token={TOKEN}"),
        (OWN | COOKIE | {"origin": "null"}, ""),
    ],
)
def test_what_has_no_right_is_refused_before_anything_else(kind: str, headers: dict[str, str], query: str) -> None:
    reached, sent = ask(kind, headers, query)
    assert not reached
    assert sent[0].get("status", sent[0].get("code")) in (403, 1008)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("origin", [{}, {"origin": "http://127.0.0.1:8610"}, {"origin": "http://localhost:8610"}])
def test_the_cookie_of_the_first_page_opens_the_rest(kind: str, origin: dict[str, str]) -> None:
    assert ask(kind, OWN | COOKIE | origin)[0]


def test_the_address_with_the_token_gives_a_cookie_that_no_script_and_no_other_site_has() -> None:
    reached, sent = ask("http", OWN, f"language=en&token={TOKEN}")
    headers = dict(sent[0]["headers"])
    assert reached and headers[b"set-cookie"].endswith(b"HttpOnly; SameSite=Strict")
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
    assert b"set-cookie" not in dict(ask("http", OWN | COOKIE)[1][0]["headers"])


def test_a_token_is_made_once_and_is_the_owners(tmp_path: Path) -> None:
    token = kept_token(tmp_path)
    assert len(token) > 40 and kept_token(tmp_path) == token
    assert stat.S_IMODE((tmp_path / TOKEN_FILE).stat().st_mode) == 0o600
    (tmp_path / TOKEN_FILE).write_text("")
    assert len(kept_token(tmp_path)) > 40


@pytest.mark.parametrize("host", EVERY_ADDRESS)
def test_no_board_stands_on_every_network(host: str) -> None:
    with pytest.raises(StoreError, match="every address"):
        bound_socket(host, 0)


def test_a_port_that_is_taken_is_said() -> None:
    with bound_socket("127.0.0.1", 0) as taken, pytest.raises(StoreError, match="--port"):
        bound_socket("127.0.0.1", taken.getsockname()[1])
