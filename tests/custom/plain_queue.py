"""Queues whose methods are no coroutines: a synchronous client, in a thread of each object."""

import threading
import time
from typing import ClassVar

from redis import Redis


class Plain:
    """Oldest first, by a client that blocks."""

    timeout_s = 0.5
    threads: ClassVar[dict[int, set[int]]] = {}
    told: ClassVar[list[int]] = []

    def open(self, url: str, prefix: str) -> None:
        self.redis = Redis.from_url(url)
        self.key = f"{prefix}:waiting"
        self._note()

    def start(self, workers: int) -> None:
        self.told.append(workers)
        self._note()

    def push(self, _partition: str, task: bytes) -> None:
        self._note()
        self.redis.rpush(self.key, task)

    def pop(self, _worker: str) -> tuple[bytes] | None:
        self._note()
        found = self.redis.blpop([self.key], 0.05)  # waits, and holds up nobody else
        if found is None:
            return None
        assert isinstance(found[1], bytes)
        return (found[1],)

    async def complete(self, _lease: tuple[bytes]) -> None: ...

    def close(self) -> None:
        self.redis.close()

    def _note(self) -> None:
        self.threads.setdefault(id(self), set()).add(threading.get_ident())


class Hangs(Plain):
    def pop(self, _worker: str) -> tuple[bytes] | None:
        time.sleep(3)
        return None


class Exits(Plain):
    def pop(self, _worker: str) -> tuple[bytes] | None:
        raise SystemExit(7)
