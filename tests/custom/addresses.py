"""A queue that looks at the address it is given."""

import socket
from typing import ClassVar
from urllib.parse import urlsplit

from custom.example_queue import NewestFirst
from redis.asyncio import Redis


class Looking(NewestFirst):
    """Keeps the URL, how the server answers a stranger, and where it listens."""

    urls: ClassVar[list[str]] = []
    stranger: ClassVar[list[bytes]] = []
    bound: ClassVar[list[str]] = []

    async def open(self, url: str, prefix: str) -> None:
        await super().open(url, prefix)
        self.urls.append(url)
        place = urlsplit(url)
        if place.port:
            with socket.create_connection((place.hostname, place.port), timeout=5) as stranger:
                stranger.sendall(b"PING\r\n")
                self.stranger.append(stranger.recv(100))
            self.bound.append(str((await self.redis.config_get("bind"))["bind"]))


class Littering(NewestFirst):
    """Leaves keys that do not begin with the prefix."""

    async def open(self, url: str, prefix: str) -> None:
        await super().open(url, prefix)
        await self.redis.mset({"rq:queues": 1, "rq:\x1b[2J": 1})


async def port_of(client: Redis) -> int:
    """Where a server listens; 0 for nowhere."""
    return int(str((await client.config_get("port"))["port"]))
