"""A program of its own: passes bytes on between clients and one server, each after a delay.

```
client ──► End ── so much later ──► End ──► server
       ◄──     ◄── so much later ──     ◄──
```

Started by `delay.py`. Standard input brings one JSON line
(`delay_s`: for each direction; `address`: the path of a Unix socket, or host and port; `folder`:
where to listen, removed at the end; `by_tcp`: listen on a port of loopback instead), and its end is
the end of this program. Standard output gets one JSON line: `place`, which is the path of our own
socket or our port, or `failed` (why, as the rest of a sentence).
"""

import asyncio
import contextlib
import json
import resource
import shutil
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from queue_fairness.event_loop import run as run_loop

HOST = "127.0.0.1"
WAITING = 2048
"""Clients that may knock at the same moment: a plan has up to 1,024 workers."""
MOST_FILES = 8192
"""Two for each client."""


class End(asyncio.Protocol):
    """One end of a way: what arrives here leaves by the other end, later and in order.

    A hang-up is passed on like the bytes before it, and so is half of one. An end that cannot
    get rid of its bytes stops the other from reading: nothing piles up but what is under way.
    """

    def __init__(self, delay_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._delay_s = delay_s
        self._under_way: deque[Callable[[], None]] = deque()
        self._has_ended = False
        self.transport: asyncio.Transport | None = None
        self.other: End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """There is a client, or the server has answered."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Bytes to pass on."""
        self._later(partial(self._far_end.write, data))

    def eof_received(self) -> bool:
        """The peer will send no more; it may still want to read."""
        self._later(self._far_end.end)
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's)
        """The peer is gone."""
        if self.other is not None:
            self._later(self.other.close)

    def pause_writing(self) -> None:
        """The peer does not read as fast as the other one writes."""
        if self._far_end.transport is not None:
            self._far_end.transport.pause_reading()

    def resume_writing(self) -> None:
        """It does again."""
        if self._far_end.transport is not None:
            self._far_end.transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Send to the peer."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def end(self) -> None:
        """Tell the peer that no more will come; once both have been told, hang up."""
        self._has_ended = True
        if self.transport is not None and not self.transport.is_closing():
            # A peer that is gone cannot be told.
            with contextlib.suppress(OSError):
                self.transport.write_eof()
        if self._far_end._has_ended:
            self.close()
            self._far_end.close()

    def close(self) -> None:
        """Hang up, after what has been written."""
        if self.transport is not None:
            self.transport.close()

    @property
    def _far_end(self) -> "End":
        assert self.other is not None
        return self.other

    def _later(self, act: Callable[[], None]) -> None:
        # Two timers may be due at the same time, and come in any order: what they do may not.
        self._under_way.append(act)
        self._loop.call_later(self._delay_s, self._deliver)

    def _deliver(self) -> None:
        self._under_way.popleft()()


class NearEnd(End):
    """The end at a client: it goes to find the server before it listens to the client."""

    def __init__(self, delay_s: float, address: Sequence[Any]) -> None:
        super().__init__(delay_s)
        self._address = address
        self._meeting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """There is a client."""
        super().connection_made(transport)
        assert self.transport is not None
        self.transport.pause_reading()
        self._meeting = self._loop.create_task(self._meet_server())

    async def _meet_server(self) -> None:
        assert self.transport is not None
        far = End(self._delay_s)
        self.other, far.other = far, self
        try:
            if len(self._address) == 1:
                await self._loop.create_unix_connection(lambda: far, *self._address)
            else:
                await self._loop.create_connection(lambda: far, *self._address)
        except OSError:
            # The client sees what it would see of a server that hangs up at once.
            self.transport.close()
            return
        if self.transport.is_closing():
            far.close()
        else:
            self.transport.resume_reading()


async def serve(delay_s: float, address: Sequence[Any], path: str | None) -> None:
    """Serve at this path, or on a port of loopback if it is None, until standard input ends."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    place: str | int = path or 0
    try:
        if path is None:
            server = await loop.create_server(
                lambda: NearEnd(delay_s, address), HOST, 0, backlog=WAITING
            )
            place = server.sockets[0].getsockname()[1]
        else:
            await loop.create_unix_server(lambda: NearEnd(delay_s, address), path, backlog=WAITING)
    except OSError as error:
        report(failed=f"cannot listen on {path or HOST} ({error.strerror})")
        return
    report(place=place)
    await ended.wait()


def report(**message: object) -> None:
    """Tell the main program; if it is gone, the pipe's end says so too."""
    with contextlib.suppress(OSError):
        print(json.dumps(message), flush=True)  # noqa: T201


def allow_files() -> None:
    """Allow this program as many open files as it may have: a shell's usual 1,024 are too few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    # Some systems refuse what they have promised; then the usual number has to do.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def main() -> None:
    """Read what is asked, and serve."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    line = sys.stdin.buffer.readline()
    # An incomplete line: the main program died before it had asked.
    if not line.endswith(b"\n"):
        return
    asked = json.loads(line)
    allow_files()
    try:
        path = None if asked["by_tcp"] else f"{asked['folder']}/s"
        run_loop(serve(asked["delay_s"], asked["address"], path))
    finally:
        shutil.rmtree(asked["folder"], ignore_errors=True)


if __name__ == "__main__":
    main()
