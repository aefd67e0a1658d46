"""Servers that cannot be measured, or stop working: every sentence, from a real server's mouth."""

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from queue_fairness.errors import ServerError
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.errors import explain
from queue_fairness.server.programs import bundled_program
from queue_fairness.server.server import Server, open_server

PASSWORD = "hunter2"

PROGRAMS = [
    pytest.param(str(bundled_program() or ""), id="bundled"),
    pytest.param(
        shutil.which("redis-server") or "",
        id="on-path",
        marks=pytest.mark.skipif(not shutil.which("redis-server"), reason="none on PATH"),
    ),
]

Start = Callable[..., str]


@pytest.fixture(params=PROGRAMS)
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts a server of the user's own with the given options; gives its URL (a socket)."""
    folder = Path("/tmp", f"t-{os.urandom(4).hex()}")
    folder.mkdir()
    running: list[subprocess.Popen[bytes]] = []

    def start_server(*options: str, tcp_port: int = 0, settings: Sequence[str] = ()) -> str:
        path = folder / str(len(running))
        command = [str(request.param), *settings, "--unixsocket", str(path), "--dir", str(folder)]
        command += ["--save", "", "--port", str(tcp_port), *options]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        deadline = time.monotonic() + 5
        while not accepts(path):
            assert running[-1].poll() is None, f"no server with {options}"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        return f"unix://{path}"

    yield start_server
    for server in running:
        server.kill()
        server.wait()
    shutil.rmtree(folder)


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


async def failure_of(server: Server, *command: str) -> str:
    """What the user reads when a command fails in mid-run."""
    async with server.connect("test") as client:
        with pytest.raises(RedisError) as caught:
            await client.execute_command(*command)  # type: ignore[no-untyped-call]
    return str(await server.explain(caught.value))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_usable_server_by_url_is_opened_and_not_ours(start: Start) -> None:
    url = start("--requirepass", PASSWORD) + f"?password={PASSWORD}&db=3"

    async with opened(url) as server, server.connect("test") as client:
        assert (await client.client_info())["db"] == 3
        assert not server.is_ours
        assert server.death is None
        assert str(server.info.origin).startswith("URL unix:///tmp/")
        assert PASSWORD not in f"{server.info} {server.endpoint!r} {client!r}"


async def test_it_is_opened_by_tcp_too(start: Start) -> None:
    port = free_port()
    start(tcp_port=port)

    async with opened(f"redis://127.0.0.1:{port}/1") as server, server.connect("test") as client:
        assert (await client.client_info())["db"] == 1
        assert str(server.info.origin) == f"URL redis://127.0.0.1:{port}/1"


async def test_a_missing_password_is_explained(start: Start) -> None:
    port = free_port()
    by_socket = await refusal_of(start("--requirepass", "right", tcp_port=port))
    by_tcp = await refusal_of(f"redis://127.0.0.1:{port}")

    assert "asks for a password; put it into the URL: unix://:PASSWORD@/" in by_socket
    assert "asks for a password; put it into the URL: redis://:PASSWORD@host" in by_tcp


async def test_a_wrong_password_is_explained_without_it(start: Start) -> None:
    url = start("--requirepass", "right") + f"?password={PASSWORD}"

    assert "refuses the user name or password" in await refusal_of(url)


async def test_a_needless_password_is_explained(start: Start) -> None:
    """Only the older protocol complains about it."""
    url = start() + f"?password={PASSWORD}&protocol=2"

    assert "has no password, but" in await refusal_of(url)


async def test_an_unknown_user_is_explained(start: Start) -> None:
    url = start() + f"?username=nobody&password={PASSWORD}"

    assert "refuses the user name or password" in await refusal_of(url)


@pytest.mark.parametrize("rights", ["-eval", "-client", "-info", "-@dangerous"])
async def test_a_user_without_conveniences_is_let_in(start: Start, rights: str) -> None:
    url = start("--user", "app", "on", f">{PASSWORD}", "~*", "+@all", rights)

    async with opened(url + f"?username=app&password={PASSWORD}") as server:
        assert await server.explain(RedisError("x"))


async def test_a_user_without_rights_is_explained_in_mid_run(start: Start) -> None:
    url = start("--user", "app", "on", f">{PASSWORD}", "~*", "+@all", "-get")

    async with opened(url + f"?username=app&password={PASSWORD}") as server:
        assert "does not let this user run GET" in await failure_of(server, "GET", "qf:{1}:x")
        by_script = await failure_of(server, "EVAL", "return redis.call('GET', 'x')", "0")
    assert "queue-fairness-tui acl" in by_script


async def test_a_user_without_rights_to_the_keys_is_explained(start: Start) -> None:
    url = start("--user", "app", "on", f">{PASSWORD}", "~other:*", "+@all")

    async with opened(url + f"?username=app&password={PASSWORD}") as server:
        assert "touch these keys" in await failure_of(server, "GET", "qf:{1}:x")


