"""Keys that are none of the queue's: as many as asked for, and gone with their run."""

import asyncio
import json
import signal
import sys

import pytest
from redis.asyncio import Redis

from queue_fairness.errors import ServerError
from queue_fairness.server.cleanup import remove_keys
from queue_fairness.server.foreign_keys import PER_COMMAND, ForeignKeys
from queue_fairness.server.server import Server

QUEUE, FOREIGN = "qf:{1a2b3c4d}", "qf-foreign:{1a2b3c4d}"


async def test_as_many_as_asked_for_in_several_goes(client: Redis) -> None:
    foreign = ForeignKeys(FOREIGN)

    for count in (0, 1, PER_COMMAND, 5 * PER_COMMAND + 7):
        before = foreign.added
        await foreign.add(client, count)
        assert await client.dbsize() == foreign.added == before + count


async def test_keys_of_others_are_not_pushed_out(client: Redis) -> None:
    await client.set("theirs", "x")
    await client.config_set("maxmemory-policy", "allkeys-lru")
    await ForeignKeys(FOREIGN).add(client, 10)
    await client.config_set("maxmemory", "100mb")

    with pytest.raises(ServerError, match="maxmemory-policy is allkeys-lru: use one without"):
        await ForeignKeys(FOREIGN).add(client, 10)

    assert await client.dbsize() == 11
    await ForeignKeys(FOREIGN).add(client, 0)


async def test_goes_at_the_same_time_do_not_take_each_others_names(server: Server) -> None:
    foreign = ForeignKeys(FOREIGN)
    async with server.connect("one") as one, server.connect("two") as two:
        await asyncio.gather(foreign.add(one, 5_001), foreign.add(two, 3_002))

        assert await one.dbsize() == foreign.added == 8_003


async def test_the_queue_does_not_find_them(client: Redis) -> None:
    await ForeignKeys(FOREIGN).add(client, 100)

    assert await client.keys(f"{QUEUE}*") == []
    assert await remove_keys(client, QUEUE) == 0
    assert await remove_keys(client, FOREIGN) == 100


async def test_adding_ends_when_no_more_are_wanted(client: Redis) -> None:
    foreign = ForeignKeys(FOREIGN)
    answers = iter([True, True, False])

    await foreign.add(client, 10_000_000, lambda: next(answers))

    assert await client.dbsize() == foreign.added == 2 * PER_COMMAND


PROGRAM = """
import asyncio, json, sys
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.foreign_keys import ForeignKeys
from queue_fairness.server.key_guard import guard_keys

async def main():
    endpoint, queue, foreign = Endpoint(sys.argv[1]), sys.argv[2], ForeignKeys(sys.argv[3])
    async with (
        guard_keys(endpoint, [queue, foreign.prefix]),
        endpoint.connect("program") as client,
    ):
        await client.rpush(f"{queue}:ready", "task")
        await foreign.add(client, 20_000)
        print(json.dumps(foreign.added), flush=True)
        await foreign.add(client, 10_000_000)

asyncio.run(main())
"""


async def test_a_killed_programs_keys_are_gone_of_both_kinds_and_no_other(
    server: Server, client: Redis
) -> None:
    others = {"other", FOREIGN, f"{FOREIGN}x:1", "qf-foreign:{1a2b3c4e}:1", "qf:{1a2b3c4e}:ready"}
    await client.mset(dict.fromkeys(others, "value"))
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, server.endpoint.url, QUEUE, FOREIGN),
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    assert json.loads(await program.stdout.readline()) == 20_000

    program.send_signal(signal.SIGKILL)
    await program.wait()

    async with asyncio.timeout(30):
        while await client.dbsize() > len(others):  # noqa: ASYNC110 (another process sweeps)
            await asyncio.sleep(0.01)
    assert set(await client.keys("*")) == {each.encode() for each in others}
