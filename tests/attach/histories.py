"""What happened to a list, told by who did it: the truth that a look is compared with."""

import time
from collections import deque
from typing import Any

from redis.asyncio import Redis


class Story:
    """Pushes and pops, and remembers.

    Attributes:
        waiting: Each waiting task, and when it came.
        came: Tasks that came since the last look.
        gone: Those that were taken since then.
        never_emptied: Whether at least one of the tasks of the last look is still there.
    """

    def __init__(self, client: Redis, key: bytes, *, newest_left: bool) -> None:
        self._client, self._key, self._newest_left = client, key, newest_left
        self.waiting: deque[tuple[str, float]] = deque()
        self.came = self.gone = 0
        self._number = 0
        self._left = 0
        self._is_first = True

    @property
    def never_emptied(self) -> bool:
        return not self._is_first and self.gone < self._left

    def look(self) -> None:
        """A look was made."""
        self.came = self.gone = 0
        self._left = len(self.waiting)
        self._is_first = False

    async def push(self, number: int) -> None:
        """So many tasks come."""
        client: Any = self._client
        for _ in range(number):
            self._number += 1
            task = f"task {self._number}"
            await (client.lpush if self._newest_left else client.rpush)(self._key, task)
            self.waiting.append((task, time.time()))
            self.came += 1

    async def pop(self, number: int) -> None:
        """So many are taken, if there are."""
        client: Any = self._client
        for _ in range(min(number, len(self.waiting))):
            task = await (client.rpop if self._newest_left else client.lpop)(self._key)
            assert task.decode() == self.waiting.popleft()[0]
            self.gone += 1
