from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from servers import ENGINES

from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server


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
