"""taskiq-redis: lists, or with KIND=stream streams; a queue of each tenant, `jobs:TENANT`."""

import asyncio
import os

import common
from taskiq_redis import ListQueueBroker, RedisStreamBroker

IS_STREAM = os.environ.get("KIND") == "stream"
if IS_STREAM:
    broker = RedisStreamBroker(common.url(), queue_name="jobs:acme", consumer_id="0", xread_count=1)
else:
    broker = ListQueueBroker(common.url(), queue_name="jobs:acme")


@broker.task(task_name="job")
async def job(customer: str, n: int = 0) -> None:
    common.hold(customer)
    await asyncio.sleep(common.FOREVER_S)


async def main() -> None:
    await broker.startup()
    if common.asked() == "fill":
        for name, number in common.TENANTS.items():
            for n in range(number):
                await job.kicker().with_labels(queue_name=f"jobs:{name}").kiq(name, n=n)
    await broker.shutdown()


if __name__ == "__main__":
    if common.asked() == "work":
        common.become(
            common.program("taskiq"),
            *("worker", "taskiq_:broker", "-w", "1", "--max-async-tasks", "1"),
            *("--max-prefetch", "1", "--no-configure-logging"),
        )
    else:
        asyncio.run(main())
