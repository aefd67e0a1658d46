"""The fewest rights: each strategy runs with just those, and each that is missing is noticed."""

import asyncio
import contextlib
import dataclasses
import io
import re
import shlex
from collections.abc import AsyncIterator, Sequence

import pytest
from redis.asyncio import Redis

from queue_fairness.cli.options import parse
from queue_fairness.engine.admission import admit, user_of
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.session import Session
from queue_fairness.errors import ServerError
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.rights import EXAMPLES
from queue_fairness.server.server import Server
from queue_fairness.server.watch import Watch
from queue_fairness.strategies import STRATEGIES
from queue_fairness.strategies.commands import commands_of

pytestmark = pytest.mark.sample(4)

USER, PASSWORD = "app", "hunter2"
PLAN = Plan(partitions=12, tasks_per_partition=4, workers=3, work_duration=0.002)
HARD = dataclasses.replace(
    PLAN, failure_rate=0.2, max_attempts=3, foreign_keys=30, weights="3,1", crash_at=0.01
)
"""All that a run may come to need."""
SHORT_LEASE = dataclasses.replace(HARD, lease_ttl=0.1)


def plan_of(strategy: str, plan: Plan = PLAN) -> Plan:
    if plan is not PLAN and strategy == "scan":
        # A worker that dies under scan leaves a task for ever.
        return dataclasses.replace(plan, strategy=strategy, crash_at=0, lease_ttl=30)
    return dataclasses.replace(plan, strategy=strategy)


def acl_line(plan: Plan, *more: str) -> str:
    """What the command prints for this plan."""
    printed = io.StringIO()
    words = shlex.split(plan.options())
    with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as ended:
        parse(["acl", *words, *more], {"REDIS_URL": f"redis://{USER}:{PASSWORD}@host"})
    assert ended.value.code == 0
    return printed.getvalue().strip()


@pytest.fixture
async def admin(own_server: Server) -> AsyncIterator[Redis]:
    async with own_server.connect("admin") as client:
        yield client


async def grant(admin: Redis, line: str, *more: str) -> None:
    """Make the user anew, with these rights and no others."""
    assert line.startswith(f"ACL SETUSER {USER} ")
    words = line.split()[3:]
    await admin.execute_command("ACL", "DELUSER", USER)  # type: ignore[no-untyped-call]
    await admin.execute_command(  # type: ignore[no-untyped-call]
        "ACL", "SETUSER", USER, "on", f">{PASSWORD}", *words, *more
    )


def url_of(server: Server) -> str:
    return f"{server.endpoint.url}?username={USER}&password={PASSWORD}"


async def run_as_user(server: Server, plan: Plan, **choice: str) -> Snapshot:
    session = Session(ServerChoice(redis_url=url_of(server), **choice))  # type: ignore[arg-type]
    async with session:
        run = await session.start(plan)
        async with asyncio.timeout(30):
            await session.wait()
        return run.snapshot()


@pytest.mark.parametrize("plan", [PLAN, SHORT_LEASE], ids=["plain", "hard"])
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_the_printed_line_suffices(
    own_server: Server, admin: Redis, strategy: str, plan: Plan
) -> None:
    plan = plan_of(strategy, plan)
    await grant(admin, acl_line(plan))

    final = await run_as_user(own_server, plan)

    assert (final.failure, final.phase) == (None, Phase.DRAINED)
    assert await admin.keys("*") == []
    # Nothing was refused that a script had begun with.
    assert all(each["context"] != "lua" for each in await admin.acl_log())


async def refusal_of(server: Server, plan: Plan) -> str:
    """What is said of a run before its first key; empty if it may begin."""
    asked = Server(server.info, Endpoint(url_of(server)))
    parts = RunParts.of(plan)
    async with asked.connect("control") as control:
        try:
            await admit(parts, asked, control, Watch(parts.keys.witness))
        except ServerError as error:
            return str(error)
    return ""


@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_every_right_that_is_missing_is_noticed_before_the_first_key(
    own_server: Server, admin: Redis, strategy: str
) -> None:
    plan = plan_of(strategy, HARD)
    line = acl_line(plan)
    await grant(admin, line)
    assert await refusal_of(own_server, plan) == ""

    for right in line.split()[3:]:
        await grant(admin, " ".join(word for word in line.split() if word != right))
        said = await refusal_of(own_server, plan)

        assert f"ACL SETUSER {USER}" in said, right
        assert right in said.split("ACL SETUSER")[1].split(), right
        assert PASSWORD not in said
        assert await admin.dbsize() == 0, right


@pytest.mark.parametrize("lacks", ["-evalsha", "-incr", "-unlink -del"])
async def test_a_run_that_is_refused_leaves_no_key_and_does_not_warn_of_any(
    own_server: Server, admin: Redis, lacks: str
) -> None:
    await grant(admin, f"ACL SETUSER {USER} ~qf:* +@all", *lacks.split())

    final = await run_as_user(own_server, plan_of("round-robin"))

    assert (final.phase, final.enqueued, final.warning) == (Phase.FAILED, 0, None)
    assert f"ACL SETUSER {USER} " in (final.failure or "")
    assert await admin.keys("*") == []


