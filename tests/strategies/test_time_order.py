"""Where dispatches have no number, they are ordered by time, and the stated error holds."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from runs import engine_of
from strategies.oracle import overhear

from queue_fairness.engine.session import Session
from queue_fairness.events import PickedUp
from queue_fairness.plan import Plan
from queue_fairness.strategies.custom import find_strategy

pytestmark = pytest.mark.sample(4)

OWN = "custom.example_queue:NewestFirst"


@asynccontextmanager
async def _watched(client: Redis) -> AsyncIterator[list[str]]:
    """All commands that the server carries out, in its order."""
    commands: list[str] = []
    async with client.monitor() as monitor:

        async def listen() -> None:
            while commands[-1:] != ["ECHO all"]:
                commands.append((await monitor.next_command())["command"])

        listening = asyncio.create_task(listen())
        yield commands
        await client.echo("all")
        await listening


def _misplaced(order: Sequence[int], truth: Sequence[int], choice: int) -> float:
    """How far a task is from its place at most, in rounds, while so many partitions had work."""
    place = {task: at for at, task in enumerate(truth)}
    return max(
        abs(at - place[task]) / choice for at, task in enumerate(order) if at < len(order) // 2
    )


@pytest.mark.parametrize("workers", [1, 8, 64])
@pytest.mark.parametrize("work_s", [0.0, 0.002])
async def test_scan_stands_where_its_commands_were_sent(
    session: Session, client: Redis, workers: int, work_s: float
) -> None:
    # Wide enough that half of the partitions are full when half of the tasks are done.
    plan = Plan(
        partitions=300,
        tasks_per_partition=2,
        workers=workers,
        work_duration=work_s,
        strategy="scan",
    )
    async with _watched(client) as commands:
        run = engine_of(await session.start(plan))
        heard = overhear(run)
        await session.wait()

    final = run.snapshot()
    assert final.order is not None
    order = [event for event in heard if isinstance(event, PickedUp)]
    assert len(order) == 600
    # Within a partition the lock keeps them in order; those after the last one found it empty.
    keys = [
        f"{run.parts.keys.prefix}:{plan.partition_name(each)}" for each in range(plan.partitions)
    ]
    popped = [keys.index(each.split()[1]) for each in commands if each.startswith("RPOP ")]
    mine: dict[int, list[int]] = {}
    for event in order:
        mine.setdefault(event.partition, []).append(event.task)
    taken: Counter[int] = Counter()
    truth = []
    for partition in popped:
        if taken[partition] < 2:
            truth.append(mine[partition][taken[partition]])
        taken[partition] += 1
    assert len(truth) == 600
    misplaced = _misplaced([event.task for event in order], truth, plan.partitions)
    assert (final.order.kind, final.order.unknown) == ("sending time", 0)
    assert final.order.error_rounds is not None
    assert misplaced <= final.order.error_rounds < 1
    assert final.order.text.startswith("order ± ")


@pytest.mark.parametrize("workers", [1, 8, 32])
async def test_own_queue_stands_in_the_middle_of_its_calls(
    session: Session, client: Redis, workers: int
) -> None:
    find_strategy(OWN)
    plan = dataclasses.replace(
        Plan(partitions=300, tasks_per_partition=2, workers=workers, work_duration=0.001),
        strategy=OWN,
    )
    async with _watched(client) as commands:
        run = engine_of(await session.start(plan))
        heard = overhear(run)
        await session.wait()

    final = run.snapshot()
    assert final.phase.is_complete, final.failure
    pushed = [each.split()[2] for each in commands if each.startswith("LPUSH ")]
    truth = [int(each.split(":")[1]) for each in reversed(pushed)]
    order = [event.task for event in heard if isinstance(event, PickedUp)]
    assert final.order is not None
    assert (final.order.kind, final.order.unknown) == ("brackets", 0)
    assert final.order.error_rounds is not None
    misplaced = _misplaced(order, truth, plan.partitions)
    assert misplaced <= final.order.error_rounds < 1
