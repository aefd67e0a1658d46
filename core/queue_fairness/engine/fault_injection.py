"""Does to a run in progress what somebody asks for, and keeps what the ideal has to know of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from queue_fairness.engine.fault import FOREIGN_KEYS, SLOWNESS, Fault
from queue_fairness.engine.ideal import Shift, crash
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.schedule import Arrival
from queue_fairness.engine.worker_pool import Pool
from queue_fairness.errors import ServerError
from queue_fairness.events import Marked
from queue_fairness.metrics.counters import SPARE_PARTITIONS
from queue_fairness.server.cleanup import can_scan
from queue_fairness.server.foreign_keys import ForeignKeys
from queue_fairness.server.reading import read
from queue_fairness.server.room import BYTES, look_at_room
from queue_fairness.server.server import Server

NOT_AT_WORK = "only while the workers are at work"


class FaultInjection:
    """The faults of one run.

    Args:
        parts: What the run works with.
        pool: Its workers.
        foreign: Adds foreign keys.
        server: What they are done to.

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
        server: Server,
    ) -> None:
        self.piles: list[Arrival] = []
        self.shifts: list[Shift] = []
        self._noisy = 0
        """Noisy partitions that were asked for; each has a name of its own."""
        self._parts = parts
        self._pool = pool
        self.foreign = foreign
        self._server = server

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
                return f"{FOREIGN_KEYS:,} foreign keys more"

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
        if self._noisy == SPARE_PARTITIONS:
            return f"no more than {SPARE_PARTITIONS} noisy partitions can be added"
        partition = plan.all_partitions + self._noisy
        self._noisy += 1
        pile = Arrival(self._parts.clock.now(), partition, plan.noisy_tasks)
        name = plan.partition_name(partition)
        if self._server.is_free:
            return self._drop(pile, name)
        self._pool.supervise(partial(self._drop_if_room, pile, name), "noise")
        return f"{name} drops {plan.noisy_tasks:,} tasks"

    async def _drop_if_room(self, pile: Arrival, name: str) -> None:
        """Look to the data of others first, as before the run: its estimate knew nothing of this.

        Its tasks arrive when it is dropped, not when it was asked for.
        """
        what = f"{pile.tasks:,} tasks more"
        need = BYTES["partition"] + pile.tasks * BYTES["task"]
        async with self._connected("qf-noise") as client:
            reading = await read(client)
        try:
            look_at_room(reading, need, self._server.name, what, allow=False)
        except ServerError:
            self._mark(f"{name} is left out: Redis has no room for {what}")
        else:
            self._drop(pile._replace(at=self._parts.clock.now()), name)

    def _drop(self, pile: Arrival, name: str) -> str:
        self.piles.append(pile)
        self._pool.generator.add(pile)
        return self._mark(f"{name} drops {pile.tasks:,} tasks")

    async def _add_foreign_keys(self) -> None:
        try:
            async with self._connected("qf-foreign") as client:
                if not await can_scan(client):
                    self._mark("no foreign keys: without SCAN they could not be removed")
                    return
                await self.foreign.look_for_room(client, FOREIGN_KEYS)
                self._mark(f"{FOREIGN_KEYS:,} foreign keys more")
                await self.foreign.add(client, FOREIGN_KEYS)
        except ServerError:
            self._mark("no foreign keys: Redis has no room for them")
        except ResponseError:
            self._mark("no foreign keys: Redis refuses them")

    @asynccontextmanager
    async def _connected(self, name: str) -> AsyncIterator[Redis]:
        client = self._server.connect(name)
        try:
            yield client
        finally:
            # The end of the run may come while it is being closed, and would leave it open.
            await asyncio.shield(client.aclose())

    def _mark(self, text: str) -> str:
        self._parts.emit(Marked(self._parts.clock.now(), text))
        return text
