"""The end of a run at the server: count what is left, then remove every key of the run."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.errors import ServerError
from queue_fairness.server.cleanup import remove_keys, remove_names
from queue_fairness.server.server import Server
from queue_fairness.server.watch import Watch

CLOSING_S = 10.0
"""How long counting what a run has left may take."""
REVIVAL_S = 5.0
"""How long to wait for a server that is away at the end of a run: it may be restarting."""
REVIVAL_STEP_S = 0.1
CLEANUP_S = 60.0
"""How long removing its keys may take; a pass over a million foreign keys takes under a second."""


@dataclass(slots=True, kw_only=True)
class Closing:
    """Closes one run."""

    parts: RunParts
    outcome: Outcome
    server: Server
    watch: Watch
    """Looks at the server before and after the run."""
    names: Sequence[str] | None = None
    """Of all its keys, where none can be found by SCAN."""

    async def close(self, control: Redis, resting: int) -> None:
        """Count and remove; a dead Redis stops neither.

        Args:
            control: A connection, which is closed.
            resting: Tasks that are to be tried again later, and so are not in the queue.

        Raises:
            ServerError: Keys may have stayed behind in a server that is not ours.
        """
        if not self.outcome.has_keys:
            # Refused before its first key: what could not be done then is not tried now.
            self.outcome.left = self.outcome.locks_left = 0
            await control.aclose()
            return
        try:
            async with asyncio.timeout(CLOSING_S):
                await self._revive(control)
                await self._count_left(control, resting)
            async with asyncio.timeout(CLEANUP_S):
                await self._remove(control)
        except (RedisError, OSError, TimeoutError) as error:
            await self.outcome.fail(error, self.server)
            if not self.server.is_ours:
                keys = self.parts.keys
                self.outcome.warn(
                    f"this run's keys may still be in Redis: all begin with "
                    f"{keys.prefix}: or {keys.foreign_prefix}:"
                )
                # Leaving by an error tells the guard of the keys that it has work to do.
                raise ServerError(self.outcome.failure or "") from error
        finally:
            await control.aclose()

    async def _count_left(self, control: Redis, resting: int) -> None:
        outcome, strategy = self.outcome, self.parts.strategy
        broke = outcome.failed_by_server or self.parts.recorder.counters.replies_lost > 0
        outcome.changes = await self.watch.end(control, broke=broke)
        outcome.left = await strategy.waiting(control) + resting
        outcome.locks_left = await strategy.locks_left(control)

    async def _remove(self, control: Redis) -> None:
        """By name what is known by name, and the rest by SCAN, where that is allowed."""
        if self.names is not None:
            await remove_names(control, self.names)
            return
        await remove_names(control, self.parts.strategy.known_keys() or ())
        for prefix in self.parts.keys.prefixes:
            await remove_keys(control, prefix)

    async def _revive(self, control: Redis) -> None:
        """Get through to the server once more; the connection was idle for the whole run.

        A server of the user's may be away for a moment: it restarts. One of ours never comes back.
        """
        deadline = asyncio.get_running_loop().time() + REVIVAL_S
        while True:
            try:
                await control.ping()
                return
            except RedisConnectionError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                if self.server.is_ours:
                    await control.ping()
                    return
            await asyncio.sleep(REVIVAL_STEP_S)
