"""The one door: nothing that writes passes it, and what is refused is not asked again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness.attach.reader import ALLOWED, NotAReadingCommandError, Reader
from queue_fairness.server.server import Server


def _run(client: Redis, *words: str) -> Awaitable[Any]:
    run: Callable[..., Awaitable[Any]] = client.execute_command
    return run(*words)


@pytest.fixture
async def reader(server: Server) -> AsyncIterator[Reader]:
    async with server.endpoint.connect("") as opened:
        yield Reader(opened, keeps_idle_times=True)


async def test_no_allowed_command_is_one_of_the_servers_writing_ones(client: Redis) -> None:
    info = await client.info("server")
    assert str(info["redis_version"]) >= "7"
    writing = {
        each.decode() for each in await _run(client, "COMMAND LIST", "FILTERBY", "ACLCAT", "write")
    }

    assert len(writing) > 80
    assert not ALLOWED & writing
    assert not {each.partition("|")[0] for each in ALLOWED} & writing


@pytest.mark.parametrize(
    "command",
    [("SET", "a", "b"), ("EVAL", "return 1", 0), ("KEYS", "*"), ("CLIENT", "KILL"), ("OBJECT",)],
    ids=lambda each: each[0],
)
async def test_other_commands_are_refused_before_anything_is_sent(
    reader: Reader, command: tuple[str, ...]
) -> None:
    with pytest.raises(NotAReadingCommandError):
        await reader.ask([("GET", "a"), (*command, "x")])

    assert reader.cost.commands == 0


async def test_many_answers_come_in_order_and_in_chunks(reader: Reader, client: Redis) -> None:
    await client.mset({f"k{n}": n for n in range(1200)})

    answers = await reader.ask([("GET", f"k{n}") for n in range(1200)])

    assert answers == [str(n).encode() for n in range(1200)]
    assert reader.trips == 3


async def test_what_is_refused_is_asked_once(server: Server, client: Redis) -> None:
    await _run(client, "ACL", "SETUSER", "lesser", "on", ">for-lesser", "%R~a*", "+get", "+select")
    url = server.endpoint.url.replace("unix://", "unix://lesser:for-lesser@")
    await _run(client, "ACL", "LOG", "RESET")
    async with type(server.endpoint)(url).connect("") as opened:
        lesser = Reader(opened)
        for _ in range(3):
            answers = await lesser.ask([("LLEN", "a1"), ("GET", "b1"), ("GET", "a1")])

    assert isinstance(answers[0], Exception)
    assert isinstance(answers[1], Exception)
    assert answers[2] is None
    log = await _run(client, "ACL", "LOG")
    assert [entry[b"count"] for entry in map(_entry, log)] == [1] * len(log)
    await _run(client, "ACL", "DELUSER", "lesser")


def _entry(entry: object) -> dict[bytes, object]:
    assert isinstance(entry, dict | list)
    return entry if isinstance(entry, dict) else dict(zip(entry[::2], entry[1::2], strict=True))


async def test_lost_connection_is_opened_again(reader: Reader, client: Redis) -> None:
    assert await reader.one("PING") == b"PONG"
    await _run(client, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    with contextlib.suppress(RedisError, OSError):
        await reader.one("PING")  # on the connection that was closed under it

    assert await reader.one("PING") == b"PONG"


@pytest.mark.engines("bundled")
async def test_reading_leaves_idle_times_as_they_were(reader: Reader, client: Redis) -> None:
    await client.lpush("line", "task")
    await asyncio.sleep(2.1)

    await reader.ask([("LLEN", "line"), ("LINDEX", "line", -1)])

    assert await client.object("IDLETIME", "line") >= 2