async def test_a_full_server_is_explained(start: Start) -> None:
    url = start("--maxmemory", "1mb", "--maxmemory-policy", "noeviction")
    async with opened(url) as server, server.connect("test") as client:
        with contextlib.suppress(RedisError):
            for number in range(1000):
                await client.set(f"key{number}", b"x" * 10_000)
        # While this connection takes its part of the memory.
        assert "is out of memory" in await failure_of(server, "SET", "key", "value")


async def test_a_server_that_cannot_save_is_explained(start: Start, tmp_path: Path) -> None:
    url = start("--save", "3600 1", "--dir", str(tmp_path))

    async with opened(url) as server:
        (tmp_path / "dump.rdb").mkdir()
        async with server.connect("test") as client:
            await client.set("key", "value")
            await client.bgsave()

            async def failed() -> bool:
                return bool((await client.info("persistence"))["rdb_last_bgsave_status"] == "err")

            await until(failed)
        assert "refuses writes because it cannot save" in await failure_of(server, "SET", "k", "v")


async def test_a_loading_server_is_explained(start: Start, tmp_path: Path) -> None:
    first = start("--dir", str(tmp_path))
    async with Endpoint(first).connect("test") as client:
        await client.mset({f"key{number}": "value" for number in range(3000)})
        await client.save()

    second = start(
        "--dir",
        str(tmp_path),
        "--key-load-delay",
        "2000",
        "--loading-process-events-interval-bytes",
        "1024",
    )

    assert "is still loading its data" in await refusal_of(second)


async def test_a_replica_is_refused_up_front(start: Start) -> None:
    refusal = await refusal_of(start("--replicaof", "127.0.0.1 1"))

    assert "is a read-only replica; point --redis-url to its primary (127.0.0.1:1)" in refusal


async def test_a_server_that_becomes_a_replica_is_explained(start: Start) -> None:
    async with opened(start()) as server:
        async with server.connect("test") as client:
            await client.replicaof("127.0.0.1", "1")
        assert "is a read-only replica" in await failure_of(server, "SET", "key", "value")


async def test_a_cluster_node_is_refused(start: Start) -> None:
    url = start(
        "--cluster-enabled", "yes", "--cluster-port", str(free_port()), tcp_port=free_port()
    )

    assert "this version measures a single node" in await refusal_of(url)


async def test_a_cluster_nodes_answer_is_explained(start: Start) -> None:
    url = start(
        "--cluster-enabled", "yes", "--cluster-port", str(free_port()), tcp_port=free_port()
    )

    async with Endpoint(url).connect("test") as client:
        with pytest.raises(RedisError) as caught:
            await client.get("key")

    assert "is a node of a cluster" in str(explain(caught.value, "it"))


async def test_a_sentinel_is_refused(start: Start, tmp_path: Path) -> None:
    settings = tmp_path / "sentinel.conf"
    settings.touch()

    url = start("--sentinel", settings=[str(settings)])

    assert "is a Sentinel" in await refusal_of(url)


async def test_disabled_scripts_are_explained(start: Start) -> None:
    async with opened(start("--rename-command", "EVALSHA", "")) as server:
        assert "has scripts disabled" in await failure_of(server, "EVALSHA", "0" * 40, "0")


async def test_a_database_that_does_not_exist_is_explained(start: Start) -> None:
    assert "has no database of this number" in await refusal_of(start() + "?db=16")


async def test_too_many_clients_are_explained(start: Start) -> None:
    url = start()

    async with Endpoint(url).connect("first") as client:
        await client.config_set("maxclients", "1")
        assert "maxclients" in await refusal_of(url)


async def test_plain_redis_behind_a_tls_url_is_explained(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queue_fairness.server.connection.CONNECT_TIMEOUT_S", 0.3)
    port = free_port()
    start(tcp_port=port)

    assert "begin the URL with redis://" in await refusal_of(f"rediss://127.0.0.1:{port}")


async def test_a_server_that_goes_away_in_mid_run_is_explained(start: Start) -> None:
    async with opened(start()) as server, server.connect("test") as client:
        await client.ping()
        async with server.connect("killer") as killer:
            await killer.client_kill_filter(_id=str(await client.client_id()))

        with pytest.raises(RedisError) as caught:
            await client.ping()

        assert "was lost in mid-run" in str(await server.explain(caught.value))


async def test_a_failure_inside_a_task_group_is_explained(start: Start) -> None:
    async with opened(start()) as server:

        async def fail() -> None:
            async with server.connect("test") as client:
                await client.execute_command("NO-SUCH-COMMAND", PASSWORD)  # type: ignore[no-untyped-call]

        with pytest.raises(ExceptionGroup) as caught:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())

        told = str(await server.explain(caught.value))
        assert "refuses a command: unknown command 'NO-SUCH-COMMAND'" in told
        assert PASSWORD not in told


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
