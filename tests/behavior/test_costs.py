"""What tasks report that they cost, on its way from the user's coroutine; and shares by cost."""

from collections import Counter, defaultdict
from collections.abc import Mapping

import pytest
from overheard import overheard
from runs import engine_of
from servers import on_one_engine

from queue_fairness.engine.run import Run
from queue_fairness.engine.session import Session
from queue_fairness.events import Event, Finished, PickedUp
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.server.server import Server

COSTS = "behavior.user_tasks"


async def _run(session: Session, plan: Plan) -> tuple[Run, list[Event]]:
    """A run that is over, and all its events in the order in which they were told."""
    run = engine_of(await session.start(plan))
    told = overheard(run)
    await session.wait()
    return run, told


@pytest.mark.parametrize("strategy", ["scan", "virtual-time-by-cost"])
async def test_cost_that_a_task_returns_is_in_its_event(session: Session, strategy: str) -> None:
    plan = Plan(
        partitions=6,
        tasks_per_partition=5,
        strategy=strategy,
        task=f"{COSTS}:costs_its_number",
        fair_by="tokens",
    )

    run, told = await _run(session, plan)

    costs = {event.task: event.cost for event in told if isinstance(event, Finished)}
    assert costs == {task: None if task % 3 == 2 else float(task) for task in range(30)}
    final = run.snapshot()
    assert (final.phase, final.warning) == (Phase.DRAINED, None)


@pytest.mark.parametrize("task", ["works", "returns_true"])
async def test_run_without_any_cost_says_that_tokens_cannot_be_judged(
    session: Session, task: str
) -> None:
    plan = Plan(partitions=6, tasks_per_partition=2, task=f"{COSTS}:{task}", fair_by="tokens")

    run, told = await _run(session, plan)

    assert {event.cost for event in told if isinstance(event, Finished)} == {None}
    warning = run.snapshot().warning
    assert warning is not None
    assert warning.startswith("no task reported a cost: tokens cannot be judged")


@pytest.mark.parametrize(
    ("task", "shown"),
    [
        pytest.param("cost_is_below_zero", "-1", id="negative"),
        pytest.param("cost_is_no_number", "nan", id="nan"),
        pytest.param("cost_is_endless", "1000", id="infinite"),
    ],
)
async def test_cost_that_is_none_fails_the_run_with_one_sentence(
    session: Session, server: Server, task: str, shown: str
) -> None:
    plan = Plan(
        partitions=6,
        tasks_per_partition=5,
        workers=1,
        arrival_order="interleaved",
        strategy="fifo",
        task=f"{COSTS}:{task}",
    )
    run = await session.start(plan)
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert final.failure.startswith(f"--task {COSTS}:{task} returned {shown}")
    assert final.failure.endswith("allowed are finite numbers from 0 (None for no cost)")
    assert len(final.failure) < 180
    async with server.connect("test") as client:
        assert await client.dbsize() == 0


def _charged(told: list[Event], until: float) -> dict[int, float]:
    """Worker time of each partition up to an instant, s, as the server sees it.

    One request completes a task and claims the next, and the server ends the one and begins the
    other about half-way between the two events. Needs workers that never wait.
    """
    charged: dict[int, float] = defaultdict(float)
    begun: dict[int, float] = {}
    ended: dict[int, Finished] = {}
    for event in told:
        if isinstance(event, PickedUp):
            last = ended.pop(event.worker, None)
            handed_over = (last.at + event.at) / 2 if last else event.at
            if last and handed_over <= until:
                charged[last.partition] += handed_over - begun[event.worker]
            begun[event.worker] = handed_over
        elif isinstance(event, Finished):
            ended[event.worker] = event
    return charged


@on_one_engine
@pytest.mark.parametrize("limit", [1, 0], ids=["lock", "no-limit"])
async def test_workers_time_is_shared_out_where_half_of_the_tasks_are_long(
    session: Session, limit: int
) -> None:
    served, charged = {}, {}
    for strategy in ("virtual-time", "virtual-time-by-cost"):
        plan = Plan(
            partitions=40,
            sizes="20*20,80*20",
            work_duration=0.01,
            work_scale="4*20,1",
            strategy=strategy,
            concurrency_limit=limit,
        )
        _, told = await _run(session, plan)
        # By either strategy all have a backlog till then.
        until = 0.4 * max(event.at for event in told if isinstance(event, Finished))
        taken = [event for event in told if isinstance(event, PickedUp) and event.at <= until]
        served[strategy] = _long_by_short(Counter(each.partition for each in taken))
        charged[strategy] = _long_by_short(_charged(told, until))

    assert 0.9 < served["virtual-time"] < 1.1
    assert charged["virtual-time"] > 1.3, "four, but for what a late loop adds to each task"
    assert served["virtual-time-by-cost"] < 0.75
    assert 0.85 < charged["virtual-time-by-cost"] < 1.15


def _long_by_short(shares: Mapping[int, float]) -> float:
    """What the half with the long tasks had, by what the other half had."""
    long, short = ([shares[each] for each in half] for half in (range(20), range(20, 40)))
    return sum(long) / sum(short)
