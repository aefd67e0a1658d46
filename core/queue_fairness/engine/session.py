"""Holds one server and one run at a time; the next run starts when the last is torn down.

Lifetimes nest like boxes: session > server > run > pool > worker > lease. The session lives
outside of any screen, because a screen's own tasks are cancelled without being awaited, which
would leave keys behind.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from redis.exceptions import RedisError

from queue_fairness.engine.paired_run import make_run
from queue_fairness.engine.recorded_run import RecordedRun, RecordRequest
from queue_fairness.engine.run_handle import RunHandle
from queue_fairness.engine.subprocess_run import SubprocessRun
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server

ANSWER_S = 5.0
"""How long a server may take to answer after a run has failed."""


class Session:
    """`async with Session(choice) as session:` then `session.start(plan)`, as often as liked.

    Attributes:
        run: The run started last; None before the first.
        warm_up: Awaited by each run before its first key is written; None for nothing. What would
            hold up the workers later belongs here.
    """

    def __init__(
        self,
        choice: ServerChoice,
        *,
        isolate: bool = False,
        is_guest: bool = False,
        record: RecordRequest | None = None,
    ) -> None:
        self.choice = choice
        self.record = record
        """Where the runs are recorded; None for nowhere."""
        self.isolate = isolate
        """Whether each run gets a process of its own."""
        self.is_guest = is_guest
        """Whether this process is another program's: its garbage collector is left alone."""
        self.run: RunHandle | None = None
        self.warm_up: Callable[[], Awaitable[None]] | None = None
        self._opening: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._server: Server | None = None
        self._lifetime = AsyncExitStack()
        self._has_frozen = False
        """Whether there is something frozen by us, and nothing by others."""

    async def __aenter__(self) -> "Session":
        await self._lifetime.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        try:
            await self.stop()
            if self._opening is not None:
                self._opening.cancel()
                await asyncio.gather(self._opening, return_exceptions=True)
        finally:
            if self._has_frozen:
                gc.unfreeze()
            await self._lifetime.aclose()

    def open_early(self) -> None:
        """Begin to open the server; the first run takes it over, or reports why there is none."""
        self._opening = asyncio.create_task(self._open(), name="server-opening")

    async def start(self, plan: Plan) -> RunHandle:
        """End the present run, if any, and begin the next one; returns at once after that."""
        await self.stop()
        run = self.run = self._make(plan)
        name = f"run of {plan.strategy}"
        self._task = asyncio.create_task(run.execute(self._ready_server), name=name)
        return run

    def _make(self, plan: Plan) -> RunHandle:
        if self.isolate:
            return SubprocessRun(plan, self.record)
        run = make_run(plan, self.choice.key_prefix)
        return run if self.record is None else RecordedRun(run, self.record)

    async def wait(self) -> None:
        """Wait until the run has ended, its keys are gone and its books are closed."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Ask the run to end, and wait for it."""
        if self.run is not None and self._task is not None and not self._task.done():
            self.run.stop()
        await self.wait()

    async def server_answers(self) -> bool:
        """Whether there is a server, and it answers now: so it is not to blame for a failed run."""
        server = self._server
        if server is None or server.death is not None:
            return False
        try:
            async with asyncio.timeout(ANSWER_S), server.connect("qf-asking") as client:
                await client.ping()
        except (RedisError, OSError, TimeoutError):
            return False
        return True

    async def _ready_server(self) -> Server:
        """The server of the session, started at first need and again if it has died."""
        opening, self._opening = self._opening, None
        if opening is not None:
            await opening
        if self._server is None or self._server.death is not None:
            await self._lifetime.aclose()
            await self._open()
        if self.warm_up is not None:
            await self.warm_up()
        if not self.is_guest:
            self._freeze_garbage_collector()
        assert self._server is not None
        return self._server

    async def _open(self) -> None:
        self._server = await self._lifetime.enter_async_context(open_server(self.choice))

    def _freeze_garbage_collector(self) -> None:
        """Freeze the objects created so far, so that collections during the run skip them.

        Walking all that was imported holds them up for 15 to 25 ms without a screen, 65 to 95 with
        one. What our host has frozen stays so when we leave, and then ours does, too.
        """
        if gc.get_freeze_count():
            gc.collect()  # what earlier runs and their screens have left
        else:
            self._has_frozen = True
        gc.freeze()
