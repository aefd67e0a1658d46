"""The longer way to a server: later by the delay, in order, and gone with its owner."""

import asyncio
import os
import resource
import signal
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from queue_fairness.errors import ServerError
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.network_delay import delayed
from queue_fairness.server.server import Server

DELAY_S = 0.05
AT_ONCE_S = 1e-6
"""As good as no delay, but by way of the proxy."""


def path_of(far: Endpoint) -> Path:
    return Path(unquote(urlsplit(far.url).path))


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
        assert DELAY_S <= time.monotonic() - started < 50 * DELAY_S


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
    assert not path_of(far).parent.exists()


async def test_large_values_arrive_as_they_were(server: Server) -> None:
    value = os.urandom(8_000_000)
    async with delayed(server.endpoint, AT_ONCE_S) as far, far.connect("test") as client:
        await client.set("large", value)

        assert await client.get("large") == value


async def test_half_a_hang_up_is_passed_on_and_cuts_no_reply_off(server: Server) -> None:
    async with delayed(server.endpoint, DELAY_S) as far:
        reader, writer = await asyncio.open_unix_connection(path_of(far))
        writer.write(b"PING\r\n" * 3)
        writer.write_eof()

        async with asyncio.timeout(10):
            assert await reader.read() == b"+PONG\r\n" * 3
        writer.close()


async def test_a_client_that_leaves_is_gone_from_the_server(server: Server) -> None:
    async with (
        delayed(server.endpoint, AT_ONCE_S) as far,
        server.connect("witness") as witness,
    ):
        async with far.connect("test") as client:
            await client.ping()
            assert len(await witness.client_list()) == 2

        async with asyncio.timeout(10):
            while len(await witness.client_list()) > 1:  # noqa: ASYNC110 (another process hangs up)
                await asyncio.sleep(0.01)


async def test_death_of_the_server_breaks_the_connection(own_server: Server) -> None:
    async with delayed(own_server.endpoint, DELAY_S) as far, far.connect("test") as client:
        pid = (await client.info("server"))["process_id"]
        waiting = asyncio.ensure_future(client.blpop(["nothing"]))
        async with own_server.connect("witness") as witness, asyncio.timeout(10):
            while not (await witness.info("clients"))["blocked_clients"]:  # noqa: ASYNC110 (another process blocks)
                await asyncio.sleep(0.01)

        os.kill(pid, signal.SIGKILL)

        async with asyncio.timeout(10):
            with pytest.raises(RedisConnectionError):
                await waiting


async def test_more_clients_than_a_shell_allows_files(server: Server) -> None:
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed[1] != resource.RLIM_INFINITY and allowed[1] < 1024:
        pytest.skip("needs a system that allows 1,024 files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, allowed[1]))
    try:
        way = delayed(server.endpoint, AT_ONCE_S)
        far = await way.__aenter__()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, allowed)
    clients = [far.connect("test") for _ in range(100)]
    try:
        async with asyncio.timeout(30):
            assert all(await asyncio.gather(*(client.ping() for client in clients)))
    finally:
        for client in clients:
            await client.aclose()
        await way.__aexit__(None, None, None)


async def test_tls_is_refused_in_a_sentence() -> None:
    with pytest.raises(ServerError, match="--network-delay cannot stand between TLS"):
        async with delayed(Endpoint("rediss://localhost"), DELAY_S):
            raise AssertionError("there is no such way")


async def test_a_proxy_that_does_not_start_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "queue_fairness.server.network_delay._DELAYER", "queue_fairness.no_such_program"
    )

    with pytest.raises(ServerError, match="the proxy of --network-delay did not start; run"):
        async with delayed(Endpoint("redis://localhost:1"), DELAY_S):
            raise AssertionError("there is no such way")


async def test_a_server_that_is_not_there_breaks_the_connection() -> None:
    async with delayed(Endpoint("unix:///no/such/socket"), DELAY_S) as far:
        client = far.connect("test")
        with pytest.raises(RedisConnectionError):
            await client.ping()
        await client.aclose()


async def test_protocol_is_kept() -> None:
    async with delayed(Endpoint("unix:///no/such/socket?db=2&protocol=2"), DELAY_S) as far:
        assert far.url.endswith("?db=2&protocol=2")


async def test_user_and_database_are_kept() -> None:
    async with delayed(Endpoint("redis://me:p%40ss@localhost:1/3"), DELAY_S) as far:
        assert far.url.startswith("unix://me:p%40ss@/")
        assert far.url.endswith("?db=3")


async def test_proxy_dies_with_its_owner(tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(
        "import asyncio\n"
        "from queue_fairness.server.connection import Endpoint\n"
        "from queue_fairness.server.network_delay import delayed\n"
        "async def main():\n"
        "    async with delayed(Endpoint('redis://localhost:1'), 0.1) as far:\n"
        "        print(far.url, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    owner = await asyncio.create_subprocess_exec(
        sys.executable, script, stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    path = path_of(Endpoint((await owner.stdout.readline()).decode().strip()))
    _, writer = await asyncio.open_unix_connection(path)
    writer.close()

    owner.kill()
    await owner.wait()

    async with asyncio.timeout(10):
        while path.parent.exists():  # noqa: ASYNC110 (another process removes it)
            await asyncio.sleep(0.01)


async def test_nobody_else_can_get_at_the_server_through_the_proxy(server: Server) -> None:
    async with delayed(server.endpoint, AT_ONCE_S) as far:
        folder = path_of(far).parent

        assert folder.stat().st_mode & 0o777 == 0o700
