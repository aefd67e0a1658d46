"""A longer way to the server: a proxy that lets every byte wait.

```
clients ──► a socket in a 0700 folder  delay_proxy ──► the server
              half of the delay on the way there, half on the way back
```

It is a process of its own, so that it does not run in the event loop that is measured, and ends
with the pipe to this one. Its socket is for this user alone, as a port would not be. For libraries
that know no Unix sockets it listens on a port of loopback, but only before a server that is reached
by a port itself: whoever can knock here can knock there, and is asked for the same password.
"""

import asyncio
import contextlib
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from redis.asyncio.connection import parse_url

from queue_fairness.errors import ServerError
from queue_fairness.server.child.supervisor import CannotStartError, hold, make_folder
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.environment import without_secrets
from queue_fairness.server.launcher import socket_parents
from queue_fairness.server.loopback import HOST

START_TIMEOUT_S = 10.0
END_GRACE_S = 2.0
"""How long the proxy may take to end by itself."""
_DELAYER = "queue_fairness.server.child.delay_proxy"


@asynccontextmanager
async def delayed(
    endpoint: Endpoint, delay_s: float, *, by_tcp: bool = False
) -> AsyncIterator[Endpoint]:
    """Another way to the same server, with so much added to each round trip; 0 is the direct way.

    Args:
        endpoint: The direct way.
        delay_s: Seconds, >= 0.
        by_tcp: Whether a Unix socket will not do; it has to where the direct way is one.

    Raises:
        ServerError: There is no such way.
    """
    if not delay_s:
        yield endpoint
        return
    if urlsplit(endpoint.url).scheme == "rediss":
        raise ServerError(
            "--network-delay cannot stand between TLS (rediss://) and its server: give another URL"
        )
    # Any: the pieces of a URL have many types.
    where: dict[str, Any] = dict(parse_url(endpoint.url))
    with _folder() as folder:
        proxy = await _launch()
        try:
            asked = {
                "delay_s": delay_s / 2,
                "address": _address(where),
                "folder": str(folder),
                "by_tcp": by_tcp and "path" not in where,
            }
            yield Endpoint(_through(where, await _start(proxy, asked)))
        finally:
            await _end(proxy)


@contextmanager
def _folder() -> Iterator[Path]:
    """A new folder for the socket. The proxy removes it too, if it is the last to go."""
    try:
        folder = make_folder(socket_parents())
    except CannotStartError as error:
        raise ServerError(f"the proxy of --network-delay {error}") from error
    lock = hold(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


async def _launch() -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _DELAYER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env=without_secrets(),
        )
    except OSError as error:
        raise ServerError(f"the proxy of --network-delay cannot be started ({error})") from error


def _address(where: dict[str, Any]) -> list[Any]:
    """The path of a socket, or host and port."""
    if "path" in where:
        return [where["path"]]
    return [where.get("host", "localhost"), where.get("port", 6379)]


async def _start(proxy: asyncio.subprocess.Process, asked: dict[str, Any]) -> str | int:
    """Tell the proxy what to do; the path of the socket on which it listens, or its port."""
    assert proxy.stdin is not None
    assert proxy.stdout is not None
    proxy.stdin.write(json.dumps(asked).encode() + b"\n")
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            line = await proxy.stdout.readline()
    except TimeoutError:
        line = b""
    answer = json.loads(line or '{"failed": "did not start"}')
    if "failed" in answer:
        raise ServerError(
            f"the proxy of --network-delay {answer['failed']}; run without --network-delay"
        )
    place: str | int = answer["place"]
    return place


async def _end(proxy: asyncio.subprocess.Process) -> None:
    """See the proxy end, by itself or not."""
    assert proxy.stdin is not None
    proxy.stdin.close()
    try:
        async with asyncio.timeout(END_GRACE_S):
            await proxy.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            proxy.kill()
        await proxy.wait()


def _through(where: dict[str, Any], place: str | int) -> str:
    """The URL of the same database and user, by way of the proxy."""
    user, password = where.get("username") or "", where.get("password") or ""
    name = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user or password else ""
    protocol = f"protocol={where['protocol']}" if "protocol" in where else ""
    db = where.get("db", 0)
    if isinstance(place, int):
        return f"redis://{name}{HOST}:{place}/{db}{'?' if protocol else ''}{protocol}"
    return f"unix://{name}{quote(place)}?db={db}{'&' if protocol else ''}{protocol}"
