"""Small queues in memory, whose fairness is known: each in a few lines, for many quick runs."""

import time
from collections import defaultdict, deque
from typing import ClassVar

State = dict[str, deque[bytes]]


class InMemory:
    """What the queues below share: the tasks of a run, by its prefix, whichever object asks."""

    runs: ClassVar[defaultdict[str, State]] = defaultdict(dict)

    async def open(self, _url: str, prefix: str) -> None:
        self.tasks = self.runs[prefix]

    async def push(self, partition: str, task: bytes) -> None:
        self.tasks.setdefault(partition, deque()).append(task)

    async def complete(self, lease: tuple[bytes, ...]) -> None:
        pass


class OneByOne(InMemory):
    """Empties a partition before the next one begins: UNFAIR."""

    async def pop(self, _worker: str) -> tuple[bytes, ...] | None:
        for partition, tasks in list(self.tasks.items()):
            task = tasks.popleft()
            if not tasks:
                del self.tasks[partition]
            return (task,)
        return None


class ByTurns(InMemory):
    """Lets the partitions take turns: FAIR."""

    async def pop(self, _worker: str) -> tuple[bytes, ...] | None:
        for partition, tasks in list(self.tasks.items()):
            task = tasks.popleft()
            del self.tasks[partition]
            if tasks:
                self.tasks[partition] = tasks
            return (task,)
        return None


class Loses(ByTurns):
    """Takes one task in ten out and hands it to nobody: BROKEN."""

    popped = 0

    async def pop(self, worker: str) -> tuple[bytes, ...] | None:
        lease = await super().pop(worker)
        type(self).popped += 1
        return await super().pop(worker) if type(self).popped % 10 == 0 else lease


class Raises(ByTurns):
    """Breaks at the first task."""

    async def pop(self, _worker: str) -> tuple[bytes, ...] | None:
        raise KeyError("no such tenant")


class Blocks(ByTurns):
    """Waits for a moment without await, as a synchronous client does."""

    async def pop(self, worker: str) -> tuple[bytes, ...] | None:
        time.sleep(0.001)  # noqa: ASYNC251 (that is the fault)
        return await super().pop(worker)


class WithSize(ByTurns):
    """Cannot be made without an argument."""

    def __init__(self, size: int) -> None:
        self.size = size


class NoQueue:
    """Has none of the methods."""
