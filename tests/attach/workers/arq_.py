"""arq; a queue of each tenant, `arq:queue:TENANT`."""

import asyncio

import common
from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker, func


async def job(_context: object, customer: str, n: int = 0) -> None:
    common.hold(customer)
    await asyncio.sleep(common.FOREVER_S)


def queue(tenant: str) -> str:
    return f"arq:queue:{tenant}"


async def main() -> None:
    pool = await create_pool(RedisSettings.from_dsn(common.url()))
    if common.asked() == "fill":
        for name, number in common.TENANTS.items():
            for n in range(number):
                await pool.enqueue_job("job", customer=name, n=n, _queue_name=queue(name))
    else:
        waiting, oldest = {}, {}
        for name in common.TENANTS:
            jobs = await pool.queued_jobs(queue_name=queue(name))
            busy = [await pool.exists(f"arq:in-progress:{each.job_id}") for each in jobs]
            times = [j.enqueue_time.timestamp() for j, b in zip(jobs, busy, strict=True) if not b]
            waiting[queue(name)] = len(times)
            oldest[queue(name)] = min(times)
        common.tell(waiting, oldest)
    await pool.aclose()


if __name__ == "__main__":
    if common.asked() == "work":
        settings = RedisSettings.from_dsn(common.url())
        functions = [func(job, name="job", timeout=900)]
        Worker(functions, redis_settings=settings, max_jobs=1, queue_name=queue("acme")).run()
    else:
        asyncio.run(main())
