"""A task that failed goes back into a user's queue by the methods that it has: push, complete."""

import asyncio
import secrets

import pytest
from custom.broken import Faulty, InMemory
from redis.asyncio import Redis
from servers import until

from queue_fairness.errors import QueueError
from queue_fairness.server.server import Server
from queue_fairness.strategies import Consumer, Lease, Strategy, Task
from queue_fairness.strategies.custom import find_strategy, opened


def _queue(name: str) -> Strategy:
    # Those in memory tell runs apart by the prefix.
    return find_strategy(name)(f"qf:{{{secrets.token_hex(4)}}}", ["p0", "p1"], workers=2)


async def _claim(consumer: Consumer, done: Lease | None = None) -> Lease:
    lease = (await consumer.next(done)).lease
    assert lease is not None
    return lease


@pytest.mark.parametrize("at_head", [True, False], ids=["head", "tail"])
async def test_failed_task_is_pushed_again_and_its_lease_completed(
    server: Server, client: Redis, at_head: bool
) -> None:
    strategy = _queue("custom.example_queue:NewestFirst")
    async with opened(strategy, server.endpoint.url, 2):
        await strategy.push(client, [Task(0, 0), Task(1, 1)])
        consumer = strategy.consumer(client)
        failed = await _claim(consumer)
        assert await strategy.waiting(client) == 1

        assert await consumer.retry(failed, at_head=at_head)

        assert await strategy.waiting(client) == 2
        assert await client.exists(f"{strategy.prefix}:in-hand") == 0
        again = await _claim(consumer)
        assert again.task == failed.task == Task(1, 1), "the queue has its own idea of where"
        assert (await _claim(consumer, again)).task == Task(0, 0)
        assert await strategy.waiting(client) == 0


async def test_failed_task_may_be_popped_by_another_before_its_push_returns(
    server: Server, client: Redis
) -> None:
    strategy = _queue("custom.broken:Hesitant")
    async with opened(strategy, server.endpoint.url, 2):
        await strategy.push(client, [Task(0, 0)])
        first, second = strategy.consumer(client), strategy.consumer(client)
        failed = await _claim(first)

        retrying = asyncio.create_task(first.retry(failed, at_head=True))
        await until(lambda: len(InMemory.runs[strategy.prefix]) > 0)
        lease = await _claim(second)
        assert not retrying.done()
        await retrying

        assert lease.task == Task(0, 0)
        assert await strategy.waiting(client) == 0


async def test_push_that_raises_leaves_nothing_owed(server: Server, client: Redis) -> None:
    strategy = _queue("custom.broken:Faulty")
    Faulty.method, Faulty.fault = "push", "raise_error"
    async with opened(strategy, server.endpoint.url, 2):
        await strategy.push(client, [Task(0, number) for number in range(5)])
        consumer = strategy.consumer(client)
        failed = await _claim(consumer)

        with pytest.raises(QueueError, match=r"push\(\) raised ValueError"):
            await consumer.retry(failed, at_head=False)

        assert await strategy.waiting(client) == 4
