"""`measure` and `compare`, as coroutines and from plain code.

The environment is not asked: without `redis_url` a temporary server is started (from PATH, else the
bundled one) and ended, whatever REDIS_URL says.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from queue_fairness.api.bench import Bench
from queue_fairness.api.comparison import Comparison
from queue_fairness.api.errors import RunError
from queue_fairness.api.loop_thread import LoopThread, StuckError
from queue_fairness.api.result import Result
from queue_fairness.outside import details_from_outside
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.strategies.custom.given import QueueSource

T = TypeVar("T")


async def measure(
    queue: QueueSource | None = None,
    plan: Plan | None = None,
    *,
    redis_url: str | None = None,
    redis_server: str | None = None,
    **fields: object,
) -> Result:
    """Fill a queue, let workers empty it, and judge the order in which they did.

    Runs in the caller's event loop. The process's garbage collector, SIGALRM and interval timer
    are left alone; in the main thread a signal without a handler (SIGURG) gets one while a queue of
    the caller's own is measured, so that a method that blocks the loop can be interrupted.
    Cancelling it ends the run, removes its keys, and raises CancelledError.

    Args:
        queue: A class with coroutines `push`, `pop` and `complete`; a function that makes such an
            object; a strategy's name, or `package.module:Class`. None for the plan's own.
        plan: The load; None for that of the command line: 200 partitions of 10 tasks, 8 workers,
            25 ms of work, which takes 7 s.
        redis_url: The Redis to use; only keys of the run are touched. None for a temporary one.
        redis_server: The program to start instead, or `bundled`.
        fields: Fields of `Plan` in place of the plan's: `partitions=20`, `work_duration=0.001`.
            Times are in seconds, or texts such as `"25ms"`.

    Returns:
        What was measured, whatever the verdict.

    Raises:
        PlanError: A field or the queue cannot be used; nothing was run.
        ServerError: There is no usable Redis.
        RunError: The run failed: the queue raised or stood still, or the server broke it.
    """
    async with Bench(_choice(redis_url, redis_server)) as bench:
        return await bench.measure(queue, plan, fields)


def measure_sync(
    queue: QueueSource | None = None,
    plan: Plan | None = None,
    *,
    redis_url: str | None = None,
    redis_server: str | None = None,
    **fields: object,
) -> Result:
    """The same as `measure`, for code that is no coroutine; waits until it is done.

    It measures in a thread with an event loop of its own, so it may be called anywhere; inside
    a running event loop it holds that up.

    Args:
        queue: As for `measure`. Its methods are called in that thread.
        plan: As for `measure`.
        redis_url: As for `measure`.
        redis_server: As for `measure`.
        fields: As for `measure`.

    Raises:
        PlanError: As for `measure`.
        ServerError: As for `measure`.
        RunError: As for `measure`; also a queue that blocks the event loop for 30 s.
    """
    choice = _choice(redis_url, redis_server)

    async def work() -> Result:
        async with Bench(choice) as bench:
            return await bench.measure(queue, plan, fields)

    return _in_thread(work)


async def compare(
    queues: Sequence[QueueSource],
    plan: Plan | None = None,
    *,
    repeats: int = 1,
    redis_url: str | None = None,
    redis_server: str | None = None,
    **fields: object,
) -> Comparison:
    """Measure several queues under one load, one run after another, repeats interleaved.

    Args:
        queues: Each as for `measure`; at least one.
        plan: As for `measure`.
        repeats: Runs of each, 1 or more.
        redis_url: As for `measure`.
        redis_server: As for `measure`.
        fields: As for `measure`.

    Returns:
        What was measured; a queue that failed is in it, with its sentence.

    Raises:
        PlanError: A field or a queue cannot be used; nothing was run.
    """
    async with Bench(_choice(redis_url, redis_server)) as bench:
        return await bench.compare(queues, plan, repeats, fields)


def compare_sync(
    queues: Sequence[QueueSource],
    plan: Plan | None = None,
    *,
    repeats: int = 1,
    redis_url: str | None = None,
    redis_server: str | None = None,
    **fields: object,
) -> Comparison:
    """The same as `compare`, for code that is no coroutine; see `measure_sync`."""
    choice = _choice(redis_url, redis_server)

    async def work() -> Comparison:
        async with Bench(choice) as bench:
            return await bench.compare(queues, plan, repeats, fields)

    return _in_thread(work)


def _choice(redis_url: str | None, redis_server: str | None) -> ServerChoice:
    return ServerChoice(redis_url=redis_url, redis_server=redis_server)


def _in_thread(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    thread = LoopThread()
    try:
        return thread.run(work)
    except StuckError as error:
        raise stuck(error) from None
    finally:
        thread.close()


def stuck(error: StuckError) -> RunError:
    """The error of a loop that stands still, with the stack of what holds it up."""
    return RunError(
        "the queue blocks the event loop: one of its methods waits without await, for over 30 s",
        None,
        details_from_outside(str(error)),
    )
