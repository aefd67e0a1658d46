"""Serves the page on 127.0.0.1, by textual-serve with a template and an address of our own."""

import asyncio
import os
import secrets
import shlex
import signal
import socket
import sys
from pathlib import Path

from aiohttp import web
from textual_serve import server as library
from textual_serve.app_service import AppService

from queue_fairness.cli.commands import PROGRAM, Web
from queue_fairness.cli.streams import complain, write_out
from queue_fairness.errors import ServerError
from queue_fairness_tui.served import VARIABLE

HOST = "127.0.0.1"
TOKEN_BYTES = 24
PAGE = Path(__file__).parent / "page"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LEAVING_S = 10.0
"""How long a run may take to end after its page was closed, in seconds."""


def serve(asked: Web) -> int:
    """Serve until a signal comes; returns the exit status.

    Raises:
        ServerError: The port cannot be had.
    """
    os.environ[VARIABLE] = "1"
    with _listening(asked.port) as listener:
        return asyncio.run(_serve(_Server(asked, listener.getsockname()[1]), listener))


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise ServerError(
            f"port {port} of {HOST} cannot be had: {error.strerror}; give another --port, or none"
        ) from error
    return listener


async def _serve(server: "_Server", listener: socket.socket) -> int:
    came: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def leave(number: int) -> None:
        if not came.done():
            came.set_result(128 + number)

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, leave, number)
    runner = web.AppRunner(await server.application(), shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        write_out(f"{server.address}\n")
        complain(f"{PROGRAM}: open this address in a browser on this machine; Ctrl-C ends it\n")
        return await came
    finally:
        await server.close_pages()
        await runner.cleanup()


async def _focus(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(PAGE / "focus.js")


class _Server(library.Server):
    """One page at a time, below an address that holds a token."""

    def __init__(self, asked: Web, port: int) -> None:
        words = [sys.executable, "-m", "queue_fairness_tui", *asked.arguments, "--yes"]
        super().__init__(
            f"exec {shlex.join(words)}",
            HOST,
            port,
            title=PROGRAM,
            templates_path=PAGE,
        )
        self._token = secrets.token_urlsafe(TOKEN_BYTES)
        self._turn = asyncio.Lock()
        self._pages: set[web.WebSocketResponse] = set()

    @property
    def address(self) -> str:
        """What to open."""
        return f"{self.public_url}/{self._token}/"

    async def application(self) -> web.Application:
        """The server, in which nothing is below another address."""
        whole, ours = web.Application(), await self._make_app()
        ours.router.add_get("/focus.js", _focus)
        whole.add_subapp(f"/{self._token}", ours)
        whole.on_response_prepare.append(self._guard)
        return whole

    async def close_pages(self) -> None:
        """Close what is open, and wait until its runs have ended."""
        for page in tuple(self._pages):
            await page.close(code=1001)
        async with asyncio.timeout(LEAVING_S), self._turn:
            return

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the address is printed where it is known."""

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run the program for a page, after the one before it has ended."""
        async with self._turn:
            return await super().handle_websocket(request)

    async def _process_messages(
        self, websocket: web.WebSocketResponse, app_service: AppService
    ) -> None:
        self._pages.add(websocket)
        try:
            await super()._process_messages(websocket, app_service)
        finally:
            self._pages.discard(websocket)

    async def _guard(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data:; connect-src ws://{HOST}:{self.port}; base-uri 'none'; "
            "form-action 'none'; frame-ancestors 'none'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
