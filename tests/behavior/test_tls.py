"""Runs over TLS: certificates are read once, and connecting is no part of what is measured."""

import asyncio
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import RedisSSLContext, SSLConnection
from redis.exceptions import ConnectionError as RedisConnectionError

from queue_fairness.engine.session import Session
from queue_fairness.engine.worker_pool import Pool
from queue_fairness.errors import ServerError
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.server import open_server

needs_tls = pytest.mark.skipif(
    not (shutil.which("redis-server") and shutil.which("openssl")),
    reason="no redis-server on PATH to speak TLS, or no openssl to make certificates",
)
NO_TLS = ("Bad directive", "TLS")
START_S = 10.0


def _make_certificates(folder: Path) -> None:
    """A CA of our own, and a certificate by it for localhost."""
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names"]
    (folder / "names").write_text("subjectAltName=DNS:localhost")
    for command in (
        [*new, "-x509", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test"],
        [*new, "-keyout", "it.key", "-out", "it.csr", "-subj", "/CN=localhost"],
        ["openssl", "x509", "-req", "-in", "it.csr", "-out", "it.pem", *signed],
    ):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
async def tls_url(tmp_path: Path) -> AsyncIterator[str]:
    """A real Redis that speaks TLS and nothing else, and asks clients for a certificate too."""
    await asyncio.to_thread(_make_certificates, tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "bind": "127.0.0.1",
        "port": "0",
        "tls-port": str(port),
        "tls-cert-file": "it.pem",
        "tls-key-file": "it.key",
        "tls-ca-cert-file": "ca.pem",
        "tls-auth-clients": "yes",
        "save": "",
        "dir": str(tmp_path),
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    server = await asyncio.create_subprocess_exec(
        *("redis-server", *words), cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    names = {"ca_certs": "ca.pem", "certfile": "it.pem", "keyfile": "it.key"}
    query = "&".join(f"ssl_{name}={tmp_path / file}" for name, file in names.items())
    url = f"rediss://localhost:{port}/0?{query}"
    try:
        await _until_it_answers(server, url)
        yield url
    finally:
        if server.returncode is None:
            server.kill()
        await server.communicate()


async def _until_it_answers(server: asyncio.subprocess.Process, url: str) -> None:
    async with asyncio.timeout(START_S):
        while True:
            try:
                async with Redis.from_url(url) as client:
                    await client.ping()
                return
            except RedisConnectionError:
                await asyncio.sleep(0.05)
            if server.returncode is not None:
                said = (await server.communicate())[0].decode()
                assert all(word in said for word in NO_TLS), said
                pytest.skip("this redis-server was built without TLS")


@needs_tls
async def test_many_workers_share_one_context_and_connect_before_the_clock(
    tls_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts: list[ssl.SSLContext] = []
    connected_at: dict[str | None, float] = {}
    pools: list[Pool] = []
    make, connect, run_pool = ssl.create_default_context, SSLConnection._connect, Pool.run

    def counted(*arguments: Any, **options: Any) -> ssl.SSLContext:
        contexts.append(make(*arguments, **options))
        return contexts[-1]

    async def timed(self: SSLConnection) -> None:
        await connect(self)  # type: ignore[no-untyped-call]  # redis-py's
        # A pipeline takes a second connection: who looks at the end whether all is done uses one.
        now = pools[-1]._parts.clock.now() if pools else 0.0
        connected_at.setdefault(self.client_name, now)

    async def noted(self: Pool) -> None:
        pools.append(self)
        await run_pool(self)

    monkeypatch.setattr(ssl, "create_default_context", counted)
    monkeypatch.setattr(SSLConnection, "_connect", timed)
    monkeypatch.setattr(Pool, "run", noted)
    plan = Plan(partitions=100, workers=64, strategy="round-robin")

    async with Session(ServerChoice(redis_url=tls_url)) as session:
        run = await session.start(plan)
        await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.DRAINED, final.failure
    assert len(contexts) == 1
    assert len(connected_at) >= 64 + len(("opening", "control", "generator", "pulse", "reaper"))
    late = {name for name, at in connected_at.items() if at}
    assert not late, "they connected after the clock had started"


@needs_tls
async def test_worker_that_joins_is_connected_before_it_counts(tls_url: str) -> None:
    async with Session(ServerChoice(redis_url=tls_url)) as session:
        run = await session.start(
            Plan(load=0.5, duration=3, workers=2, crash_at=0.2, crash_return=0.2)
        )
        await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.ENDED, final.failure
    crashed, back = (mark.text.split() for mark in final.timeline.marks)
    assert back == [*crashed[:2], "is", "back"]
    assert final.workers_at_work == 2


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?ssl_cert_reqs=none",
        "?ssl_cert_reqs=optional&ssl_check_hostname=false",
        "?ssl_check_hostname=False&ssl_ca_certs=/ca.pem&ssl_ca_path=/certs",
        "?ssl_certfile=/me.pem&ssl_keyfile=/me.key&ssl_password=secret",
    ],
)
async def test_options_mean_what_they_mean_to_redis_py(query: str) -> None:
    url = f"rediss://localhost:1/0{query}"
    endpoint = Endpoint(url)

    expected = _context_of(Redis.from_url(url))
    found = _context_of(endpoint.connect("one"))

    assert found is not expected
    assert _context_of(endpoint.connect("other")) is found
    options = [name for name in RedisSSLContext.__slots__ if name != "context"]
    assert "certfile" in options
    for each in options:
        assert getattr(found, each) == getattr(expected, each), each


def _context_of(client: Redis) -> RedisSSLContext:
    """What a connection of this client, not yet made, would read its certificates by."""
    connection: SSLConnection = client.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py's
    return connection.ssl_context


@needs_tls
async def test_a_server_that_wants_a_certificate_of_ours_says_so(tls_url: str) -> None:
    without = re.sub("&ssl_(certfile|keyfile)=[^&]*", "", tls_url)

    with pytest.raises(ServerError) as caught:
        async with open_server(ServerChoice(redis_url=without)):
            raise AssertionError("it must be refused")

    assert "certificate of yours" in str(caught.value)
    assert "ssl_certfile=FILE" in str(caught.value)
