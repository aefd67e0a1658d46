"""Calls packed by hand do what redis-py's own calls do, also when something goes wrong."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.asyncio.connection import Connection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from strategies.hands import LEASED, assert_nothing_left, claim, queue, tasks

from queue_fairness.server.server import Server
from queue_fairness.strategies.prepared_script import Request, packed


@given(st.lists(st.binary() | st.text(st.characters(codec="utf-8")), min_size=1))
async def test_arguments_are_packed_as_by_redis_py(arguments: list[str | bytes]) -> None:
    by_hand = b"*%d\r\n" % (1 + len(arguments)) + b"".join(map(packed, ["EVALSHA", *arguments]))

    assert by_hand == b"".join(Connection().pack_command("EVALSHA", *arguments))


@pytest.mark.parametrize("name", LEASED)
async def test_server_that_has_forgotten_the_script_is_told_again(client: Redis, name: str) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([3]))
    consumer = strategy.consumer(client)
    first = await claim(consumer)

    await client.script_flush()
    second = await claim(consumer, first)

    assert (first.task.number, second.task.number) == (0, 1)
    assert (await strategy.waiting(client), await strategy.locks_left(client)) == (1, 1)


@pytest.mark.parametrize("name", LEASED)
async def test_first_use_of_a_client_connects_it(server: Server, client: Redis, name: str) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([1]))

    async with server.connect("worker") as fresh:
        consumer = strategy.consumer(fresh)
        await consumer.complete(await claim(consumer))

    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", LEASED)
async def test_broken_connection_is_said_once_and_opened_again(
    server: Server, client: Redis, name: str
) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([2]))
    async with server.connect("worker") as worker:
        consumer = strategy.consumer(worker)
        lease = await claim(consumer)
        await client.client_kill_filter(_id=str(await worker.client_id()))

        with pytest.raises(RedisConnectionError):
            await consumer.next(lease)

        assert await strategy.locks_left(client) == 1, "it was not sent"
        again = await claim(consumer, lease)
        assert again.task.number == 1
        await consumer.complete(again)
    await assert_nothing_left(strategy, client)


async def test_error_of_a_script_leaves_the_connection_in_order(client: Redis) -> None:
    script = client.register_script("if ARGV[2] == '' then return redis.error_reply('no') end")
    request = Request(client, script, ["k"], ["constant"], variables=1)

    with pytest.raises(ResponseError, match="no"):
        await request.call(packed(b""))

    assert await request.call(packed(b"x")) is None
    assert await client.ping()


async def test_cancelled_call_does_not_leave_its_reply_to_the_next(client: Redis) -> None:
    script = client.register_script("return ARGV[1]")
    request = Request(client, script, [], [], variables=1)
    assert await request.call(packed(b"first")) == b"first"

    abandoned = asyncio.create_task(request.call(packed(b"abandoned")))
    await asyncio.sleep(0)
    abandoned.cancel()
    with pytest.raises(asyncio.CancelledError):
        await abandoned

    assert await request.call(packed(b"next")) == b"next"
