"""What is looked at before the first key: connections, open files, memory, old gateways."""

import asyncio
import dataclasses
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from redis.asyncio import Redis
from servers import OwnServer, until

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.memory_need import need_of
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice

pytestmark = pytest.mark.sample(3)

PLAN = Plan(
    partitions=20, tasks_per_partition=5, workers=8, work_duration=0.001, strategy="round-robin"
)


async def _drain(redis: OwnServer, plan: Plan, *, isolate: bool = False) -> Snapshot:
    async with Session(ServerChoice(redis_url=redis.url), isolate=isolate) as session:
        run = await session.start(plan)
        await session.wait()
        return run.snapshot()


async def _command(*words: str, limit: str = "", **environment: str) -> tuple[int, str, str]:
    """The program without a screen, under a limit of `ulimit`."""
    line = f'{limit and f"ulimit {limit}; "}exec "$@"'
    program = await asyncio.create_subprocess_exec(
        *("bash", "-c", line, "bash", sys.executable, "-m", "queue_fairness_tui", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", **environment},
    )
    out, err = await program.communicate()
    assert program.returncode is not None
    return program.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("renamed", [(), ("INFO",), ("INFO", "CONFIG")])
@pytest.mark.parametrize("strategy", ["scan", "round-robin", "streams"])
async def test_too_few_connections_are_said_with_a_number_that_suffices(
    redis: OwnServer, strategy: str, renamed: Sequence[str]
) -> None:
    plan = dataclasses.replace(PLAN, strategy=strategy)
    words = tuple(word for each in renamed for word in ("--rename-command", each, ""))
    redis.start("--maxclients", "10", *words)

    refused = await _drain(redis, plan)

    assert (refused.phase, refused.enqueued) == (Phase.FAILED, 0)
    found = re.search(r"raise (?:its )?maxclients (to|by) (\d+)", refused.failure or "")
    assert found is not None, refused.failure
    async with redis.client() as owner:
        assert await owner.dbsize() == 0
    redis.stop()
    enough = int(found[2]) + (10 if found[1] == "by" else 0)
    redis.start("--maxclients", str(enough), *words)
    final = await _drain(redis, plan)
    assert (final.failure, final.completed) == (None, 100)


LOAD = (
    "--headless",
    "--json",
    "-",
    "-P",
    "60",
    "-t",
    "2",
    "--work-duration",
    "1ms",
    "--strategy",
    "fifo",
)


def _completed(document: str) -> int:
    return int(json.loads(document)["totals"]["completed"])


@pytest.mark.parametrize("isolate", [(), ("--isolate",)])
async def test_a_soft_limit_of_open_files_is_raised(isolate: Sequence[str]) -> None:
    status, out, err = await _command(*LOAD, "-w", "150", *isolate, limit="-Sn 64")

    assert (status, "Traceback" in err) == (0, False)
    assert _completed(out) == 120


async def test_a_hard_limit_of_open_files_is_said_with_a_number_that_suffices() -> None:
    status, out, err = await _command(*LOAD, "-w", "150", limit="-n 64")

    found = re.search(r"ulimit -Hn (\d+)", err)
    assert found is not None, err
    assert (status, _completed(out), "Traceback" in err) == (1, 0, False)
    assert len(err.splitlines()) <= 3
    status, out, err = await _command(*LOAD, "-w", "150", limit=f"-n {found[1]}")
    assert (status, _completed(out) == 120) == (0, True), err


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-lru", "volatile-ttl"])
async def test_near_the_bound_nothing_is_written_where_keys_could_go(
    redis: OwnServer, policy: str
) -> None:
    redis.start("--maxmemory", "100mb", "--maxmemory-policy", policy)
    async with redis.client() as owner:
        used = int((await owner.info("memory"))["used_memory"])
        plan = dataclasses.replace(PLAN, partitions=2000, tasks_per_partition=20)
        await owner.config_set("maxmemory", round(1.05 * (used + need_of(plan))))

        refused = await _drain(redis, plan)

        assert "keys of others could be evicted if others write meanwhile" in (
            refused.failure or ""
        )
        assert "--allow-eviction" in (refused.failure or "")
        assert await owner.dbsize() == 0


@pytest.mark.parametrize("isolate", [False, True])
@pytest.mark.parametrize(
    "plan",
    [
        dataclasses.replace(PLAN, noisy=1, noisy_at=0.1, paired=True, rate=100.0, duration=1.0),
        dataclasses.replace(PLAN, results_ttl=60.0),
    ],
    ids=["paired", "results"],
)
async def test_every_kind_of_run_looks_first(redis: OwnServer, plan: Plan, isolate: bool) -> None:
    redis.start("--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru")
    async with redis.client() as owner:
        await _fill(owner)
        before = await owner.dbsize()

        refused = await _drain(redis, plan, isolate=isolate)

        assert "--allow-eviction" in (refused.failure or "")
        assert await owner.dbsize() == before


async def _fill(owner: Redis) -> None:
    """Fill 4 MB so far that a run does not fit, but a few connections do."""
    while int((await owner.info("memory"))["used_memory"]) < 3.4 * 2**20:
        await owner.set(f"theirs:{await owner.dbsize()}", b"x" * 2000)


async def test_noise_and_foreign_keys_by_hand_find_no_room_and_the_run_goes_on(
    redis: OwnServer,
) -> None:
    redis.start()
    plan = dataclasses.replace(
        PLAN, strategy="scan", tasks_per_partition=40, work_duration=0.01, noisy_tasks=50_000
    )
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as owner:
        run = await session.start(plan)
        await until(lambda: run.snapshot().completed > 0)
        used = int((await owner.info("memory"))["used_memory"])
        await owner.config_set("maxmemory-policy", "allkeys-lru")
        await owner.config_set("maxmemory", used + 2 * 2**20)

        run.inject(Fault.NOISY_PARTITION)
        run.inject(Fault.FOREIGN_KEYS)
        await session.wait()
        final = run.snapshot()
        evicted = (await owner.info("stats"))["evicted_keys"]

    marks = " ".join(str(each) for each in final.timeline.marks)
    assert "no room for 50,000 tasks more" in marks
    assert "no foreign keys: Redis has no room" in marks
    assert (final.failure, final.completed, evicted) == (None, 800, 0)


GATEWAY = ("HELLO", "CLIENT", "INFO", "CONFIG", "UNLINK", "SCAN", "EVAL", "MULTI")


@pytest.mark.parametrize(
    "renamed",
    [
        *((each,) for each in GATEWAY[:-1]),
        GATEWAY,
    ],
    ids=" ".join,
)
async def test_an_old_gateway_or_a_renamed_command_is_gone_without(
    redis: OwnServer, renamed: Sequence[str]
) -> None:
    redis.start(*(word for each in renamed for word in ("--rename-command", each, "")))

    final = await _drain(redis, dataclasses.replace(PLAN, foreign_keys=10))

    assert (final.failure, final.completed) == (None, 100)
    async with redis.client() as owner:
        assert await owner.dbsize() == 0


@pytest.mark.parametrize("command", ["SCAN", "EVALSHA", "RPOP"])
async def test_a_command_that_is_needed_is_missed_before_the_first_key(
    redis: OwnServer, command: str
) -> None:
    redis.start("--rename-command", command, "")

    final = await _drain(redis, dataclasses.replace(PLAN, strategy="scan"))

    assert f"does not know {command}" in (final.failure or "")
    assert (final.phase, final.enqueued) == (Phase.FAILED, 0)
    async with redis.client() as owner:
        assert await owner.dbsize() == 0


async def test_a_server_that_tells_nothing_of_its_memory_is_used_with_a_warning(
    redis: OwnServer,
) -> None:
    redis.start("--rename-command", "INFO", "", "--rename-command", "CONFIG", "")

    final = await _drain(redis, PLAN)

    assert (final.failure, final.completed) == (None, 100)
    assert "does not tell whether its memory has a bound" in (final.warning or "")


async def test_a_bound_is_known_by_config_where_info_is_refused(redis: OwnServer) -> None:
    redis.start("--rename-command", "INFO", "", "--maxmemory", "50mb")
    assert (await _drain(redis, PLAN)).warning is not None
    async with redis.client() as owner:
        await owner.config_set("maxmemory-policy", "volatile-lru")
        refused = await _drain(redis, PLAN)
        await owner.config_set("maxmemory", 0)
        free = await _drain(redis, PLAN)

    assert "--allow-eviction" in (refused.failure or "")
    assert (free.failure, free.warning) == (None, None)


async def test_keys_are_removed_by_name_if_the_program_is_killed_and_scan_is_unknown(
    redis: OwnServer,
) -> None:
    redis.start("--rename-command", "SCAN", "")
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "queue_fairness_tui", *LOAD[:-2], "--strategy", "key-shard"),
        *("-t", "500", "--redis-url", redis.url, "--foreign-keys", "20"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with redis.client() as owner, asyncio.timeout(30):
        while not await owner.keys("qf:*:seq"):  # noqa: ASYNC110 (what is awaited lies in another process)
            await asyncio.sleep(0.01)
        await owner.set("theirs", "x")
        program.kill()
        await program.wait()
        while await owner.keys("qf*"):  # noqa: ASYNC110 (what is awaited lies in another process)
            await asyncio.sleep(0.05)
        assert await owner.keys("*") == [b"theirs"]


async def test_redis_url_is_named_and_its_password_is_nobody_elses(
    redis: OwnServer,
) -> None:
    redis.start("--requirepass", "hunter2")
    url = redis.url.replace("unix://", "unix://:hunter2@")
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "queue_fairness_tui", *LOAD, "-t", "1000", "--isolate"),
        *("--network-delay", "1ms"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "REDIS_URL": url},
    )
    try:
        async with asyncio.timeout(30):
            await until(lambda: len(_descendants(program.pid)) >= 3)
        children = _descendants(program.pid)
        for child in children:
            assert b"hunter2" not in _seen_by_others(child)
    finally:
        program.terminate()
        said = (await program.communicate())[1].decode()
    assert "REDIS_URL names the Redis to use: unix://:***@/" in said
    assert "hunter2" not in said


