"""Queues in memory that do one thing wrong, from the sixth call of a method on."""

import asyncio
import time
from collections import Counter, deque
from typing import ClassVar

FIRST_WRONG = 6

Lease = tuple[object, ...]


class InMemory:
    """First in, first out, shared by all objects of a run."""

    timeout_s = 0.3
    runs: ClassVar[dict[str, deque[bytes]]] = {}
    opened: ClassVar[Counter[str]] = Counter()
    closed: ClassVar[Counter[str]] = Counter()

    async def open(self, url: str, prefix: str) -> None:
        assert "://" in url
        self.prefix = prefix
        self.tasks = self.runs.setdefault(prefix, deque())
        self.opened[prefix] += 1

    async def push(self, _partition: str, task: bytes) -> None:
        self.tasks.append(task)

    async def pop(self, _worker: str) -> Lease | None:
        return (self.tasks.popleft(),) if self.tasks else None

    async def complete(self, lease: Lease) -> None: ...

    async def close(self) -> None:
        self.closed[self.prefix] += 1


class Faulty(InMemory):
    """Does what `fault` says where `method` says so."""

    method: ClassVar[str] = ""
    fault: ClassVar[str] = ""
    calls: ClassVar[Counter[str]] = Counter()

    async def open(self, url: str, prefix: str) -> None:
        await super().open(url, prefix)
        await self._perhaps("open", prefix)

    async def push(self, partition: str, task: bytes) -> None:
        await self._perhaps("push", self.prefix)
        await super().push(partition, task)

    async def pop(self, worker: str) -> Lease | None:
        await self._perhaps("pop", self.prefix)
        return await super().pop(worker)

    async def complete(self, lease: Lease) -> None:
        await self._perhaps("complete", self.prefix)
        await super().complete(lease)

    async def close(self) -> None:
        await self._perhaps("close", self.prefix)
        await super().close()

    async def _perhaps(self, method: str, prefix: str) -> None:
        self.calls[prefix + method] += 1
        if method == self.method and self.calls[prefix + method] >= FIRST_WRONG:
            await getattr(self, self.fault)()

    async def raise_error(self) -> None:
        raise ValueError("something\nis wrong")

    async def exit(self) -> None:
        raise SystemExit("bye")

    async def interrupt(self) -> None:
        raise KeyboardInterrupt

    async def cancel(self) -> None:
        raise asyncio.CancelledError

    async def hang(self) -> None:
        await asyncio.Event().wait()

    async def hang_for_good(self) -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue  # as a careless `except:` around a retry does

    async def block(self) -> None:
        time.sleep(30)  # noqa: ASYNC251  # on purpose


class Hesitant(InMemory):
    """A push returns some time after its task is there: no fault."""

    async def push(self, partition: str, task: bytes) -> None:
        await super().push(partition, task)
        await asyncio.sleep(0.02)


class UnableToBegin(InMemory):
    def __init__(self) -> None:
        raise KeyError("no settings")


class Forgetful(InMemory):
    """Every tenth task is gone."""

    async def push(self, partition: str, task: bytes) -> None:
        if not task.endswith(b"7"):
            await super().push(partition, task)


class Patient(Forgetful):
    """Times out on its own, often, and goes on: no fault."""

    async def pop(self, worker: str) -> Lease | None:
        try:
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        except TimeoutError:
            await asyncio.sleep(0.001)
        return await super().pop(worker)


class Repeating(InMemory):
    """The first task is handed out twice."""

    async def push(self, partition: str, task: bytes) -> None:
        await super().push(partition, task)
        if len(self.tasks) == 1:
            await super().push(partition, task)


class Odd(InMemory):
    """Hands out something that is no lease."""

    lease: ClassVar[object] = None

    async def pop(self, worker: str) -> Lease | None:
        lease = await super().pop(worker)
        return lease and self.lease  # type: ignore[return-value]  # on purpose
