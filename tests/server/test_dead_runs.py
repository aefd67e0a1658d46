"""Runs that died with all that could have removed their keys: found by others, and only those."""

import asyncio
import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from queue_fairness.cli.clean import parse
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.dead_runs import find_runs
from queue_fairness.server.key_guard import guard_keys
from queue_fairness.server.server import Server, open_server
from queue_fairness.server.sign_of_life import LAPSE_S, Sign, read_sign, sign, this_machine

THEIRS = ["qf:{1a2b3c4}:x", "qf:{xxxxxxxx}:x", "qf-foreign:{1a2b3c4d}x:y", "qf:{ABCDEF01}:x", "a"]
RUN = "0a1b2c3d"


async def _names(client: Redis) -> set[str]:
    return {key.decode() for key in await client.keys("*") if isinstance(key, bytes)}


def _keys_of(run_id: str) -> dict[str, str]:
    return {f"qf:{{{run_id}}}:p{number}": "task" for number in range(5)}


async def _leave(client: Redis, run_id: str, value: bytes | str) -> None:
    """What a run leaves whose every process is killed."""
    await client.mset({**_keys_of(run_id), f"qf-foreign:{{{run_id}}}:witness": value})


async def _sign_of_the_dead(client: Redis) -> Sign:
    """That of a process which has just ended."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await process.wait()
    mine = read_sign(await sign(client))
    assert mine is not None
    return dataclasses.replace(mine, pid=process.pid, started="1")


def _text(each: Sign) -> str:
    return json.dumps(dataclasses.asdict(each))


def _clean(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "queue_fairness_tui", "clean", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@asynccontextmanager
async def _crashed_command(server: Server, client: Redis) -> AsyncIterator[str]:
    """A real run that was killed together with its guard; its id."""
    command = [sys.executable, "-m", "queue_fairness_tui", "--headless", "-P", "50", "-t", "500"]
    program = await asyncio.create_subprocess_exec(
        *command,
        *("--redis-url", server.endpoint.url),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    while len(await client.keys("qf:*:p*")) < 20:  # noqa: ASYNC110 (another process pushes)
        await asyncio.sleep(0.02)
    [run] = await find_runs(client)
    for pid in (program.pid, *_children(program.pid)):
        os.kill(pid, signal.SIGKILL)
    await program.wait()
    yield run.run_id


def _children(pid: int) -> Sequence[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(each) for each in found.stdout.split()]


async def test_next_start_removes_what_a_crash_of_everything_left(
    server: Server, client: Redis
) -> None:
    await client.mset(dict.fromkeys(THEIRS, "value"))
    async with _crashed_command(server, client) as run_id:
        assert len(await _names(client)) > 20

        async with open_server(ServerChoice(redis_url=server.endpoint.url)) as opened:
            assert opened.remark is not None
            assert opened.remark.endswith(f"of 1 run that had died: {run_id}")

    assert await _names(client) == set(THEIRS)


async def test_clean_removes_it_too_and_says_so(server: Server, client: Redis) -> None:
    await client.mset(dict.fromkeys(THEIRS, "value"))
    async with _crashed_command(server, client) as run_id:
        before = await _names(client)

        dry = await asyncio.to_thread(_clean, "--redis-url", server.endpoint.url, "--dry-run")
        assert (dry.returncode, dry.stderr) == (0, "")
        assert f"run {run_id}, " in dry.stdout
        assert "is gone: would be removed" in dry.stdout
        assert await _names(client) == before

        done = await asyncio.to_thread(_clean, "--redis-url", server.endpoint.url)
        assert "is gone: removed" in done.stdout

    assert await _names(client) == set(THEIRS)


async def test_a_run_that_lives_is_left_alone(server: Server, client: Redis) -> None:
    await _leave(client, RUN, await sign(client))
    before = await _names(client)

    done = await asyncio.to_thread(_clean, "--redis-url", server.endpoint.url)
    async with open_server(ServerChoice(redis_url=server.endpoint.url)) as opened:
        assert opened.remark is None

    assert f"may be alive (process {os.getpid()}): left alone" in done.stdout
    assert await _names(client) == before


async def test_a_process_that_is_stopped_lives(client: Redis) -> None:
    process = await asyncio.create_subprocess_exec("sleep", "60")
    process.send_signal(signal.SIGSTOP)
    try:
        theirs = dataclasses.replace(await _sign_of_the_dead(client), pid=process.pid, started="")
        long_ago = dataclasses.replace(theirs, at=0)
        assert long_ago.why_dead(10_000) is None
    finally:
        process.kill()
        await process.wait()


async def test_another_machines_run_is_dead_after_a_while(server: Server, client: Redis) -> None:
    mine = await _sign_of_the_dead(client)
    elsewhere = dataclasses.replace(mine, machine="0123456789abcdef", at=mine.at - 60)
    lapsed = dataclasses.replace(elsewhere, at=mine.at - round(LAPSE_S) - 60)
    await _leave(client, "aaaaaaaa", _text(elsewhere))
    await _leave(client, "bbbbbbbb", _text(lapsed))

    done = await asyncio.to_thread(_clean, "--redis-url", server.endpoint.url)

    assert "run bbbbbbbb, 6 keys: no sign of life for 11 min: removed" in done.stdout
    assert {run.run_id for run in await find_runs(client)} == {"aaaaaaaa"}


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "{}",
        "[" * 390,
        "\xff",
        '{"machine": "x", "pid": "1", "started": "", "at": 0}',
        '{"machine": "x", "pid": 1, "started": "", "at": true}',
        '{"machine": "x", "pid": 1, "started": "", "at": 0, "more": 1}',
        " " * 500,
    ],
)
async def test_what_is_no_sign_of_ours_proves_nothing(
    server: Server, client: Redis, value: str
) -> None:
    await _leave(client, RUN, value)
    before = await _names(client)

    async with open_server(ServerChoice(redis_url=server.endpoint.url)) as opened:
        assert opened.remark is None
    [found] = await find_runs(client)
    assert (found.sign, found.why_dead) == (None, None)
    assert await _names(client) == before


async def test_keys_of_nobody_are_removed_by_name_only(server: Server, client: Redis) -> None:
    await client.mset({**_keys_of(RUN), **_keys_of("ffffffff")})
    await client.rpush("qf-foreign:{ffffffff}:witness", "a list")
    url = server.endpoint.url

    done = await asyncio.to_thread(_clean, "--redis-url", url)
    assert f"nothing tells whose they are: left alone (remove: --run {RUN})" in done.stdout
    named = await asyncio.to_thread(_clean, "--redis-url", url, "--run", RUN)
    assert "named by --run: removed" in named.stdout
    assert {run.run_id for run in await find_runs(client)} == {"ffffffff"}


async def test_a_run_gives_signs_of_life_while_it_works(
    server: Server, client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    from queue_fairness.engine.session import Session
    from queue_fairness.plan import Plan

    monkeypatch.setattr("queue_fairness.server.watch.RENEW_S", 0.1)
    seen = set()
    async with Session(ServerChoice(redis_url=server.endpoint.url)) as session:
        await session.start(Plan(partitions=10, load=0.3, duration=2.5, workers=2))
        ending = asyncio.create_task(session.wait())
        while not ending.done():
            seen |= {run.sign for run in await find_runs(client)}
            await asyncio.sleep(0.2)

    signs = [each for each in seen if each is not None]
    assert {(each.machine, each.pid) for each in signs} == {(this_machine(), os.getpid())}
    assert len({each.at for each in signs}) > 1, "renewed"
    assert await _names(client) == set()


@pytest.mark.parametrize("refused", ["--run=xyz", "--run=0a1b2c3d", "--redis-url=http://x", "more"])
def test_clean_refuses_what_makes_no_sense(
    refused: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        parse([refused], {})

    assert end.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


async def test_clean_says_what_is_wrong_with_a_server() -> None:
    done = await asyncio.to_thread(_clean, "--redis-url", "redis://:secret@127.0.0.1:1/0")

    assert done.returncode == 1
    assert "nothing listens there" in done.stderr
    assert "secret" not in done.stderr


async def test_a_guard_that_is_killed_alone_is_replaced(server: Server, client: Redis) -> None:
    prefix = f"qf:{{{RUN}}}"
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with guard_keys(server.endpoint, [prefix]) as guard:
            await client.mset(_keys_of(RUN))
            for _ in range(2):
                first = guard.pid
                os.kill(first, signal.SIGKILL)
                async with asyncio.timeout(5):
                    while guard.pid == first:  # noqa: ASYNC110 (what is awaited is a process)
                        await asyncio.sleep(0.02)
            raise ZeroDivisionError

    assert guard.remark is None
    assert await _names(client) == set()


async def test_a_guard_without_rights_says_at_once_that_keys_stay(
    server: Server, client: Redis
) -> None:
    await client.acl_setuser(
        "mary", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", "-unlink", "-del"]
    )
    endpoint = dataclasses.replace(
        server.endpoint, url=f"{server.endpoint.url}?username=mary&password=pw"
    )
    try:
        with pytest.raises(ZeroDivisionError):  # noqa: PT012
            async with guard_keys(endpoint, [f"qf:{{{RUN}}}"]) as guard:
                await client.mset(_keys_of(RUN))
                raise ZeroDivisionError
    finally:
        await client.acl_deluser("mary")

    assert "remove them with queue-fairness-tui clean" in (guard.remark or "")


async def test_only_runs_behind_the_same_prefix_are_looked_at(
    server: Server, client: Redis
) -> None:
    dead = _text(await _sign_of_the_dead(client))
    behind = {f"app:{key}": value for key, value in _keys_of(RUN).items()}
    await client.mset({**behind, f"app:qf-foreign:{{{RUN}}}:witness": dead})
    await _leave(client, "ffffffff", dead)
    url = server.endpoint.url
    done = await asyncio.to_thread(_clean, "--redis-url", url, "--key-prefix", "app:")
    assert f"run {RUN}, 6 keys" in done.stdout
    assert "ffffffff" not in done.stdout
    assert await _names(client) == {*_keys_of("ffffffff"), "qf-foreign:{ffffffff}:witness"}
    await client.mset({**behind, f"app:qf-foreign:{{{RUN}}}:witness": dead})
    async with open_server(ServerChoice(redis_url=url, key_prefix="app:")) as opened:
        assert RUN in (opened.remark or "")
    assert not [name for name in await _names(client) if name.startswith("app:")]
    async with open_server(ServerChoice(redis_url=url)) as opened:
        assert "ffffffff" in (opened.remark or "")
    assert not await _names(client)


async def test_a_guard_that_takes_anothers_place_knows_the_names_as_well(
    server: Server, client: Redis
) -> None:
    await client.set("qf:{0a1b2c3d}:named", "x")
    await client.set("qf:{0a1b2c3d}:unnamed", "x")
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with guard_keys(server.endpoint, ["qf:{0a1b2c3d}"]) as guard:
            guard.tell_names(["qf:{0a1b2c3d}:named"])
            first = guard.pid
            os.kill(first, signal.SIGKILL)
            while guard.pid == first:  # noqa: ASYNC110 (nobody says when)
                await asyncio.sleep(0.02)
            raise ZeroDivisionError
    assert await _names(client) == {"qf:{0a1b2c3d}:unnamed"}
    await client.unlink("qf:{0a1b2c3d}:unnamed")
