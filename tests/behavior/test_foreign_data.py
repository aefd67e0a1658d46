"""Somebody writes to a run's keys: one sentence, status 1, and what was measured is shown."""

import asyncio
from collections.abc import Callable

import pytest
from faces import assert_all_harmless
from redis.asyncio.client import Pipeline
from runs import engine_of
from servers import on_each_engine, until

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.server import Server
from queue_fairness.strategies import STRATEGIES

pytestmark = [on_each_engine, pytest.mark.sample(3)]

GARBAGE = b"\x1b[31mgarbage\xff"


EXPLAINED = (
    "has data in this run's keys that is not the run's",
    "see whether another program writes to this run's keys",
    "somebody removed keys of this run",
)
"""Not the words of Redis: whoever reads them has not written to these keys."""
Deed = Callable[[Pipeline, bytes, str], object]


def _spoil(pipe: Pipeline, key: bytes, kind: str) -> None:
    """Put what nobody understands where a worker will find it first."""
    match kind:
        case "list":
            pipe.lpush(key, GARBAGE)
            pipe.rpush(key, GARBAGE)
        case "zset":
            pipe.zadd(key, {GARBAGE: -1.0})
        case "hash":
            pipe.hset(key, "garbage", GARBAGE)
        case "stream":
            pipe.xadd(key, {GARBAGE: GARBAGE})
        case "set":
            pipe.sadd(key, GARBAGE)
        case _:
            pipe.set(key, GARBAGE)


def _retype(pipe: Pipeline, key: bytes, kind: str) -> None:
    """Make it a key of another type."""
    pipe.delete(key)
    if kind == "hash":
        pipe.set(key, GARBAGE)
    else:
        pipe.hset(key, "garbage", GARBAGE)


def _remove(pipe: Pipeline, key: bytes, _kind: str) -> None:
    pipe.delete(key)


def _text(answer: bytes | str) -> str:
    return answer.decode() if isinstance(answer, bytes) else answer


async def _run_with(session: Session, server: Server, strategy: str, deed: Deed) -> Snapshot:
    plan = Plan(
        partitions=20, tasks_per_partition=10, workers=4, work_duration=0.01, strategy=strategy
    )
    run = await session.start(plan)
    await until(lambda: run.snapshot().completed >= 10)
    prefix = engine_of(run).parts.keys.prefix
    async with server.connect("stranger") as client:
        found = [bytes(each) for each in await client.keys(f"{prefix}:*")]  # type: ignore[arg-type]
        kinds = [_text(await client.type(each)) for each in found]
        # All at once: a key that is written after the run has ended would be left.
        async with client.pipeline() as pipe:
            for key, kind in zip(found, kinds, strict=True):
                deed(pipe, key, kind)
            await pipe.execute()
    async with asyncio.timeout(60):
        await session.wait()
    return run.snapshot()


@pytest.mark.parametrize("deed", [_spoil, _retype, _remove])
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_strange_data_in_our_keys(
    session: Session, server: Server, strategy: str, deed: Deed
) -> None:
    final = await _run_with(session, server, strategy, deed)

    assert_all_harmless(final)
    assert final.completed >= 10, "what was measured is kept"
    if final.phase is not Phase.FAILED:
        # Nothing was in the way of what was measured.
        assert final.phase is Phase.DRAINED
        assert final.left == 0
    else:
        assert final.failure
        assert any(words in final.failure for words in EXPLAINED), final.failure
