"""The end of a run at the server: count what is left, then remove every key of the run."""

import asyncio
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.patience import PATIENCE_S
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.errors import ServerError
from queue_fairness.server.cleanup import remove_keys
from queue_fairness.server.outage import reconnect
from queue_fairness.server.server import Server
from queue_fairness.server.watch import Watch

CLOSING_S = 10.0
"""How long counting what a run has left may take."""
CLEANUP_S = 60.0
"""How long removing its keys may take; a pass over a million foreign keys takes under a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Closes one run."""

    parts: RunParts
    outcome: Outcome
    server: Server
    watch: Watch
    """Looks at the server before and after the run."""

    async def close(self, control: Redis, resting: int) -> None:
        """Count and remove; a dead Redis stops neither.

        Args:
            control: A connection, which is closed.
            resting: Tasks that are to be tried again later, and so are not in the queue.

        Raises:
            ServerError: Keys may have stayed behind in a server that is not ours.
        """
        try:
            async with self.parts.patience.bounded():
                await self._revive(control)
                async with asyncio.timeout(CLOSING_S):
                    await self._count_left(control, resting)
                async with asyncio.timeout(CLEANUP_S):
                    for prefix in self.parts.keys.prefixes:
                        await remove_keys(control, prefix)
        except (RedisError, OSError, TimeoutError) as error:
            await self.outcome.fail(error, self.server)
            if self.outcome.has_keys and not self.server.is_ours:
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

    async def _revive(self, control: Redis) -> None:
        """Get through to the server once more; the connection was idle for the whole run."""
        await reconnect(control, PATIENCE_S)
