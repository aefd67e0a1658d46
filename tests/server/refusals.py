"""What the tests of refusals share: servers of any settings, and what is said of them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from queue_fairness.errors import ServerError
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server

PASSWORD = "hunter2"


Start = Callable[..., str]


def accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await condition():  # noqa: ASYNC110 (what is awaited lies in another process)
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Server]:
    async with open_server(ServerChoice(redis_url=url)) as server:
        yield server


async def refusal_of(url: str) -> str:
    """What the user reads when the server is opened."""
    with pytest.raises(ServerError) as caught:
        async with opened(url):
            raise AssertionError("it must be refused")
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
