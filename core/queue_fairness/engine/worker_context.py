"""What the workers of a run share: the parts of the run, and what they count together."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext

from queue_fairness.engine import simulated_work
from queue_fairness.engine.load_generator import Generator
from queue_fairness.engine.retry_policy import RetryPolicy
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.load.task_body import Body, find_task
from queue_fairness.strategies.custom.task import TaskCalls


class WorkerContext:
    """The parts of a run as plain attributes, one hop away: they are read for every task.

    Attributes:
        results_prefix: Begins the keys in which tasks leave their results.
        stopping: Set when all are to leave after the task in hand.
        waits: Of the workers that wait to be woken.
        pickups: Tasks taken so far.
        costs: Tasks so far that reported what they cost.
        returns: Tasks that failed and were put back so far.
        last_finish: When the last piece of work ended.
        first_task_traceback: The first traceback of a user's own task; None while there is none.
    """

    def __init__(self, parts: RunParts, generator: Generator) -> None:
        self.plan = parts.plan
        self.strategy = parts.strategy
        self.task_log = parts.task_log
        self.in_flight = parts.in_flight
        self.emit = parts.emit
        self.clock = parts.clock.now
        self.results_prefix = parts.keys.results_prefix
        self.generator = generator
        self.body: Body = simulated_work.BODIES.get(parts.plan.task) or _own_body(parts.plan.task)
        self.retries = RetryPolicy(parts.plan)
        self.stopping = asyncio.Event()
        self.waits: set[asyncio.Task[None]] = set()
        self.pickups = 0
        self.costs = 0
        self.returns = 0
        self.last_finish = 0.0
        self.first_task_traceback: str | None = None

    @property
    def is_drained(self) -> bool:
        """Whether all tasks are done or given up, and none will come."""
        return not self.in_flight.unfinished and self.generator.is_exhausted

    def mark_finished(self, number: int) -> None:
        """A task is done or given up; a drain is over with the last one."""
        self.in_flight.mark_finished(number)
        if self.is_drained and self.plan.is_drain:
            self.stop()

    def stop(self) -> None:
        """Let all leave after the task in hand; those that wait to be woken, at once."""
        self.stopping.set()
        for wait in self.waits:
            wait.cancel()

    def rouse(self) -> None:
        """Let one of those that wait look whether there is anything for it, or nothing at all."""
        for wait in self.waits:
            if wait.cancel():
                return


def _own_body(name: str) -> Body:
    return TaskCalls(name, find_task(name)).body


def guarded(task: str) -> AbstractAsyncContextManager[None]:
    """While the block lasts, a task of the user's own that blocks the program is interrupted."""
    return (
        nullcontext()
        if task in simulated_work.BODIES
        else TaskCalls(task, find_task(task)).guarded()
    )
