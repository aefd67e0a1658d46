"""Counting by looking twice: what came, what was taken, and since when the next one waits."""

import random
import time

import pytest
from attach.histories import Story
from redis.asyncio import Redis

from queue_fairness.attach.lines import Lines
from queue_fairness.attach.model import Bound
from queue_fairness.attach.reader import Reader
from queue_fairness.server.server import Server


@pytest.mark.parametrize("newest_left", [True, False])
@pytest.mark.parametrize("seed", range(4))
async def test_counts_and_bounds_hold_whatever_happens(
    server: Server, client: Redis, newest_left: bool, seed: int
) -> None:
    rng = random.Random(seed)
    lines = Lines(newest_left=newest_left)
    story = Story(client, b"line", newest_left=newest_left)
    async with server.endpoint.connect("") as opened:
        reader = Reader(opened)
        await story.push(rng.randrange(5))
        for _ in range(60):
            now = time.time()
            ((reading,), _) = await lines.read(reader, [b"line"], now)

            assert reading.depth == len(story.waiting)
            assert reading.arrived <= story.came
            assert reading.taken <= story.gone
            if story.never_emptied:
                assert (reading.arrived, reading.taken) == (story.came, story.gone)
            if reading.depth:
                assert reading.since.at is not None
                # A second: what OBJECT IDLETIME rounds away.
                assert reading.since.at >= story.waiting[0][1] - 1
            story.look()
            await story.push(rng.randrange(4))
            await story.pop(rng.randrange(5))


async def test_line_that_is_put_back_is_counted_as_nothing(server: Server, client: Redis) -> None:
    await client.lpush("line", "a", "b", "c")
    lines = Lines(newest_left=True)
    async with server.endpoint.connect("") as opened:
        reader = Reader(opened)
        await lines.read(reader, [b"line"], 1.0)
        task = await client.rpop("line")
        assert isinstance(task, bytes)
        await client.rpush("line", "retry", task)
        ((reading,), _) = await lines.read(reader, [b"line"], 2.0)

    assert reading.depth == 4
    assert reading.taken == 0


async def test_idle_time_reaches_back_before_the_first_look(server: Server, client: Redis) -> None:
    await client.lpush("line", "a")
    await client.lpush("line", "b")
    begun = time.time()
    deadline = begun + 10
    while await client.object("IDLETIME", "line") < 2 and time.time() < deadline:
        pass
    lines = Lines(newest_left=True)
    async with server.endpoint.connect("") as opened:
        ((reading,), _) = await lines.read(Reader(opened), [b"line"], time.time())

    assert reading.since.bound is Bound.AT_LEAST
    assert reading.since.at == pytest.approx(begun, abs=1.5)
