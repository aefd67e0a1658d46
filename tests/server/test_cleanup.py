"""A run's keys are removed, and no other key, by the program or by its guard after its death."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from queue_fairness.server.cleanup import remove_keys
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.key_guard import guard_keys
from queue_fairness.server.server import Server

PREFIX = "qf:{1a2b3c4d}"
OURS = [f"{PREFIX}:ready", f"{PREFIX}:tasks:0", f"{PREFIX}:", f"{PREFIX}:a*[b]\n"]
FOREIGN = [
    "qf:",
    "qf:{1a2b3c4d",
    PREFIX,
    f"{PREFIX}x",
    f"{PREFIX}x:ready",
    f"x{PREFIX}:ready",
    "qf:{1a2b3c4}:ready",
    "QF:{1A2B3C4D}:ready",
    "other",
]

ENGINES = [
    pytest.param("bundled", id="bundled"),
    pytest.param(
        "redis-server",
        id="on-path",
        marks=pytest.mark.skipif(not shutil.which("redis-server"), reason="none on PATH"),
    ),
]


async def names(client: Redis) -> set[str]:
    return {key.decode() for key in await client.keys("*") if isinstance(key, bytes)}


async def test_only_keys_with_prefix_and_colon_are_removed(client: Redis) -> None:
    await client.mset(dict.fromkeys(OURS + FOREIGN, "value"))

    assert await remove_keys(client, PREFIX) == len(OURS)
    assert await names(client) == set(FOREIGN)
    assert await remove_keys(client, PREFIX) == 0


@pytest.mark.parametrize("prefix", ["a*", "a?", "a[bc]", "a[^b]", "a\\", "a[b-d]", "a[", "ä", "*"])
async def test_a_prefix_is_taken_literally(client: Redis, prefix: str) -> None:
    looks_alike = {"ab:x", "ac:x", "a:x", "abc:x", "aa:x", "a\\\\:x", "b:x"} - {f"{prefix}:x"}
    await client.mset(dict.fromkeys([f"{prefix}:x", *looks_alike], "value"))

    assert await remove_keys(client, prefix) == 1
    assert await names(client) == looks_alike


async def test_thousands_of_keys_of_all_kinds_are_removed(client: Redis) -> None:
    await client.mset({f"{PREFIX}:{number}": "value" for number in range(12_345)})
    await client.rpush(f"{PREFIX}:list", *range(1000))
    await client.zadd(f"{PREFIX}:zset", {"member": 1})
    await client.mset({f"other:{number}": "value" for number in range(1000)})

    assert await remove_keys(client, PREFIX) == 12_347
    assert await client.dbsize() == 1000


async def test_keys_written_during_the_sweep_are_removed_too(server: Server, client: Redis) -> None:
    written = 0

    async def write() -> None:
        nonlocal written
        async with server.connect("writer") as writer:
            for written in range(1, 501):
                await writer.set(f"{PREFIX}:{written}", "value")

    await client.mset({f"{PREFIX}:old:{number}": "value" for number in range(20_000)})
    writing = asyncio.create_task(write())
    removed = await remove_keys(client, PREFIX)
    await writing
    removed += await remove_keys(client, PREFIX)

    assert removed == 20_000 + written
    assert await client.dbsize() == 0


async def test_an_empty_prefix_is_refused(client: Redis) -> None:
    with pytest.raises(ValueError, match="keys of others"):
        await remove_keys(client, "")


PROGRAM = """
import asyncio, json, sys
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.key_guard import guard_keys

async def main():
    endpoint, prefix = Endpoint(sys.argv[1]), sys.argv[2]
    async with guard_keys(endpoint, [prefix]) as guard, endpoint.connect("program") as client:
        number = 0
        while True:
            await client.set(f"{prefix}:{number}", "value")
            number += 1
            if number == 100:
                print(json.dumps(guard.pid), flush=True)

asyncio.run(main())
"""


def is_running(pid: int) -> bool:
    """Whether a process lives; a zombie that waits for a lazy parent does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    if Path("/proc/self").exists():
        return False
    return subprocess.run(["/bin/ps", "-p", str(pid)], check=False).returncode == 0


async def eventually(condition: Callable[[], bool], within_s: float = 3.0) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_a_killed_programs_keys_are_gone_and_foreign_keys_stay(
    server: Server, client: Redis, number: signal.Signals
) -> None:
    await client.mset(dict.fromkeys(FOREIGN, "value"))
    command = [sys.executable, "-c", PROGRAM, server.endpoint.url, PREFIX]
    program = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert program.stdout is not None
    guard = json.loads(await program.stdout.readline())
    assert is_running(guard)

    program.send_signal(number)
    await program.communicate()

    assert await eventually(lambda: not is_running(guard))
    assert await names(client) == set(FOREIGN)


