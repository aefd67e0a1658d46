"""taskiq: its Receiver with one task at a time, a process per worker."""

import asyncio
from typing import Any

from taskiq import TaskiqEvents
from taskiq.api import run_receiver_task
from taskiq_redis import ListQueueBroker, RedisStreamBroker

from queue_fairness.libraries.adapters.desk import listening, meet_async, told
from queue_fairness.libraries.adapters.peer import AsyncAdapter, serve


async def work(task: str) -> None:
    """The task."""
    await meet_async(task)


def make_broker(url: str, prefix: str, variant: str, partitions: list[str]) -> Any:  # noqa: ANN401
    """The broker of the set-up, alike in the client and in the workers."""
    name = f"{prefix}:taskiq"
    if not variant:
        broker = ListQueueBroker(url, queue_name=name)
    elif variant == "stream":
        broker = RedisStreamBroker(url, queue_name=name, consumer_id="0")
    else:
        streams: dict[str, str | int] = {f"{prefix}:stream:{each}": ">" for each in partitions}
        broker = RedisStreamBroker(
            url, queue_name=name, consumer_id="0", xread_count=1, additional_streams=streams
        )
    broker.register_task(work, task_name="work")
    return broker


class Taskiq(AsyncAdapter):
    """A list, a stream, or a stream per partition."""

    package = "taskiq-redis"

    async def connect(self) -> None:
        """Start the client's broker."""
        variant = self.variant if self.variant != "tenants" else "stream"
        self.broker = make_broker(self.url, self.prefix, variant, [])
        await self.broker.startup()

    async def enqueue(self, partition: str, task: str) -> None:
        """`kiq`, with the label that names the stream."""
        kicker = self.broker.find_task("work").kicker()
        if self.variant == "tenants":
            kicker = kicker.with_labels(queue_name=f"{self.prefix}:stream:{partition}")
        await kicker.kiq(task)

    def start(self, workers: int) -> None:
        """Taskiq's receivers, a process each."""
        for _ in range(workers):
            self.spawn("for_taskiq:be", name=self.next_name())

    async def disconnect(self) -> None:
        """Disconnect."""
        await self.broker.shutdown()


def be() -> None:
    """Be one worker."""
    asked = told()

    async def run() -> None:
        names = ("url", "prefix", "variant", "partitions")
        broker = make_broker(*(asked[each] for each in names))
        broker.add_event_handler(TaskiqEvents.WORKER_STARTUP, lambda _: listening())
        await run_receiver_task(broker, max_async_tasks=1, run_startup=True)

    asyncio.run(run())


def main() -> None:
    """Speak for taskiq."""
    serve(Taskiq())
