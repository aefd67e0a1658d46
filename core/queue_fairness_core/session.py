"""Holds one server and one run at a time; the next run starts when the last is torn down.

Lifetimes nest like boxes: session > server > run > pool > worker > lease. The session lives
outside of any screen, because a screen's own tasks are cancelled without being awaited, which
would leave keys behind.
"""

import asyncio
from contextlib import AsyncExitStack

from queue_fairness_core.plan import Plan
from queue_fairness_core.run import Run
from queue_fairness_core.server.choice import ServerChoice
from queue_fairness_core.server.opening import Server, open_server


class Session:
    """`async with Session(choice) as session:` then `session.start(plan)`, as often as liked.

    Attributes:
        run: The run started last; None before the first.
    """

    def __init__(self, choice: ServerChoice) -> None:
        self.choice = choice
        self.run: Run | None = None
        self._task: asyncio.Task[None] | None = None
        self._server: Server | None = None
        self._lifetime = AsyncExitStack()

    async def __aenter__(self) -> "Session":
        await self._lifetime.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        try:
            await self.stop()
        finally:
            await self._lifetime.aclose()

    async def start(self, plan: Plan) -> Run:
        """End the present run, if any, and begin the next one; returns at once after that."""
        await self.stop()
        run = self.run = Run(plan)
        self._task = asyncio.create_task(run.execute(self._ready_server), name=f"run {run.run_id}")
        return run

    async def wait(self) -> None:
        """Wait until the run has ended, its keys are gone and its books are closed."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Ask the run to end, and wait for it."""
        if self.run is not None and self._task is not None and not self._task.done():
            self.run.stop()
        await self.wait()

    async def _ready_server(self) -> Server:
        """The server of the session, started at first need and again if it has died."""
        if self._server is None or self._server.death is not None:
            await self._lifetime.aclose()
            self._server = await self._lifetime.enter_async_context(open_server(self.choice))
        return self._server
