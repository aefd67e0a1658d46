"""A port on loopback for a server of ours, for libraries that know no Unix sockets.

It is open while a user's own queue runs, on 127.0.0.1 only, behind a password that is drawn for
that run and never leaves this program but in the URL that the queue is given. A folder's rights
protect the socket; a port has none.
"""

import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from queue_fairness.server.connection import Endpoint

HOST = "127.0.0.1"
TRIES = 5
"""How many free ports are tried: another program may be quicker to take one."""


@asynccontextmanager
async def password_on(client: Redis) -> AsyncIterator[str]:
    """A password for every new connection while the block lasts; those that are open stay so."""
    password = secrets.token_urlsafe(24)
    await client.config_set("requirepass", password)
    try:
        yield password
    finally:
        with suppress(RedisError, OSError):  # a server that is gone lets nobody in
            await client.config_set("requirepass", "")


@asynccontextmanager
async def port_on(client: Redis, password: str) -> AsyncIterator[Endpoint | None]:
    """The server by way of a port on loopback while the block lasts.

    None where it cannot open one while it runs, as before Redis 7.0.

    Args:
        client: A connection that stays as it is.
        password: What the server asks of new connections.
    """
    port = await _open_port(client)
    if port is None:
        yield None
        return
    try:
        yield Endpoint(f"redis://:{password}@{HOST}:{port}/0")
    finally:
        with suppress(RedisError, OSError):
            await client.config_set("port", 0)


async def _open_port(client: Redis) -> int | None:
    try:
        await client.config_set("bind", HOST)
    except ResponseError:
        return None
    for _ in range(TRIES):
        port = _free_port()
        with suppress(ResponseError):
            await client.config_set("port", port)
            return port
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
