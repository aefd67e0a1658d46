"""Whoever listens at an address and is no Redis, or is lost on the way."""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from redis.exceptions import RedisError
from server.refusals import (
    PASSWORD,
    Start,
    free_port,
    opened,
    refusal_of,
    until,
)

from queue_fairness.server.connection import Endpoint
from queue_fairness.server.errors import explain


async def test_plain_redis_behind_a_tls_url_is_explained(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queue_fairness.server.connection.CONNECT_TIMEOUT_S", 0.3)
    port = free_port()
    start(tcp_port=port)

    assert "begin the URL with redis://" in await refusal_of(f"rediss://127.0.0.1:{port}")


async def test_nobody_listening_is_explained() -> None:
    port = free_port()

    for host in ("127.0.0.1", "localhost"):
        assert "nothing listens there" in await refusal_of(f"redis://:{PASSWORD}@{host}:{port}")


async def test_a_missing_socket_is_explained() -> None:
    assert "there is no such socket" in await refusal_of("unix:///no/such/redis.sock")


async def test_an_unknown_host_is_explained() -> None:
    assert "host name is not known" in await refusal_of(f"redis://:{PASSWORD}@no-such-host.invalid")


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server of another kind; gives its port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_web_server_is_explained() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with listening(speak) as port:
        refusal = await refusal_of(f"redis://:{PASSWORD}@127.0.0.1:{port}")

    assert "does not speak the Redis protocol" in refusal


async def test_a_server_that_hangs_up_is_explained() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader, writer

    async with listening(hang_up) as port:
        assert "closes the connection at once" in await refusal_of(f"redis://127.0.0.1:{port}")


async def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_fairness.server.server.ANSWER_TIMEOUT_S", 0.2)

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del writer
        await reader.read()

    async with listening(listen) as port:
        assert "does not answer in time" in await refusal_of(f"redis://127.0.0.1:{port}")


async def test_an_ancient_servers_complaint_does_not_show_the_password() -> None:
    """Before version 6 the answer to HELLO repeats its arguments, and thereby the password."""

    async def complain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(
            b"-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `default`, `"
            + PASSWORD.encode()
            + b"`, \r\n"
        )
        await writer.drain()
        await reader.read()

    async with listening(complain) as port:
        refusal = await refusal_of(f"redis://:{PASSWORD}@127.0.0.1:{port}")

    assert "is too old" in refusal


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make a certificate")
async def test_tls_trouble_is_explained_on_both_sides(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "1"]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del writer
        await reader.read()

    async with listening(listen, context) as port:
        untrusted = await refusal_of(f"rediss://127.0.0.1:{port}")
        plain = await refusal_of(f"redis://127.0.0.1:{port}")

    assert "certificate that is not trusted" in untrusted
    assert "rediss://" in plain


async def test_a_script_whose_reply_is_lost_has_run_once(start: Start) -> None:
    """By default redis-py sends it up to ten times more, in silence."""
    port = free_port()
    url = start(tcp_port=port)
    cut = asyncio.Event()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Passes everything on in both directions, until a reply comes after the cut."""
        from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
        sending = asyncio.create_task(copy(reader, to_server))
        while (reply := await from_server.read(65536)) and not cut.is_set():
            writer.write(reply)
        sending.cancel()
        to_server.close()

    async with listening(relay) as relay_port, Endpoint(url).connect("watcher") as watcher:
        async with Endpoint(f"redis://127.0.0.1:{relay_port}").connect("test") as client:
            await client.ping()
            cut.set()
            with pytest.raises(RedisError) as caught:
                await client.eval("return redis.call('INCR', KEYS[1])", 1, "runs")

        assert await watcher.get("runs") == b"1"

    assert "was lost in mid-run" in str(explain(caught.value, "it"))


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while sent := await reader.read(65536):
        writer.write(sent)


async def test_a_client_has_one_connection_and_a_cancelled_wait_leaves_it_usable(
    start: Start,
) -> None:
    async with opened(start()) as server, server.connect("test") as client:
        waiting = asyncio.ensure_future(client.blpop(["never"], 0))
        async with server.connect("watcher") as watcher:

            async def is_blocked() -> bool:
                return bool((await watcher.info("clients"))["blocked_clients"])

            await until(is_blocked)
        waiting.cancel()
        await asyncio.wait([waiting])

        assert waiting.cancelled()
        assert await client.ping()
        names = [entry["name"] for entry in await client.client_list()]
        assert names.count("test") == 1
