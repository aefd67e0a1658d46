"""What holds for all tests, in whichever process they run."""

import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from servers import ENGINES

from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server

STOPPING = (signal.SIGINT, signal.SIGHUP)


def pytest_configure() -> None:
    """Let the programs under test hear the signals that `nohup` and a shell's `&` ignore.

    They inherit what is ignored, and would live on after a signal that is to end them. One that is
    handled, even by doing nothing, is back at its default in them.
    """
    for number in STOPPING:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _do_nothing)


def _do_nothing(*_: object) -> None:
    pass


@pytest_asyncio.fixture(params=ENGINES, scope="session", loop_scope="session")
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """A real server of each engine, one for all tests: to start one takes longer than most."""
    async with open_server(ServerChoice(redis_server=request.param)) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def client(server: Server) -> AsyncIterator[Redis]:
    """A connection to an empty server."""
    async with server.connect("control") as opened:
        yield opened
        await opened.config_set("maxmemory", 0)
        await opened.flushall()
