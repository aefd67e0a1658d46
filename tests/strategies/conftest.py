from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from servers import ENGINES

from queue_fairness_core.server.choice import ServerChoice
from queue_fairness_core.server.opening import Server, open_server


@pytest.fixture(params=ENGINES)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """A real server of each engine, ours for one test."""
    async with open_server(ServerChoice(redis_server=request.param)) as opened:
        yield opened


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Redis]:
    async with server.connect("control") as opened:
        yield opened