def _seen_by_others(pid: int) -> bytes:
    """What other programs of this user can read of a process."""
    folder = Path(f"/proc/{pid}")
    return (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()


def _descendants(pid: int) -> list[int]:
    """All processes that it has started, and those have started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended meanwhile
        if parent == pid:
            child = int(stat.parent.name)
            found += [child, *_descendants(child)]
    return found


@pytest.mark.parametrize("history", ["off", ""], ids=["without history", "with history"])
async def test_nothing_is_written_but_what_was_asked_for(tmp_path: Path, history: str) -> None:
    """Nor is a folder of a server left, or one of a proxy; the history is kept by default."""
    names = {"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "c"}
    names |= {"XDG_DATA_HOME": "data"}
    folders = {name: str(tmp_path / folder) for name, folder in names.items()}
    for folder in folders.values():
        await asyncio.to_thread(Path(folder).mkdir)
    asked = tmp_path / "result.json"

    status, _, err = await _command(
        *("--headless", "--json", str(asked), *LOAD[3:], "--network-delay", "1ms"),
        QUEUE_FAIRNESS_HISTORY=history,
        CI="",
        **folders,
    )

    assert (status, err.count("Traceback")) == (0, 0)
    found = await asyncio.to_thread(lambda: set(tmp_path.rglob("*")))
    kept = tmp_path / "data" / "queue-fairness-tui"
    ours = set() if history else {kept, kept / "history.sqlite"}
    assert found == {asked, *map(Path, folders.values()), *ours}