async def test_a_key_that_arrives_after_the_death_is_removed_too(
    server: Server, client: Redis
) -> None:
    guard = await lost_guard(server)
    await client.set(f"{PREFIX}:early", "value")
    async with asyncio.timeout(3):
        while await client.exists(f"{PREFIX}:early"):  # noqa: ASYNC110 (another process sweeps)
            await asyncio.sleep(0.01)
    await client.set(f"{PREFIX}:late", "value")

    assert await eventually(lambda: not is_running(guard))
    assert await client.dbsize() == 0


async def lost_guard(server: Server) -> int:
    """A guard whose program is gone; its pid."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, server.endpoint.url, PREFIX),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert program.stdout is not None
    guard = int(await program.stdout.readline())
    program.kill()
    await program.communicate()
    return guard


async def test_a_normal_end_means_clean_and_the_guard_touches_nothing(
    server: Server, client: Redis
) -> None:
    async with guard_keys(server.endpoint, [PREFIX]) as guard:
        await client.set(OURS[0], "value")

    assert not is_running(guard.pid)
    assert await names(client) == {OURS[0]}


async def test_an_exception_makes_the_guard_clean_up_before_the_block_is_left(
    server: Server, client: Redis
) -> None:
    await client.set("other", "value")

    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with guard_keys(server.endpoint, [PREFIX]) as guard:
            await client.set(OURS[0], "value")
            raise ZeroDivisionError

    assert not is_running(guard.pid)
    assert await names(client) == {"other"}


async def test_an_exception_after_the_sweep_needs_no_guard(server: Server, client: Redis) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with guard_keys(server.endpoint, [PREFIX]) as guard:
            guard.say_clean()
            await client.set(OURS[0], "not swept")
            raise ZeroDivisionError

    assert not is_running(guard.pid)
    assert await client.dbsize() == 1


async def test_a_guard_ignores_signals_meant_for_the_program(server: Server, client: Redis) -> None:
    async with guard_keys(server.endpoint, [PREFIX]) as guard:
        assert await eventually(lambda: ignores_signals(guard.pid))
        os.kill(guard.pid, signal.SIGINT)
        os.kill(guard.pid, signal.SIGTERM)
        os.kill(guard.pid, signal.SIGHUP)
        os.kill(guard.pid, signal.SIGQUIT)
        assert await client.ping()
        assert is_running(guard.pid)

    assert not is_running(guard.pid)


async def test_a_guard_gives_up_a_server_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_fairness.server.key_guard.PATIENCE_S", 0.2)

    with pytest.raises(ZeroDivisionError):
        async with guard_keys(Endpoint("unix:///no/such/socket"), [PREFIX]) as guard:
            raise ZeroDivisionError

    assert not is_running(guard.pid)


def ignores_signals(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("needs /proc")
    [mask] = [line for line in status.read_text().splitlines() if line.startswith("SigIgn")]
    return bool(int(mask.split()[1], 16) & 1 << (signal.SIGTERM - 1))


async def test_a_killed_guard_does_not_hurt_the_run(server: Server, client: Redis) -> None:
    async with guard_keys(server.endpoint, [PREFIX]) as guard:
        os.kill(guard.pid, signal.SIGKILL)
        assert await eventually(lambda: not is_running(guard.pid))
        assert await client.ping()


async def test_no_secret_is_on_a_guards_command_line(server: Server) -> None:
    async with guard_keys(server.endpoint, [PREFIX]) as guard:
        assert server.endpoint.url.encode() not in visible_to_others(guard.pid)


def visible_to_others(pid: int) -> bytes:
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc")
    return b"".join(Path(f"/proc/{pid}/{place}").read_bytes() for place in ("cmdline", "environ"))


async def test_a_server_of_ours_needs_no_guard(server: Server) -> None:
    async with server.guard_keys([PREFIX]) as guard:
        assert guard is None


@pytest.mark.parametrize("kills", [1, 3])
async def test_a_guard_killed_in_its_last_cleanup_is_replaced(
    server: Server, client: Redis, kills: int
) -> None:
    await client.set(OURS[0], "value")
    await client.client_pause(1500)
    killed: set[int] = set()

    async def kill_guards() -> None:
        while len(killed) < kills:
            if guard.pid not in killed and is_running(guard.pid):
                os.kill(guard.pid, signal.SIGKILL)
                killed.add(guard.pid)
            await asyncio.sleep(0.05)

    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with guard_keys(server.endpoint, [PREFIX]) as guard:
            killing = asyncio.create_task(kill_guards())
            await asyncio.sleep(0)
            raise ZeroDivisionError
    await killing

    assert guard.remark is None
    assert await names(client) == set()


async def test_the_remark_names_the_command_that_finds_the_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("queue_fairness.server.key_guard.PATIENCE_S", 0.2)

    with pytest.raises(ZeroDivisionError):
        async with guard_keys(Endpoint("unix:///no/such/socket"), [PREFIX], "team:") as guard:
            raise ZeroDivisionError

    assert "queue-fairness-tui clean --key-prefix team: once" in (guard.remark or "")
