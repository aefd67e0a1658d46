"""Queues in memory of which a call takes its time, as with a library of several round trips."""

import asyncio
import time
from typing import ClassVar

from custom.broken import InMemory, Lease

PUSH_S = 0.015


class SlowPush(InMemory):
    """A push returns some time after its task is there."""

    timeout_s = 10

    async def push(self, partition: str, task: bytes) -> None:
        await super().push(partition, task)
        await asyncio.sleep(PUSH_S)


class ThreadedPush(InMemory):
    """A push goes on though its caller is cancelled: it is in a thread."""

    timeout_s = 10

    async def push(self, _partition: str, task: bytes) -> None:
        def go() -> None:
            time.sleep(PUSH_S)
            self.tasks.append(task)

        await asyncio.get_running_loop().run_in_executor(None, go)


class ShieldedPush(SlowPush):
    """The same without a thread."""

    async def push(self, partition: str, task: bytes) -> None:
        await asyncio.shield(super().push(partition, task))


class EndlessPush(InMemory):
    """From some time on a push does not return within the patience of the end."""

    timeout_s = 30
    pushes: ClassVar[dict[str, int]] = {}

    async def push(self, partition: str, task: bytes) -> None:
        number = self.pushes[self.prefix] = self.pushes.get(self.prefix, 0) + 1
        if number > 20:
            await asyncio.sleep(20)
        await super().push(partition, task)


class WaitingPop(InMemory):
    """A pop waits for a task, as BLPOP does."""

    timeout_s = 10

    async def pop(self, worker: str) -> Lease | None:
        for _ in range(100):
            if self.tasks:
                return await super().pop(worker)
            await asyncio.sleep(0.005)
        return None


class Never(InMemory):
    """Nothing is ever handed out: its objects do not know where the other one pushed."""

    timeout_s = 10

    async def pop(self, _worker: str) -> Lease | None:
        return None


class Informed(InMemory):
    """Is told of the partitions, and when to make ready."""

    timeout_s = 10
    known: ClassVar[list[tuple[str, ...]]] = []
    tasks_at_start: ClassVar[list[int]] = []

    async def open(self, url: str, prefix: str, partitions: tuple[str, ...]) -> None:  # type: ignore[override]
        await super().open(url, prefix)
        self.known.append(partitions)

    async def start(self) -> None:
        self.tasks_at_start.append(len(self.tasks))


class UnableToStart(InMemory):
    """Cannot make ready."""

    async def start(self) -> None:
        raise OSError("no such program")


class LateToOpen(InMemory):
    """The objects of the first workers open; those that come later do not."""

    first: ClassVar[int] = 0
    """How many open well."""
    how: ClassVar[str] = ""

    async def open(self, url: str, prefix: str) -> None:
        await super().open(url, prefix)
        if self.opened[prefix] > self.first:
            await getattr(self, self.how)()

    async def raise_error(self) -> None:
        raise ConnectionError("no more clients")

    async def hang(self) -> None:
        await asyncio.Event().wait()
