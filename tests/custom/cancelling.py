"""Queues whose own code, or a library's, cancels the task that calls them."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from custom.broken import InMemory, Lease

AFTER_S = 0.05


def at_once(task: "asyncio.Task[object]") -> None:
    task.cancel()


def later(task: "asyncio.Task[object]") -> None:
    asyncio.get_running_loop().call_later(AFTER_S, task.cancel)


def insistently(task: "asyncio.Task[object]") -> None:
    """As a cancel scope of anyio does: again and again, until the task is over."""

    def again() -> None:
        if not task.done():
            task.cancel()
            loop.call_soon(again)

    loop = asyncio.get_running_loop()
    loop.call_later(AFTER_S, again)


class Cancelling(InMemory):
    """Has the task of the first call of a method cancelled."""

    timeout_s = 2
    method: ClassVar[str] = ""
    how: ClassVar[Callable[["asyncio.Task[object]"], None]] = at_once
    done: ClassVar[set[str]] = set()

    async def open(self, url: str, prefix: str) -> None:
        await super().open(url, prefix)
        self._perhaps("open")

    async def push(self, partition: str, task: bytes) -> None:
        await super().push(partition, task)
        self._perhaps("push")

    async def pop(self, worker: str) -> Lease | None:
        self._perhaps("pop")
        await asyncio.sleep(0)
        return await super().pop(worker)

    async def complete(self, lease: Lease) -> None:
        await super().complete(lease)
        self._perhaps("complete")

    async def close(self) -> None:
        await super().close()
        self._perhaps("close")

    def _perhaps(self, method: str) -> None:
        task = asyncio.current_task()
        if method == self.method and self.prefix not in self.done and task is not None:
            self.done.add(self.prefix)
            type(self).how(task)


async def cancel_own_task(_partition: str, number: int) -> None:
    """A task that cancels the worker which does it."""
    task = asyncio.current_task()
    if number == 7 and task is not None:
        task.cancel()
    await asyncio.sleep(0)


class TiedToTask(InMemory):
    """What `open` begins can be ended by the same task only, as a task group of anyio."""

    async def open(self, url: str, prefix: str) -> None:
        await super().open(url, prefix)
        self.task = asyncio.current_task()

    async def push(self, partition: str, task: bytes) -> None:
        self._check()
        await super().push(partition, task)

    async def pop(self, worker: str) -> Lease | None:
        self._check()
        return await super().pop(worker)

    async def complete(self, lease: Lease) -> None:
        self._check()
        await super().complete(lease)

    async def close(self) -> None:
        self._check()
        await super().close()

    def _check(self) -> None:
        if asyncio.current_task() is not self.task:
            raise RuntimeError("entered in a different task")
