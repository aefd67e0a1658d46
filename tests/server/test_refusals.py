"""Servers that refuse us, or that cannot be used: each is explained in one sentence."""

import asyncio
import contextlib
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
from queue_fairness.server.server import Server


async def failure_of(server: Server, *command: str) -> str:
    """What the user reads when a command fails in mid-run."""
    async with server.connect("test") as client:
        with pytest.raises(RedisError) as caught:
            await client.execute_command(*command)  # type: ignore[no-untyped-call]
    return str(await server.explain(caught.value))


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
