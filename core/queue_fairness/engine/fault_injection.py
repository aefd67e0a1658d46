"""Does to a run in progress what somebody asks for, and keeps what the ideal has to know of it."""

import asyncio
from collections.abc import Callable

from redis.asyncio import Redis

from queue_fairness.engine.fault import FOREIGN_KEYS, SLOWNESS, Fault
from queue_fairness.engine.ideal import Shift, crash
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.schedule import Arrival
from queue_fairness.engine.worker_pool import Pool
from queue_fairness.events import Marked
from queue_fairness.metrics.counters import SPARE_PARTITIONS
from queue_fairness.server.foreign_keys import ForeignKeys

NOT_AT_WORK = "only while the workers are at work"


class FaultInjection:
    """The faults of one run.

    Args:
        parts: What the run works with.
        pool: Its workers.
        foreign: Adds foreign keys.
        connect: Opens a connection for them.

    Attributes:
        foreign: Knows how many foreign keys there are.
        piles: Noise that was added by hand.
        shifts: Workers that were added or taken away by hand.
    """

    def __init__(
        self,
        parts: RunParts,
        pool: Pool,
        foreign: ForeignKeys,
        connect: Callable[[str], Redis],
    ) -> None:
        self.piles: list[Arrival] = []
        self.shifts: list[Shift] = []
        self._parts = parts
        self._pool = pool
        self.foreign = foreign
        self._connect = connect

    def inject(self, fault: Fault) -> str:
        """What was done, or why it could not be, in a few words for the user."""
        if not self._pool.is_at_work:
            return NOT_AT_WORK
        match fault:
            case Fault.ADD_WORKER:
                return self._add_worker()
            case Fault.REMOVE_WORKER:
                return self._remove_worker()
            case Fault.CRASH_WORKER:
                return self._crash_worker()
            case Fault.SLOW_WORKER:
                return self._slow_worker()
            case Fault.NOISY_PARTITION:
                return self._add_noise()
            case Fault.FOREIGN_KEYS:
                self._pool.supervise(self._add_foreign_keys, "foreign keys")
                return self._mark(f"{FOREIGN_KEYS:,} foreign keys more")

    def _add_worker(self) -> str:
        # The mark is set when it is connected.
        added = self._pool.add_worker()
        self.shifts.append(Shift(self._parts.clock.now(), added, comes=True))
        return f"worker w{added} joins"

    def _remove_worker(self) -> str:
        removed = self._pool.remove_worker()
        if removed is None:
            return "the last worker stays"
        self.shifts.append(Shift(self._parts.clock.now(), removed, comes=False))
        return self._mark(f"worker w{removed} leaves")

    def _crash_worker(self) -> str:
        crashing = self._pool.crash_worker()
        if crashing is None:
            return "no worker to crash"
        self.shifts += crash(self._parts.clock.now(), crashing, self._parts.plan)
        # The mark is set when it is gone: it may have to get hold of a task first.
        return f"worker w{crashing} crashes"

    def _slow_worker(self) -> str:
        slowed = self._pool.slow_worker(SLOWNESS)
        if slowed is None:
            return "all workers are slow already"
        return self._mark(f"worker w{slowed} is {SLOWNESS:g} times as slow")

    def _add_noise(self) -> str:
        plan = self._parts.plan
        if len(self.piles) == SPARE_PARTITIONS:
            return f"no more than {SPARE_PARTITIONS} noisy partitions can be added"
        partition = plan.all_partitions + len(self.piles)
        pile = Arrival(self._parts.clock.now(), partition, plan.noisy_tasks)
        self.piles.append(pile)
        self._pool.generator.add(pile)
        return self._mark(f"{plan.partition_name(partition)} drops {plan.noisy_tasks:,} tasks")

    async def _add_foreign_keys(self) -> None:
        client = self._connect("qf-foreign")
        try:
            await self.foreign.add(client, FOREIGN_KEYS)
        finally:
            # The end of the run may come while it is being closed, and would leave it open.
            await asyncio.shield(client.aclose())

    def _mark(self, text: str) -> str:
        self._parts.emit(Marked(self._parts.clock.now(), text))
        return text
