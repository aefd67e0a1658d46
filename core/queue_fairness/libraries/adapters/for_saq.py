"""SAQ: its Worker with a concurrency of 1, a process per worker."""

import asyncio

from saq import Queue, Worker

from queue_fairness.libraries.adapters.desk import listening, meet_async, told
from queue_fairness.libraries.adapters.peer import AsyncAdapter, serve


class Saq(AsyncAdapter):
    """One queue."""

    package = "saq"

    async def connect(self) -> None:
        """`Queue.from_url`."""
        self.queue = Queue.from_url(self.url, name=self.prefix)
        await self.queue.connect()
        self.jobs = 0

    async def enqueue(self, partition: str, task: str) -> None:  # noqa: ARG002
        """`Queue.enqueue`."""
        self.jobs += 1
        key = f"{self.run}-{self.jobs}"
        await self.queue.enqueue("work", task=task, ttl=-1, timeout=0, key=key)

    def start(self, workers: int) -> None:
        """`saq` workers, a process each."""
        for _ in range(workers):
            self.spawn("for_saq:be", name=self.next_name())

    async def disconnect(self) -> None:
        """Disconnect."""
        await self.queue.disconnect()


async def work(_context: object, *, task: str) -> None:
    """The job."""
    await meet_async(task)


def be() -> None:
    """Be one worker."""
    asked = told()

    async def startup(_context: object) -> None:
        listening()

    async def run() -> None:
        queue = Queue.from_url(asked["url"], name=asked["prefix"])
        await Worker(queue, [("work", work)], concurrency=1, startup=startup).start()

    asyncio.run(run())


def main() -> None:
    """Speak for SAQ."""
    serve(Saq())
