"""Keys of others in the same database: a queue that scans has to walk past them."""

from collections.abc import Callable

from redis.asyncio import Redis

from queue_fairness_core.errors import ServerError

PER_COMMAND = 500
"""Keys per MSET. Holds a server up for well under a millisecond, and this program for about one."""


class ForeignKeys:
    """Adds keys that are none of the queue's; whoever made the run's prefix removes them.

    Args:
        prefix: Begins their names, before a colon. A queue that scans must not look for it.

    Attributes:
        added: How many there are.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
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
            ServerError: The server would let other keys go to make room for these.
            redis.exceptions.RedisError: As the server says.
        """
        if count:
            await _refuse_eviction(client)
        while count > 0 and is_wanted():
            some = range(self._next, self._next + min(PER_COMMAND, count))
            self._next = some.stop
            count -= len(some)
            await client.mset({f"{self.prefix}:{number}": "x" for number in some})
            self.added += len(some)


async def _refuse_eviction(client: Redis) -> None:
    memory = await client.info("memory")
    policy = str(memory.get("maxmemory_policy", ""))
    if memory.get("maxmemory") and policy.startswith("allkeys"):
        raise ServerError(
            f"foreign keys could push others out of this Redis, whose maxmemory-policy is "
            f"{policy}: use one without maxmemory, or leave them out"
        )
