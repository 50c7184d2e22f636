"""The web server of a board; NiceGUI begins here."""

from __future__ import annotations

from collections.abc import Callable

import uvicorn
from fastapi import FastAPI, Request
from nicegui import ui

from gridprio.board.board import Board
from gridprio.board.export import Reports
from gridprio.board.guard import Guard, address, bound_socket, kept_token
from gridprio.board.page import show_page

MOST_SHUTDOWN_S = 2
RECONNECT_S = 10.0
"""A page that was away for less goes on where it was; later it loads anew, which is the same state."""


def serve(board: Board, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve `board` until it is stopped; `ready` gets the address to open.

    StoreError for a host or port that cannot be had.
    """
    listening = bound_socket(host, port)
    port = listening.getsockname()[1]
    token = kept_token(board.folder)
    reports = Reports(board)
    app = FastAPI(openapi_url=None)

    def page(request: Request) -> None:
        show_page(board, reports, request)

    ui.page("/")(page)
    ui.run_with(app, title="gridprio", show_welcome_message=False, reconnect_timeout=RECONNECT_S)
    config = uvicorn.Config(
        Guard(app, token, host, port), log_level="error", timeout_graceful_shutdown=MOST_SHUTDOWN_S, server_header=False
    )
    ready(address(host, port, token))
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        reports.close()