async def test_all_that_is_missing_is_said_at_once_and_suffices(
    own_server: Server, admin: Redis
) -> None:
    plan = plan_of("round-robin", SHORT_LEASE)
    await grant(admin, f"ACL SETUSER {USER} ~other:* +ping +multi +get")

    said = (await run_as_user(own_server, plan)).failure or ""
    line = said[said.index("ACL SETUSER") :]
    await grant(admin, f"{line} +ping +multi +get")
    final = await run_as_user(own_server, plan)

    assert (final.failure, final.phase) == (None, Phase.DRAINED)


@pytest.mark.parametrize(
    "lacks", [("-scan",), ("-unlink",), ("-del",), ("-info", "-client", "-config"), ("-eval",)]
)
async def test_what_can_be_done_without_is_done_without(
    own_server: Server, admin: Redis, lacks: Sequence[str]
) -> None:
    await grant(admin, f"ACL SETUSER {USER} ~qf:* +@all", *lacks)

    final = await run_as_user(own_server, plan_of("round-robin", dataclasses.replace(PLAN)))

    assert (final.failure, final.completed) == (None, 48)
    assert await admin.keys("*") == []


async def test_a_queue_of_ones_own_needs_scan_since_its_names_are_not_known(
    own_server: Server, admin: Redis
) -> None:
    await grant(admin, f"ACL SETUSER {USER} ~qf:* +@all", "-scan")

    final = await run_as_user(own_server, plan_of("custom.example_queue:NewestFirst"))

    assert "run SCAN" in (final.failure or "")
    assert await admin.keys("*") == []


async def test_a_user_without_multi_is_asked_by_a_script(own_server: Server, admin: Redis) -> None:
    await grant(admin, f"ACL SETUSER {USER} ~qf:* +@all", "-multi", "-hincrby", "-lpush")

    said = (await run_as_user(own_server, plan_of("round-robin"))).failure or ""

    assert "HINCRBY" in said
    assert "LPUSH" in said


@pytest.mark.parametrize("isolate", [False, True])
async def test_keys_begin_with_what_the_user_wants(
    own_server: Server, admin: Redis, isolate: bool
) -> None:
    plan = dataclasses.replace(plan_of("round-robin"), foreign_keys=5)
    line = acl_line(plan, "--key-prefix", "team:a.")
    assert "~team:a.qf:* ~team:a.qf-foreign:*" in line
    await grant(admin, line)
    seen: set[bytes] = set()

    choice = ServerChoice(redis_url=url_of(own_server), key_prefix="team:a.")
    async with Session(choice, isolate=isolate) as session:
        run = await session.start(plan)
        waiting = asyncio.create_task(session.wait())
        while not waiting.done():
            seen.update(key for key in await admin.keys("*") if isinstance(key, bytes))
            await asyncio.sleep(0.002)
        final = run.snapshot()

    assert final.failure is None
    assert seen
    assert all(re.match(rb"team:a\.qf(-foreign)?:\{[0-9a-f]{8}\}:", key) for key in seen)
    assert await admin.keys("*") == []


def test_every_command_of_every_strategy_can_be_tried() -> None:
    for name, strategy in STRATEGIES.items():
        queue = strategy("qf:{1}", ["p0"], weights={0: 2.0})

        assert commands_of(queue, retries=True) <= EXAMPLES.keys(), name


async def test_no_key_is_made_beyond_the_known_names(own_server: Server, admin: Redis) -> None:
    """So that a run without SCAN can remove what it has made."""
    for strategy in STRATEGIES:
        plan = dataclasses.replace(
            plan_of(strategy, SHORT_LEASE),
            work_duration=0.01,
            partitions=5,
            workers=7,
            foreign_keys=0,
        )
        async with Session(ServerChoice(redis_url=own_server.endpoint.url)) as session:
            run = await session.start(plan)
            queue = run.parts.strategy  # type: ignore[attr-defined]
            names = {each.encode() for each in queue.known_keys()}
            waiting = asyncio.create_task(session.wait())
            while not waiting.done():
                assert set(await admin.keys("qf:*")) <= names, strategy
                await asyncio.sleep(0.002)


@pytest.mark.parametrize(
    ("url", "user"),
    [
        ("redis://host", "default"),
        ("redis://:pw@host", "default"),
        ("redis://bob:pw@host", "bob"),
        ("redis://hunter2@host", "NAME"),
        ("unix:///s?username=bob&password=x", "bob"),
    ],
)
def test_a_user_is_named_unless_that_may_be_a_password(url: str, user: str) -> None:
    assert user_of(url) == user
