"""streaq."""

import os

import anyio
import common
from streaq import Worker


def make(name: str) -> tuple[Worker, object]:
    worker = Worker(redis_url=common.url(), queue_name=name, concurrency=1, prefetch=1)

    @worker.task(timeout=900)
    async def job(customer: str, n: int = 0) -> None:
        common.hold(customer)
        await anyio.sleep(common.FOREVER_S)

    return worker, job


worker, _job = make(os.environ.get("QUEUE", "acme"))


async def main() -> None:
    waiting: dict[str, int] = {}
    for name, number in common.TENANTS.items():
        own, job = make(name)
        async with own:
            if common.asked() == "fill":
                for n in range(number):
                    await job.enqueue(name, n=n)  # type: ignore[attr-defined]
            waiting[name] = await own.queue_size(include_scheduled=False)
    if common.asked() == "truth":
        common.tell(waiting, dict.fromkeys(common.TENANTS))


if __name__ == "__main__":
    if common.asked() == "work":
        common.become(common.program("streaq"), "run", "streaq_:worker")
    else:
        anyio.run(main)
