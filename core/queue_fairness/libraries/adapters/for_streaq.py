"""streaQ: its Worker with a concurrency of 1, a process per worker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from streaq import Worker

from queue_fairness.libraries.adapters.desk import listening, meet_async, told
from queue_fairness.libraries.adapters.peer import AsyncAdapter, serve


async def work(task: str) -> None:
    """The task."""
    await meet_async(task)


@asynccontextmanager
async def starting() -> AsyncIterator[None]:
    """The worker is about to fetch."""
    listening()
    yield


class Streaq(AsyncAdapter):
    """One stream."""

    package = "streaq"

    async def connect(self) -> None:
        """Enter the client."""
        self.worker: Any = Worker(redis_url=self.url, queue_name=self.prefix, handle_signals=False)
        self.task: Any = self.worker.task(name="work", ttl=0)(work)
        await self.worker.__aenter__()

    async def enqueue(self, partition: str, task: str) -> None:  # noqa: ARG002
        """`enqueue`."""
        await self.task.enqueue(task)

    def start(self, workers: int) -> None:
        """StreaQ's workers, a process each."""
        for _ in range(workers):
            self.spawn("for_streaq:be", name=self.next_name())

    async def disconnect(self) -> None:
        """Leave the client."""
        await self.worker.__aexit__(None, None, None)


def be() -> None:
    """Be one worker."""
    asked = told()
    name = asked["prefix"]
    worker = Worker(redis_url=asked["url"], queue_name=name, concurrency=1, lifespan=starting)
    worker.task(name="work", ttl=0)(work)
    worker.run_sync()


def main() -> None:
    """Speak for streaQ."""
    serve(Streaq())
