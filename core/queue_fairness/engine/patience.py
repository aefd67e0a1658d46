"""How long a run bears with a server that does not answer, in whichever phase it is.

pulse (asks all the time) ──► silence ──► told after TELL_S ──► given up after PATIENCE_S

Somebody who waits for a reply cannot tell a slow command from a dead server; the pulse can, which
asks for nothing but an answer. So no request has a time limit of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness.engine.pulse import Pulse
from queue_fairness.server.connection import drop_if_closed
from queue_fairness.server.outage import BROKEN, SilenceError, may_pass, reconnect

T = TypeVar("T")

PATIENCE_S = 30.0
"""After so much silence a run ends: a server restarts or fails over in less, as a rule."""
OWN_PATIENCE_S = 1.0
"""The same where a server of ours refuses connections: it is dead, and nobody restarts it."""
STOPPED_PATIENCE_S = 1.0
"""The same for a run that has been asked to end."""
TELL_S = 2.0
"""From how much silence on the faces speak of it."""
TICK_S = 0.1


class Patience:
    """Counts how long the server has been silent.

    Args:
        pulse: Asks the server.

    Attributes:
        silent_s: Seconds without an answer up to now. A time in which this program stood still
            itself does not count.
        server_is_ours: Whether this program has started the server.
    """

    def __init__(self, pulse: Pulse) -> None:
        self.silent_s = 0.0
        self.server_is_ours = False
        self._pulse = pulse
        self._is_stopping = False

    @property
    def told_s(self) -> float | None:
        """The silence as the faces show it, seconds; None while there is nothing to tell."""
        return self.silent_s if self.silent_s >= TELL_S else None

    @property
    def is_spent(self) -> bool:
        """Whether it is time to give the server up."""
        return self.silent_s > self._limit_s()

    def hurry(self) -> None:
        """The run has been asked to end: from now on nobody waits for long."""
        self._is_stopping = True

    async def count(self) -> None:
        """Count until cancelled."""
        loop = asyncio.get_running_loop()
        looked_at, seen = loop.time(), self._pulse.answers
        while True:
            await asyncio.sleep(TICK_S)
            now = loop.time()
            if self._pulse.answers != seen:
                self.silent_s, seen = 0.0, self._pulse.answers
            else:
                # After a longer pause it was us who stood still: there may be an answer to read.
                self.silent_s += min(now - looked_at, 2 * TICK_S)
            looked_at = now

    async def outlast(self) -> None:
        """Wait until the server is to be given up.

        Raises:
            SilenceError: It is.
        """
        while not self.is_spent:  # noqa: ASYNC110 (the pulse knows of no event: it is silence)
            await asyncio.sleep(TICK_S)
        raise SilenceError(self.silent_s, self._pulse.trouble)

    @asynccontextmanager
    async def bounded(self) -> AsyncIterator[None]:
        """Cancel the block if the server is to be given up meanwhile.

        Raises:
            SilenceError: It was.
        """
        given_up: list[SilenceError] = []

        async def watch(limit: asyncio.Timeout) -> None:
            try:
                await self.outlast()
            except SilenceError as error:
                given_up.append(error)
                limit.reschedule(0)

        try:
            async with asyncio.timeout(None) as limit:
                watching = asyncio.create_task(watch(limit), name="patience")
                try:
                    yield
                finally:
                    watching.cancel()
        except TimeoutError:
            if given_up:
                raise given_up[0] from None
            raise

    def _limit_s(self) -> float:
        if self._is_stopping:
            return STOPPED_PATIENCE_S
        # Silent is what a stopped one is; one that is gone refuses.
        if self.server_is_ours and isinstance(self._pulse.trouble, BROKEN):
            return OWN_PATIENCE_S
        return PATIENCE_S


async def unless(stopped: asyncio.Event, work: Awaitable[T]) -> T | None:
    """What the work gives; None if that takes long after somebody has asked for the end."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.create_task(stopped.wait(), name="stop")
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({working}, timeout=STOPPED_PATIENCE_S)
        return working.result() if working.done() else None
    finally:
        stopping.cancel()
        working.cancel()
        await asyncio.gather(stopping, working, return_exceptions=True)


@asynccontextmanager
async def beside(*works: asyncio.Task[None]) -> AsyncIterator[None]:
    """Let these go on while the block lasts, and see them end.

    Raises:
        RedisError: One of them ended by it.
    """
    try:
        yield
    finally:
        for work in works:
            work.cancel()
        for outcome in await asyncio.gather(*works, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, RedisError):
                raise outcome


async def renew_if_closed(client: Redis) -> None:
    """Open another connection if the other end has closed this one while it was idle.

    Nothing is under way, so nothing is lost by it. Raises what `reconnect` does.
    """
    if await drop_if_closed(client):
        await reconnect(client, PATIENCE_S)


async def get_through(client: Redis, error: RedisError) -> None:
    """Wait until the server answers again after an error; raises one that is no outage."""
    if not may_pass(error):
        raise error
    await reconnect(client, PATIENCE_S)
