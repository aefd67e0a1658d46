"""Hears the library's worker processes on a Unix socket, and tells them to go on."""

import json
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

READ = 65_536


class Hub(threading.Thread):
    """Listens from `start()` on, until the process ends.

    Args:
        path: Of the socket.
        heard: Called, in this thread, with each message of a worker.
    """

    def __init__(self, path: str, heard: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(name="hub", daemon=True)
        self._heard = heard
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(path)
        self._server.listen(1024)
        self._rest: dict[socket.socket, bytes] = {}
        self._waiting: dict[tuple[str, str], socket.socket] = {}

    def run(self) -> None:
        """Hear whoever speaks."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._server, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    peer = key.fileobj
                    assert isinstance(peer, socket.socket)
                    if peer is self._server:
                        peer, _ = self._server.accept()
                        self._rest[peer] = b""
                        selector.register(peer, selectors.EVENT_READ)
                    elif not self._read(peer):
                        selector.unregister(peer)
                        del self._rest[peer]
                        peer.close()

    def go_on(self, worker: str, task: str) -> None:
        """Let a worker go on; one that is gone hears nothing."""
        peer = self._waiting.pop((worker, task), None)
        if peer is not None:
            with suppress(OSError):
                peer.sendall(b"done\n")

    def _read(self, peer: socket.socket) -> bool:
        try:
            data = peer.recv(READ)
        except OSError:
            return False
        *lines, self._rest[peer] = (self._rest[peer] + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if message["say"] == "got":
                self._waiting[message["worker"], message["task"]] = peer
            self._heard(message)
        return bool(data)
