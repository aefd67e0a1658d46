"""The end of a run at the server: count what is left, then remove every key of the run."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.patience import PATIENCE_S
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.errors import ServerError
from queue_fairness.outside import from_outside
from queue_fairness.server.cleanup import remove_keys, remove_marked, remove_names
from queue_fairness.server.outage import reconnect
from queue_fairness.server.server import Server
from queue_fairness.server.watch import Watch

CLOSING_S = 10.0
"""How long counting what a run has left may take."""
MOST = 2**40
"""No queue of ours holds as many."""
STRAYS_NAMED = 3
STRAY_WIDTH = 40
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
    keys_before: int = 0
    """How many keys the database had before the run; of account only where the server is ours."""
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
            async with self.parts.patience.bounded():
                await self._revive(control)
                async with asyncio.timeout(CLOSING_S):
                    await self._count_left(control, resting)
                async with asyncio.timeout(CLEANUP_S):
                    await self._remove(control)
                    if self.server.is_ours and not self.parts.strategy.foreign_mark:
                        await self._tell_of_strays(control)
        except Exception as error:  # whatever the server answers, the run ends in order
            await self.outcome.fail(error, self.server)
            if not self.server.is_ours:
                # Leaving by an error tells the guard of the keys that it has work to do.
                raise ServerError(self.outcome.failure or "") from error
        finally:
            await control.aclose()

    async def _count_left(self, control: Redis, resting: int) -> None:
        outcome, strategy = self.outcome, self.parts.strategy
        broke = outcome.failed_by_server or self.parts.recorder.counters.replies_lost > 0
        outcome.changes = await self.watch.end(control, broke=broke)
        outcome.commands = await strategy.count_commands(control)
        outcome.left = _number(await strategy.waiting(control)) + resting
        outcome.locks_left = _number(await strategy.locks_left(control))

    async def _tell_of_strays(self, control: Redis) -> None:
        """Say what the queue has written beside its prefix; nobody else writes to a server of ours.

        On a server of the user's it would stay for good, and nobody could tell whose it is.
        """
        strays = await control.dbsize() - self.keys_before
        if strays <= 0:
            return
        named: list[str] = []
        async for key in control.scan_iter(count=1000):
            named.append(ascii(key.decode(errors="replace")[:STRAY_WIDTH]))
            if len(named) == STRAYS_NAMED:
                break
        is_many, more = strays != 1, ", …" if strays > len(named) else ""
        self.outcome.warn(
            f"{strays:,} {'keys do' if is_many else 'key does'} not begin with the prefix that "
            f"open() got, and {'stay' if is_many else 'stays'}: {', '.join(named)}{more}"
        )

    async def _remove(self, control: Redis) -> None:
        """By name what is known by name, and the rest by SCAN, where that is allowed."""
        if self.names is not None:
            await remove_names(control, self.names)
            return
        await remove_names(control, self.parts.strategy.known_keys() or ())
        for prefix in self.parts.keys.prefixes:
            await remove_keys(control, prefix)
        strategy = self.parts.strategy
        if strategy.foreign_mark:
            await remove_marked(control, strategy.foreign_mark, strategy.foreign_indexes)

    async def _revive(self, control: Redis) -> None:
        """Get through to the server once more; the connection was idle for the whole run."""
        await reconnect(control, PATIENCE_S)


def _number(told: object) -> int:
    """A number of tasks or locks; what a server tells in its place is none."""
    if not isinstance(told, int) or not 0 <= told <= MOST:
        raise ServerError(f"Redis counted {from_outside(told, 24)} tasks or locks: it is no Redis")
    return told
