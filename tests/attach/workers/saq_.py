"""saq."""

import asyncio

import common
from saq import Queue, Worker


async def job(_context: object, *, customer: str, n: int = 0) -> None:
    common.hold(customer)
    await asyncio.sleep(common.FOREVER_S)


async def _no_sweep(*_: object, **__: object) -> list[str]:
    return []


async def main() -> None:
    queues = {name: Queue.from_url(common.url(), name=name) for name in common.TENANTS}
    if common.asked() == "fill":
        for name, number in common.TENANTS.items():
            for n in range(number):
                await queues[name].enqueue("job", customer=name, n=n, timeout=900)
    elif common.asked() == "work":
        # The sweep at its start sometimes takes a task that has just begun for a lost one.
        queues["acme"].sweep = _no_sweep
        timers = {"stats": 1, "worker_info": 1, "schedule": 1, "sweep": 60, "abort": 60}
        await Worker(queues["acme"], [("job", job)], concurrency=1, timers=timers).start()
    else:
        oldest: dict[str, float | None] = {}
        for name, queue in queues.items():
            found = [each async for each in queue.iter_jobs() if each.status.value == "queued"]
            oldest[name] = min(each.queued for each in found) / 1000
        counts = {name: await queue.count("queued") for name, queue in queues.items()}
        common.tell(counts, oldest)
    for queue in queues.values():
        await queue.disconnect()


asyncio.run(main())
