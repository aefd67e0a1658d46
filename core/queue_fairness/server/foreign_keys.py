"""Keys of others in the same database: a queue that scans has to walk past them."""

from collections.abc import Callable

from redis.asyncio import Redis

from queue_fairness.errors import ServerError
from queue_fairness.server.reading import Reading, read
from queue_fairness.server.room import BYTES, look_at_room

PER_COMMAND = 500
"""Keys per MSET. Holds a server up for well under a millisecond, and this program for about one."""


class ForeignKeys:
    """Adds keys that are none of the queue's; whoever made the run's prefix removes them.

    Args:
        prefix: Begins their names, before a colon. A queue that scans must not look for it.
        address: How to name the server; no secrets.
        is_free: Whether they may take room that others need.

    Attributes:
        added: How many there are.
    """

    def __init__(self, prefix: str, address: str = "this Redis", *, is_free: bool = False) -> None:
        self.prefix = prefix
        self._address = address
        self._is_free = is_free
        self.added = 0
        self._next = 0
        """Number in the next key's name: taken before its key is sent, so no two are the same."""

    async def add(
        self, client: Redis, count: int, is_wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Add so many more; several calls may be under way at once.

        Args:
            client: Any client of the server.
            count: How many, 0 for none.
            is_wanted: Asked before each command; a no ends it with fewer keys.

        Raises:
            ServerError: The server has no room for them but by letting others go.
            redis.exceptions.RedisError: As the server says.
        """
        await self.look_for_room(client, count)
        while count > 0 and is_wanted():
            some = range(self._next, self._next + min(PER_COMMAND, count))
            self._next = some.stop
            count -= len(some)
            await client.mset({f"{self.prefix}:{number}": "x" for number in some})
            self.added += len(some)

    async def look_for_room(self, client: Redis, count: int) -> None:
        """Make sure that so many more push nobody's keys out.

        Raises:
            ServerError: They could.
            redis.exceptions.RedisError: As the server says.
        """
        if count and not self._is_free:
            self._refuse_eviction(await read(client), count)

    def _refuse_eviction(self, reading: Reading, count: int) -> None:
        if reading.maxmemory and (reading.policy or "").startswith("allkeys"):
            raise ServerError(
                f"foreign keys could push others out of this Redis, whose maxmemory-policy is "
                f"{reading.policy}: use one without maxmemory, or leave them out"
            )
        need = count * BYTES["foreign_key"]
        look_at_room(reading, need, self._address, f"{count:,} foreign keys", allow=False)
