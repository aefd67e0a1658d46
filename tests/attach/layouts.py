"""Keys as libraries lay them out, without the libraries: from their documented layouts.

Sidekiq's and asynq's need Ruby and Go, so these stand for them; the others have tests with real
workers in `test_real_libraries.py`, and are here for what needs many lanes or odd states.
"""

import json
import time
import uuid
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

BATCH = 1_000


async def agentexec(client: Redis, tenants: dict[str, int], held: str | None = None) -> None:
    """Partitions, and a lock on one of them."""
    async with client.pipeline(transaction=False) as pipe:
        for name, number in tenants.items():
            for n in range(number):
                task = {
                    "task_name": "job",
                    "context": {"customer": name, "n": n},
                    "agent_id": uuid.uuid4().hex,
                }
                pipe.lpush(f"agentexec_tasks:{name}", json.dumps(task))
            if len(pipe) >= BATCH:
                await pipe.execute()
        await pipe.execute()
    if held is not None:
        await client.set(f"agentexec_tasks:{held}:lock", "1", ex=1800)


async def rq(client: Redis, tenants: dict[str, int], held: str | None = None) -> None:
    """Queues and jobs."""
    for name, number in tenants.items():
        await client.sadd("rq:queues", f"rq:queue:{name}")
        for n in range(number):
            await client.rpush(f"rq:queue:{name}", f"{name}-{n}")
            at = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
            await client.hset(f"rq:job:{name}-{n}", mapping={"enqueued_at": at})
    if held is not None:
        await client.zadd(f"rq:wip:{held}", {f"{held}-x:e": time.time() + 90})
        await client.hset("rq:execution:" + f"{held}-x:e", mapping={"worker_name": "w1"})


async def sidekiq(client: Redis, tenants: dict[str, int], held: str | None = None) -> None:
    """Queues, and a process with a thread at work."""
    for name, number in tenants.items():
        await client.sadd("queues", name)
        for n in range(number):
            job = {"class": "Job", "args": [name, n], "enqueued_at": int(1000 * time.time())}
            await client.lpush(f"queue:{name}", json.dumps(job))
    await client.sadd("processes", "host:1:ab")
    await client.hset("host:1:ab", mapping={"busy": 1, "beat": time.time()})
    await client.expire("host:1:ab", 60)
    if held is not None:
        job = {"class": "Job", "args": [held, 99]}
        told = {"queue": held, "payload": json.dumps(job), "run_at": int(time.time()) - 5}
        await client.hset("host:1:ab:work", mapping={"t1": json.dumps(told)})


async def asynq(client: Redis, tenants: dict[str, int], held: str | None = None) -> None:
    """Queues, and a task under a lease."""
    for name, number in tenants.items():
        await client.sadd("asynq:queues", name)
        for n in range(number):
            await _asynq_task(client, name, f"{name}-{n}")
            await client.lpush(f"asynq:{{{name}}}:pending", f"{name}-{n}")
    if held is not None:
        task = f"{held}-x"
        await _asynq_task(client, held, task)
        await client.lpush(f"asynq:{{{held}}}:active", task)
        await client.zadd(f"asynq:{{{held}}}:lease", {task: time.time() + 30})
        key = "asynq:workers:{host:7:id}"
        started = _number(1, int(time.time()) - 5)
        info = _bytes(1, b"host") + _number(2, 7) + _bytes(4, task.encode()) + _bytes(8, started)
        await client.hset(key, task, info)
        await client.zadd("asynq:workers", {key: time.time() + 10})


async def _asynq_task(client: Redis, queue: str, task: str) -> None:
    message = _bytes(1, b"job") + _bytes(2, json.dumps({"customer": queue}).encode())
    await client.hset(
        f"asynq:{{{queue}}}:t:{task}",
        mapping={"msg": message, "state": "pending", "pending_since": time.time_ns()},
    )


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


LAYOUTS: dict[str, Callable[[Redis, dict[str, int], str | None], Awaitable[None]]] = {
    "agentexec": agentexec,
    "rq": rq,
    "sidekiq": sidekiq,
    "asynq": asynq,
}
