"""What tasks report that they cost, on its way from the user's coroutine; and shares by cost."""

from collections import Counter

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


def _worker_time(told: list[Event], until: float) -> Counter[int]:
    """Worker time of each partition up to an instant, from pickups to the ends of tasks, s."""
    began: dict[int, PickedUp] = {}
    spent: Counter[int] = Counter()
    for event in told:
        if isinstance(event, PickedUp):
            began[event.task] = event
        elif isinstance(event, Finished):
            start = began[event.task].at
            spent[event.partition] += max(0.0, min(event.at, until) - min(start, until))  # type: ignore[assignment]  # a Counter of seconds
    return spent


@on_one_engine
@pytest.mark.parametrize("limit", [1, 0], ids=["lock", "no-limit"])
async def test_workers_time_is_shared_out_where_half_of_the_tasks_are_long(
    session: Session, limit: int
) -> None:
    shares = {}
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
        spent = _worker_time(told, until)
        long, short = ([spent[each] for each in half] for half in (range(20), range(20, 40)))
        shares[strategy] = sum(long) / sum(short), min(spent.values()) / max(spent.values())

    by_turns, least_by_turns = shares["virtual-time"]
    by_cost, least_by_cost = shares["virtual-time-by-cost"]
    assert by_turns > 2.5, "four to one, but for what a loop that is late adds to the short ones"
    # Up to 1.13 was seen on a busy machine: a claim's way to its worker is charged as well.
    assert 0.85 < by_cost < 1.3
    assert least_by_cost > 2 * least_by_turns
