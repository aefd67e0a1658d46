"""The longer way to a server: later by the delay, in order, and gone with its owner."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from servers import ENGINES

from queue_fairness_core.errors import ServerError
from queue_fairness_core.server.choice import ServerChoice
from queue_fairness_core.server.connection import Endpoint
from queue_fairness_core.server.delay import delayed
from queue_fairness_core.server.foreign import ForeignKeys
from queue_fairness_core.server.opening import Server, open_server

DELAY_S = 0.05


@pytest.fixture(params=ENGINES)
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    async with open_server(ServerChoice(redis_server=request.param)) as opened:
        yield opened


async def test_round_trip_takes_the_delay_longer(server: Server) -> None:
    async with delayed(server.endpoint, DELAY_S) as far, far.connect("test") as client:
        await client.ping()
        started = time.monotonic()
        await client.ping()

        assert time.monotonic() - started >= DELAY_S


async def test_delay_is_a_latency_and_no_limit_to_the_rate(server: Server) -> None:
    async with delayed(server.endpoint, DELAY_S) as far, far.connect("test") as client:
        await client.ping()
        pipe = client.pipeline(transaction=False)
        for number in range(1000):
            pipe.rpush("list", number)
        started = time.monotonic()
        lengths = await pipe.execute()

        assert lengths == list(range(1, 1001))
        assert DELAY_S <= time.monotonic() - started < 100 * DELAY_S


async def test_no_delay_is_the_direct_way(server: Server) -> None:
    async with delayed(server.endpoint, 0) as far:
        assert far is server.endpoint


async def test_end_of_the_block_is_the_end_of_the_way(server: Server) -> None:
    async with delayed(server.endpoint, DELAY_S) as far:
        client = far.connect("test")
        await client.ping()

    with pytest.raises(RedisConnectionError):
        await client.ping()
    await client.aclose()


async def test_tls_is_refused_in_a_sentence() -> None:
    with pytest.raises(ServerError, match="--network-delay cannot stand between TLS"):
        async with delayed(Endpoint("rediss://localhost"), DELAY_S):
            raise AssertionError("there is no such way")


async def test_user_and_database_are_kept() -> None:
    async with delayed(Endpoint("redis://me:p%40ss@localhost:1/3"), DELAY_S) as far:
        assert far.url.startswith("redis://me:p%40ss@127.0.0.1:")
        assert far.url.endswith("/3")


async def test_proxy_dies_with_its_owner(tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(
        "import asyncio\n"
        "from queue_fairness_core.server.connection import Endpoint\n"
        "from queue_fairness_core.server.delay import delayed\n"
        "async def main():\n"
        "    async with delayed(Endpoint('redis://localhost:1'), 0.1) as far:\n"
        "        print(far.url.split(':')[-1].split('/')[0], flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    owner = await asyncio.create_subprocess_exec(
        sys.executable, script, stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    port = int(await owner.stdout.readline())
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()

    owner.kill()
    await owner.wait()

    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                break
            writer.close()
            await asyncio.sleep(0.01)


async def test_foreign_keys_are_added_in_several_goes(server: Server) -> None:
    foreign = ForeignKeys("qf-foreign:{1}")
    async with server.connect("test") as client:
        await foreign.add(client, 2500)
        await foreign.add(client, 7)

        assert await client.dbsize() == foreign.added == 2507
        assert await client.keys("qf:*") == []
