"""A public library as a strategy: its own workers take the tasks, and are met where they begin.

```
worker of the engine ── next ──► waits ◄── got ── the library's worker that has begun a task
        │ does the work                                 (held until it is told)
        └── next, complete ──── done ──► goes on: acknowledges, fetches its next one
```

Each worker of the engine stands for one of the library's, by name; who is not known by name yet,
or speaks out of turn, gets one that waits.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from redis.exceptions import ResponseError

from queue_fairness.errors import QueueError
from queue_fairness.events import DequeueCost
from queue_fairness.libraries.catalogue import Setup
from queue_fairness.libraries.fleet import Fleet
from queue_fairness.strategies.base import Claim, Consumer, Lease, Requeued, Strategy, Task

if TYPE_CHECKING:
    from redis.asyncio import Redis

WAIT_S = 0.25
"""How long a worker waits for the library's before that counts as being sent away."""
QUIET_S = 1.0
"""So long after the last of the fleet has begun with a task, the others count as ready."""
LOST_AFTER_S = 9.0
"""How long nothing may move before what was not handed out counts as lost."""

_OWED, _HANDED_OUT, _UNSURE = 1, 2, 3


class Got(NamedTuple):
    """A task that the library's worker has begun."""

    worker: str
    task: Task
    at: float


class LibraryStrategy(Strategy):
    """Tasks go through a public library, whose own workers fetch and acknowledge them."""

    polling = "the library's own workers wait as it lets them"
    ordered_by = "start time"
    setup: ClassVar[Setup]
    sends = ()
    honors_head = False
    pushes_singly = True
    wants_tcp = True
    stuck_s = LOST_AFTER_S + 1

    # Any: whatever else a strategy can be told, which a library is not.
    def __init__(self, prefix: str, names: Sequence[str], **options: Any) -> None:  # noqa: ANN401
        super().__init__(prefix, names, **options)
        self.foreign_mark = prefix.rpartition("{")[2].rstrip("}")
        library = self.setup.library
        self.foreign_indexes = library.indexes if library is not None else ()
        self.fleet = Fleet(self.setup, self._hear, self._break)
        self._states: dict[int, int] = {}
        """What is known of each task that is not over, by its number."""
        self._owed = 0
        self._moved_at = 0.0
        self._is_lost = False
        self._hands: list[_Hand] = []
        self._of_worker: dict[str, _Hand] = {}
        self._held: deque[Got] = deque()
        """Begun tasks that nobody has asked for yet."""
        self._heard = asyncio.Event()
        self._is_up = False
        self._commands_before: int | None = None

    def known_keys(self) -> None:
        """The library names its keys as it likes."""

    @asynccontextmanager
    async def opened(
        self, url: str, workers: int, partitions: int | None = None
    ) -> AsyncIterator[None]:
        """Have the library's processes while the block lasts."""
        try:
            await self.fleet.open(url, self.prefix, self.names[:partitions], workers)
            library = self.setup.library
            package = library.package if library is not None else Path(self.setup.command[-1]).name
            self.library = f"{package} {self.fleet.version}".strip()
            yield
        finally:
            await self.fleet.close()

    async def push(self, client: "Redis", tasks: Sequence[Task]) -> int:
        """Let the library's client enqueue them, one after another."""
        await self._begin_counting(client)
        for task in tasks:
            await self.push_again(task)
        return 0

    async def push_again(self, task: Task) -> None:
        """Let the library's client enqueue one task."""
        self._owed += self._states.get(task.number) != _OWED
        self._states[task.number] = _OWED
        self._moved_at = time.monotonic()
        try:
            await self.fleet.push(self.names[task.partition], task.encode().decode())
        except BaseException:
            if self._states.get(task.number) == _OWED:
                self._owed -= 1
                self.not_enqueued += 1
                self._states[task.number] = _UNSURE
            raise

    async def count_commands(self, client: "Redis") -> int | None:
        """All that the server has carried out since the first push, but for asking how it is."""
        before, after = self._commands_before, await _commands(client)
        return None if before is None or after is None else after - before

    async def _begin_counting(self, client: "Redis") -> None:
        if self._commands_before is None:
            self._commands_before = await _commands(client)

    async def prepare(self, client: "Redis") -> None:
        """Start the fleet, and wait until each of it has a task in hand, as far as they go round.

        Raises:
            QueueError: It cannot be started.
        """
        await self._begin_counting(client)
        await self.fleet.start(self.workers)
        self._is_up = True
        wanted = min(self.workers, self._owed)
        while len(self._held) < wanted:
            self._heard.clear()
            try:
                async with asyncio.timeout(QUIET_S):
                    await self._heard.wait()
            except TimeoutError:
                break
            if self.fleet.failure is not None:
                raise self.fleet.failure
        self._moved_at = time.monotonic()

    async def expect_worker(self) -> None:
        """Let the library have one worker more."""
        await self.fleet.start(1)

    def consumer(self, client: "Redis") -> Consumer:  # noqa: ARG002
        """Who meets the next of the library's workers."""
        hand = _Hand(self)
        self._hands.append(hand)
        return hand

    async def locks_left(self, client: "Redis") -> int:  # noqa: ARG002
        """None that we know of.

        Raises:
            QueueError: While the fleet works: the pool asks when it finds the queue stuck.
        """
        return 0

    async def waiting(self, client: "Redis") -> int:  # noqa: ARG002
        """How many tasks were pushed and not begun; 0 once they count as lost."""
        quiet_s = time.monotonic() - self._moved_at
        self._is_lost = self._is_lost or (self._is_up and quiet_s > LOST_AFTER_S)
        return 0 if self._is_lost else self._owed

    def remark(self) -> str | None:
        """What the user has to know besides."""
        if self._is_lost and self._owed:
            return (
                f"{self.name}: its workers never began {self._owed:,} of the tasks, though all of "
                f"them waited for {LOST_AFTER_S:g} s: they count as lost"
            )
        return None

    def take(self, hand: "_Hand") -> Got | None:
        """A begun task for one of the engine's workers, if there is one for it."""
        if self.fleet.failure is not None:
            raise self.fleet.failure
        for got in self._held:
            owner = self._of_worker.get(got.worker)
            if owner is hand or owner is None or owner.is_gone or owner.is_busy:
                self._held.remove(got)
                if owner is None or owner.is_gone:
                    self._of_worker[got.worker] = hand
                return got
        return None

    def note_begun(self, task: Task) -> None:
        """Take note of a task in a worker's hands."""
        state = self._states.get(task.number)
        self._owed -= state == _OWED
        self.not_enqueued -= state == _UNSURE
        self._states[task.number] = _HANDED_OUT
        self._moved_at = time.monotonic()

    def names_of(self, hand: "_Hand") -> list[str]:
        """The library's workers that one of the engine's stands for."""
        return [name for name, each in self._of_worker.items() if each is hand]

    def _hear(self, worker: str, payload: str, at: float) -> None:
        try:
            task = Task.decode(payload.encode())
        except ValueError:
            task = None
        if task is None or task.number not in self._states:
            problem = f"{self.name}: {payload[:40]!r} was begun, and never pushed"
            self.fleet.fail(QueueError(problem))
            return
        self._held.append(Got(worker, task, at))
        self._wake()

    def _break(self, error: QueueError) -> None:  # noqa: ARG002  # whoever takes asks for it
        self._wake()

    def _wake(self) -> None:
        self._heard.set()
        for hand in self._hands:
            hand.look.set()


class _Hand(Consumer):
    """One of the engine's workers.

    Attributes:
        look: Set when there may be something for it.
        is_busy: Whether it has a task.
        is_gone: Whether it has left.
    """

    def __init__(self, strategy: LibraryStrategy) -> None:
        self.look = asyncio.Event()
        self.is_busy = self.is_gone = False
        self._strategy = strategy
        self._got: Got | None = None

    async def next(self, done: Lease | None) -> Claim:
        if done is not None:
            self._let_go()
        deadline = time.monotonic() + WAIT_S
        while True:
            self.look.clear()
            got = self._strategy.take(self)
            if got is not None:
                return self._claim(got)
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self.look.wait()
            except TimeoutError:
                return Claim(None, UNKNOWN_COST)

    async def complete(self, done: Lease) -> int:  # noqa: ARG002
        """The last word of a worker that leaves: its peers of the library leave as well."""
        self.is_gone = True
        for name in self._strategy.names_of(self):
            self._strategy.fleet.stop(name)
        self._let_go()
        return 0

    async def retry(self, done: Lease, *, at_head: bool) -> Requeued:  # noqa: ARG002
        """Push the task again, and let this attempt be over."""
        await self._strategy.push_again(done.task)
        self._let_go()
        return Requeued(True)

    def crash(self) -> None:
        """Its peer of the library is killed, task in hand."""
        self.is_gone = True
        for name in self._strategy.names_of(self):
            self._strategy.fleet.kill(name)

    def _claim(self, got: Got) -> Claim:
        self._got, self.is_busy = got, True
        self._strategy.note_begun(got.task)
        key = self._strategy.names[got.task.partition].encode()
        return Claim(Lease(got.task, key), UNKNOWN_COST, sent_at=got.at)

    def _let_go(self) -> None:
        got, self._got, self.is_busy = self._got, None, False
        if got is not None:
            self._strategy.fleet.done(got.worker, got.task.encode().decode())


UNKNOWN_COST = DequeueCost()
"""What the library sends is counted in all, from outside."""
OURS = ("ping", "info", "client", "config", "hello", "auth", "command")
"""Commands by which we and clients look how the server is; libraries say some of them as well."""


async def _commands(client: "Redis") -> int | None:
    """Commands carried out so far by anybody, those in scripts included; None if it is not told."""
    try:
        told = await client.info("commandstats")
    except ResponseError:
        return None
    counts = {name.removeprefix("cmdstat_"): stats["calls"] for name, stats in told.items()}
    return sum(int(n) for name, n in counts.items() if name.partition("|")[0] not in OURS)


def library_strategy(setup: Setup) -> type[LibraryStrategy]:
    """A strategy that drives this set-up."""
    return type(
        "PublicLibrary",
        (LibraryStrategy,),
        {
            "__doc__": setup.about,
            "name": setup.name,
            "setup": setup,
            "concurrency_limit": setup.concurrency_limit,
            "remedy": setup.remedy,
        },
    )
